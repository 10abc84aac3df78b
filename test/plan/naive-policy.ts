import type { Prefix } from "../../protocol/net/prefix.js";
import type { Condition, Modification, Policy, RouteSource } from "../../rib/policy/policy.js";

/** A route as a case writes it. */
export interface CaseRoute {
  readonly prefix: Prefix;
  readonly source: RouteSource;
  readonly interface: string | null;
  readonly nextHop: string | null;
  readonly localPref: number;
}

export interface NaiveVerdict {
  readonly verdict: "accept" | "reject";
  readonly decidedBy: string | null; // the statement's name; null: none did
  readonly tags: readonly string[]; // communities added, sorted
}

/** The meaning of `rib/policy/policy.ts` in its shortest form. */
export function evaluateNaively(policy: Policy, route: CaseRoute): NaiveVerdict {
  const tags: string[] = [];
  for (const { name, conditions, modifications, verdict } of policy.statements) {
    if (!conditions.every((condition) => holds(condition, route))) continue;
    tags.push(...modifications.flatMap(tagsOf));
    if (verdict !== "next") return { verdict, decidedBy: name, tags: tags.sort() };
  }
  return { verdict: policy.otherwise, decidedBy: null, tags: tags.sort() };
}

function holds(condition: Condition, { prefix, source, interface: name, localPref }: CaseRoute): boolean {
  switch (condition.type) {
    case "prefix": {
      const { cidr, operator, not, minLength, maxLength } = condition;
      const isLength = prefix.length >= minLength && prefix.length <= maxLength;
      return (operator === "equal" ? cidr.equals(prefix) : cidr.contains(prefix) && isLength) !== not;
    }
    case "inside-any":
      return condition.cidrs.some((cidr) => cidr.contains(prefix));
    case "source":
      return condition.sources.includes(source);
    case "interface":
      return name !== null && condition.globs.some((glob) => globToRegExp(glob).test(name));
    case "local-pref":
      return condition.operator === "above" ? localPref > condition.value : localPref === condition.value;
    default:
      return false;
  }
}

function globToRegExp(glob: string): RegExp {
  return new RegExp(`^${glob.replace(/[.]/g, "\\.").replaceAll("*", ".*")}$`);
}

function tagsOf(modification: Modification): readonly string[] {
  if (modification.type === "add-communities")
    return modification.communities.map((value) => `${value >>> 16}:${value & 0xffff}`);
  return modification.type === "add-large-communities" ? modification.communities.map((parts) => parts.join(":")) : [];
}
