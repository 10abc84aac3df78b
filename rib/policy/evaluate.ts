import type { Asn } from "../../protocol/net/asn.js";
import { type AttributeSetId, NO_ATTRIBUTES, type PrefixId } from "../store/ids.js";
import { Matcher, type RouteFacts } from "./match.js";
import { ModifiedSets } from "./modified-sets.js";
import type { Condition, Policy, RouteSource, Statement } from "./policy.js";
import type { PolicyTables } from "./policy-tables.js";

/** What `trace()` tells of one statement that was tried. */
export interface StatementTrace {
  readonly name: string;
  /** "no-match": a condition failed, and the statement did nothing. */
  readonly outcome: Statement["verdict"] | "no-match";
  /** The first condition that did not hold, when the outcome is "no-match". */
  readonly failed: Condition | null;
  readonly modifications: Statement["modifications"];
}

/** Why a policy decided as it did. */
export interface PolicyTrace {
  readonly policy: string;
  readonly verdict: "accept" | "reject";
  /** The statement that ended it; null: none did, and the policy's `otherwise` decided. */
  readonly decidedBy: string | null;
  readonly statements: readonly StatementTrace[]; // those tried, in order
  /** What the route carries afterwards; 0 when rejected. Lives while the set that was asked about does. */
  readonly set: AttributeSetId;
}

/**
 * Runs one policy over routes of one family. Compiled once; `evaluate` allocates nothing for a set it has met before.
 * Closed by its owner, or the modified sets it remembers are never given back.
 */
export class PolicyEvaluator {
  readonly #policy: Policy;
  readonly #tables: PolicyTables;
  readonly #statements: readonly CompiledStatement[];
  /** Nothing passes, whatever comes. */
  readonly rejectsAll: boolean;
  readonly #acceptsAll: boolean;
  readonly #readsPrefix: boolean;
  readonly #ownAsPrepended: ModifiedSets | null;
  readonly #route: RouteFacts = { w0: 0, w1: 0, w2: 0, w3: 0, length: 0, set: NO_ATTRIBUTES, source: "bgp" };

  /**
   * @param ownAs of an export to an eBGP peer: the AS number that the policy sees in front of the path, and behind what it prepends.
   *   When it does prepend, accepted sets carry `ownAs` already: see `prependsOwnAs`
   */
  constructor(policy: Policy, tables: PolicyTables, ownAs: Asn | null = null) {
    this.#policy = policy;
    this.#tables = tables;
    this.#acceptsAll = does(policy, "accept");
    this.rejectsAll = does(policy, "reject");
    this.#readsPrefix = policy.statements.some(({ conditions }) => conditions.some(isAboutPrefix));
    const prepends =
      !this.#acceptsAll &&
      policy.statements.some(({ modifications }) => modifications.some(({ type }) => type === "prepend-as-path"));
    const addsOwnAs = prepends && ownAs !== null;
    this.#ownAsPrepended = addsOwnAs ? new ModifiedSets([{ type: "prepend-as-path", asns: [ownAs] }], tables) : null;
    this.#statements = policy.statements.map((statement) => new CompiledStatement(statement, tables, addsOwnAs ? null : ownAs));
  }

  /** True when accepted sets have our own AS in AS_PATH already, because the policy put others before it. */
  get prependsOwnAs(): boolean {
    return this.#ownAsPrepended !== null;
  }

  /**
   * @param set the route's attributes
   * @returns 0: rejected; `set`: accepted as it is; another id: accepted and modified. No reference is taken: it lives while `set` does
   */
  evaluate(prefix: PrefixId, set: AttributeSetId, source: RouteSource): AttributeSetId {
    if (this.#acceptsAll) return set;
    this.#enter(prefix, set, source);
    const route = this.#route;
    for (const statement of this.#statements) {
      if (!statement.matches(route)) continue;
      if (statement.verdict === "reject") return NO_ATTRIBUTES;
      statement.apply(route);
      if (statement.verdict === "accept") return route.set;
    }
    return this.#policy.otherwise === "accept" ? route.set : NO_ATTRIBUTES;
  }

  /** The same decision with its reasons. */
  trace(prefix: PrefixId, set: AttributeSetId, source: RouteSource): PolicyTrace {
    this.#enter(prefix, set, source);
    const statements: StatementTrace[] = [];
    for (const statement of this.#statements) {
      statements.push(statement.trace(this.#route));
      if (!statement.matches(this.#route)) continue;
      if (statement.verdict === "reject") return this.#traced(statements, "reject", statement.name);
      statement.apply(this.#route);
      if (statement.verdict === "accept") return this.#traced(statements, "accept", statement.name);
    }
    return this.#traced(statements, this.#policy.otherwise, null);
  }

  /** Gives the modified sets back. */
  close(): void {
    this.#ownAsPrepended?.close();
    for (const statement of this.#statements) statement.close();
  }

  #enter(prefix: PrefixId, set: AttributeSetId, source: RouteSource): void {
    const route = this.#route;
    route.set = this.#ownAsPrepended === null ? set : this.#ownAsPrepended.of(set);
    route.source = source;
    if (!this.#readsPrefix) return;
    const { prefixes } = this.#tables;
    route.w0 = prefixes.w0(prefix);
    route.w1 = prefixes.w1(prefix);
    route.w2 = prefixes.w2(prefix);
    route.w3 = prefixes.w3(prefix);
    route.length = prefixes.length(prefix);
  }

  #traced(statements: readonly StatementTrace[], verdict: "accept" | "reject", decidedBy: string | null): PolicyTrace {
    const set = verdict === "accept" ? this.#route.set : NO_ATTRIBUTES;
    return { policy: this.#policy.name, verdict, decidedBy, statements, set };
  }
}

/** True when the policy lets everything through as it is, or nothing, whatever stands behind its first statement. */
function does({ statements, otherwise }: Policy, verdict: "accept" | "reject"): boolean {
  const first = statements[0];
  if (first === undefined) return otherwise === verdict;
  return first.verdict === verdict && first.conditions.length === 0 && first.modifications.length === 0;
}

function isAboutPrefix({ type }: Condition): boolean {
  return type === "prefix" || type === "inside-any";
}

class CompiledStatement {
  readonly name: string;
  readonly verdict: Statement["verdict"];
  readonly #statement: Statement;
  readonly #matchers: readonly Matcher[];
  readonly #modified: ModifiedSets | null;

  constructor(statement: Statement, tables: PolicyTables, ownAs: Asn | null) {
    this.name = statement.name;
    this.verdict = statement.verdict;
    this.#statement = statement;
    this.#matchers = statement.conditions.map((condition) => new Matcher(condition, tables, ownAs));
    const modifies = statement.modifications.length > 0 && statement.verdict !== "reject";
    this.#modified = modifies ? new ModifiedSets(statement.modifications, tables) : null;
  }

  matches(route: RouteFacts): boolean {
    for (const matcher of this.#matchers) {
      if (!matcher.holds(route)) return false;
    }
    return true;
  }

  apply(route: RouteFacts): void {
    if (this.#modified !== null) route.set = this.#modified.of(route.set);
  }

  trace(route: RouteFacts): StatementTrace {
    const { name, verdict, conditions, modifications } = this.#statement;
    const failed = this.#matchers.findIndex((matcher) => !matcher.holds(route));
    if (failed >= 0) return { name, outcome: "no-match", failed: conditions[failed], modifications: [] };
    return { name, outcome: verdict, failed: null, modifications: this.#modified === null ? [] : modifications };
  }

  close(): void {
    this.#modified?.close();
  }
}
