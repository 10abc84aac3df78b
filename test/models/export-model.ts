import type { AsPathSegment, AttributeSet } from "../../protocol/attributes/attribute-set.js";
import type { Prefix } from "../../protocol/net/prefix.js";
import type { ExportProfile } from "../../rib/export/export-profile.js";
import type { RibPeer } from "../../rib/peer-table.js";
import type { Condition, Modification, Policy } from "../../rib/policy/policy.js";

/** A best path as objects. */
export interface NaivePath {
  readonly prefix: Prefix;
  readonly attributes: AttributeSet;
  readonly from: RibPeer;
}

/** What peers of the profile are to be told of the path, by the rules alone; null: nothing. */
export function exportNaively(route: NaivePath, profile: ExportProfile): AttributeSet | null {
  if (!mayBeTold(route, profile)) return null;
  const own = !profile.internal && prepends(profile.policy) ? prepended(route.attributes, [profile.localAs]) : route.attributes;
  const accepted = evaluateNaively(profile.policy, { ...route, attributes: own }, profile);
  if (accepted === null) return null;
  return rewrite(accepted, route.from, profile);
}

function mayBeTold({ attributes, from }: NaivePath, { internal, clusterId, rrClient }: ExportProfile): boolean {
  const communities = (attributes.communities ?? []).map((value) => value >>> 0);
  if (communities.includes(0xffffff02)) return false;
  if (!internal) return !communities.includes(0xffffff01) && !communities.includes(0xffffff03);
  if (from.source !== "bgp" || !from.internal) return true;
  return clusterId !== null && (from.rrClient || rrClient);
}

function prepends(policy: Policy): boolean {
  return policy.statements.some(({ modifications }) => modifications.some(({ type }) => type === "prepend-as-path"));
}

function evaluateNaively(policy: Policy, route: NaivePath, profile: ExportProfile): AttributeSet | null {
  let { attributes } = route;
  for (const { conditions, modifications, verdict } of policy.statements) {
    if (!conditions.every((condition) => holds(condition, { ...route, attributes }, policy, profile))) continue;
    if (verdict === "reject") return null;
    attributes = modifications.reduce(modified, attributes);
    if (verdict === "accept") return attributes;
  }
  return policy.otherwise === "accept" ? attributes : null;
}

function holds(condition: Condition, { prefix, attributes, from }: NaivePath, policy: Policy, profile: ExportProfile): boolean {
  switch (condition.type) {
    case "prefix": {
      const { cidr, operator, not, minLength, maxLength } = condition;
      const inside = cidr.contains(prefix) && prefix.length >= minLength && prefix.length <= maxLength;
      return (operator === "in" ? inside : cidr.equals(prefix)) !== not;
    }
    case "inside-any":
      return condition.cidrs.some((cidr) => cidr.contains(prefix));
    case "source":
      return condition.sources.includes(from.source);
    case "local-pref": {
      const localPref = attributes.localPref ?? 100;
      return condition.operator === "above" ? localPref > condition.value : localPref === condition.value;
    }
    case "community":
      return (attributes.communities ?? []).some((value) => value >>> 0 === condition.community >>> 0);
    case "large-community":
      return (attributes.largeCommunities ?? []).some((value) => value.join() === condition.community.join());
    case "as-path-prefix": {
      const seen = profile.internal || prepends(policy) ? attributes : prepended(attributes, [profile.localAs]);
      const sequence = leadingSequence(seen.asPath ?? []);
      return condition.asns.every((asn, i) => sequence[i] === asn);
    }
    default:
      return false;
  }
}

function leadingSequence(path: readonly AsPathSegment[]): readonly number[] {
  const end = path.findIndex(({ type }) => type !== "sequence");
  return (end < 0 ? path : path.slice(0, end)).flatMap(({ asns }) => asns);
}

function modified(set: AttributeSet, modification: Modification): AttributeSet {
  switch (modification.type) {
    case "set-local-pref":
      return { ...set, localPref: modification.value };
    case "add-communities": {
      const all = new Set([...(set.communities ?? []), ...modification.communities].map((value) => value >>> 0));
      return { ...set, communities: [...all].sort((a, b) => a - b) };
    }
    case "add-large-communities": {
      const all = new Map([...(set.largeCommunities ?? []), ...modification.communities].map((value) => [value.join(), value]));
      return { ...set, largeCommunities: [...all.values()].sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]) };
    }
    case "prepend-as-path":
      return prepended(set, modification.asns);
    case "raise-preference":
      return set; // an import's business
    default:
      return modification satisfies never;
  }
}

function prepended(set: AttributeSet, asns: AsPathSegment["asns"]): AttributeSet {
  const [first, ...rest] = set.asPath ?? [];
  const joins = first?.type === "sequence" && first.asns.length + asns.length <= 255;
  if (joins) return { ...set, asPath: [{ type: "sequence", asns: [...asns, ...first.asns] }, ...rest] };
  return { ...set, asPath: [{ type: "sequence", asns }, ...(set.asPath ?? [])] };
}

function rewrite(set: AttributeSet, from: RibPeer, profile: ExportProfile): AttributeSet {
  const { nextHop, linkLocalNextHop, localPref, multiExitDisc, originatorId, clusterList, unknown, ...kept } = set;
  const passed = (unknown ?? []).filter(({ flags }) => (flags & 0xc0) === 0xc0);
  const common: AttributeSet = {
    ...kept,
    ...nextHopOf(set, from, profile),
    ...(passed.length > 0 && { unknown: passed.map((attribute) => ({ ...attribute, flags: attribute.flags | 0x20 })) }),
  };
  if (!profile.internal) return external(common, profile);
  const isReflected = from.source === "bgp" && from.internal;
  return {
    ...common,
    asPath: common.asPath ?? [],
    localPref: localPref ?? 100,
    ...(multiExitDisc !== undefined && { multiExitDisc }),
    ...(isReflected && {
      originatorId: originatorId ?? from.routerId,
      clusterList: [profile.clusterId ?? 0, ...(clusterList ?? [])],
    }),
  };
}

function external(set: AttributeSet, profile: ExportProfile): AttributeSet {
  const { extendedCommunities, ...rest } = set;
  const transitive = (extendedCommunities ?? []).filter((value) => (value[0] & 0x40) === 0);
  const out = transitive.length > 0 ? { ...rest, extendedCommunities: transitive } : rest;
  return prepends(profile.policy) ? out : prepended(out, [profile.localAs]);
}

/** The table of the reference, section 4.10. */
function nextHopOf(set: AttributeSet, from: RibPeer, profile: ExportProfile): AttributeSet {
  const self = { nextHop: profile.selfAddress, ...(profile.linkLocal && { linkLocalNextHop: profile.linkLocal }) };
  const { nextHop } = set;
  if (nextHop === undefined || profile.nextHop === "self") return self;
  if (from.source === "static" || from.source === "direct") return self;
  if (!profile.internal && profile.nextHop === "auto") return self;
  const isUsable = nextHop.version === profile.selfAddress.version || profile.extendedNextHop;
  return isUsable ? { nextHop } : self;
}
