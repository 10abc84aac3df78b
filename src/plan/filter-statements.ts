import type { Prefix } from "../../protocol/net/prefix.js";
import type { Condition, Modification, Statement } from "../../rib/policy/policy.js";
import type { BgpFilterSpec, Community, FilterOperation, FilterRule, PrefixMatch, Resource } from "../resources/resource-set.js";
import { placeOf } from "./fault.js";
import { localPrefOf } from "./route-priority.js";

/** The lists of a BGPFilter: one for each direction and family. */
export type FilterList = keyof BgpFilterSpec;

/**
 * One list of a BGPFilter as statements (reference 1.3). What is known of the session already is settled here: rules
 * for the other peer type are left out, and conditions that cannot hold become "never".
 */
export function filterStatements(
  filter: Resource<BgpFilterSpec>,
  list: FilterList,
  peerType: "iBGP" | "eBGP",
): readonly Statement[] {
  return filter.spec[list].flatMap((rule, index) => {
    if (rule.peerType !== null && rule.peerType !== peerType) return [];
    return [
      {
        name: `BGPFilter ${filter.name} ${list} rule ${index + 1} (${placeOf(rule.cause)})`,
        conditions: conditionsOf(rule, list.startsWith("import")),
        modifications: rule.operations.map(modificationOf),
        verdict: rule.action === "Accept" ? "accept" : "reject",
      },
    ];
  });
}

function conditionsOf(rule: FilterRule, isImport: boolean): readonly Condition[] {
  const conditions: Condition[] = rule.match === null ? [] : [...prefixConditions(rule.match)];
  // On import every route comes from a peer, and its outgoing interface is not known before its next hop is resolved.
  if (rule.source !== null && !isImport) conditions.push({ type: "source", sources: ["bgp"] });
  if (rule.interface !== null) {
    conditions.push(isImport ? { type: "never" } : { type: "interface", globs: [rule.interface] });
  }
  if (rule.community !== null) conditions.push(communityCondition(rule.community));
  if (rule.asPathPrefix.length > 0) conditions.push({ type: "as-path-prefix", asns: rule.asPathPrefix });
  if (rule.priority !== null) conditions.push({ type: "local-pref", operator: "equal", value: localPrefOf(rule.priority) });
  return conditions;
}

function communityCondition(community: Community): Condition {
  return typeof community === "number" ? { type: "community", community } : { type: "large-community", community };
}

function modificationOf(operation: FilterOperation): Modification {
  switch (operation.type) {
    case "addCommunity": {
      const { community } = operation;
      return typeof community === "number"
        ? { type: "add-communities", communities: [community] }
        : { type: "add-large-communities", communities: [community] };
    }
    case "prependASPath":
      return { type: "prepend-as-path", asns: operation.asns };
    case "setPriority":
      return { type: "set-local-pref", value: localPrefOf(operation.priority) };
    default:
      return operation satisfies never;
  }
}

function prefixConditions({ cidr, operator, prefixLength }: PrefixMatch): readonly Condition[] {
  const not = operator === "NotEqual" || operator === "NotIn";
  if (operator === "Equal" || operator === "NotEqual") {
    // A prefix never equals a set of prefixes, which is what lengths make of the CIDR: Equal never holds, NotEqual always.
    if (prefixLength !== null) return not ? [] : [{ type: "never" }];
    return [prefixCondition(cidr, "equal", not, cidr.length, cidr.length)];
  }
  const minLength = Math.max(cidr.length, prefixLength?.min ?? 0);
  const maxLength = Math.min(cidr.address.bits, prefixLength?.max ?? cidr.address.bits);
  if (minLength > maxLength) return not ? [] : [{ type: "never" }];
  return [prefixCondition(cidr, "in", not, minLength, maxLength)];
}

function prefixCondition(cidr: Prefix, operator: "in" | "equal", not: boolean, minLength: number, maxLength: number): Condition {
  return { type: "prefix", cidr, operator, not, minLength, maxLength };
}
