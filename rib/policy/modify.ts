import type { AsPathSegment, AttributeSet } from "../../protocol/attributes/attribute-set.js";
import type { Asn } from "../../protocol/net/asn.js";
import type { LargeCommunity, Modification } from "./policy.js";

/** The attributes after the modifications, in order. Pure; runs once a distinct set, `ModifiedSets` remembers the outcome. */
export function modify(set: AttributeSet, modifications: readonly Modification[]): AttributeSet {
  return modifications.reduce(modifyOnce, set);
}

function modifyOnce(set: AttributeSet, modification: Modification): AttributeSet {
  switch (modification.type) {
    case "set-local-pref":
      return { ...set, localPref: modification.value };
    case "add-communities":
      return { ...set, communities: merged(set.communities ?? [], modification.communities, (a, b) => (a >>> 0) - (b >>> 0)) };
    case "add-large-communities":
      return { ...set, largeCommunities: merged(set.largeCommunities ?? [], modification.communities, compareLarge) };
    case "prepend-as-path":
      return { ...set, asPath: prepend(set.asPath ?? [], modification.asns) };
    default:
      return modification satisfies never;
  }
}

/** Both lists, sorted, each value once. */
function merged<T>(present: readonly T[], added: readonly T[], compare: (a: T, b: T) => number): readonly T[] {
  const all = [...present, ...added].sort(compare);
  return all.filter((value, i) => i === 0 || compare(all[i - 1], value) !== 0);
}

function compareLarge(a: LargeCommunity, b: LargeCommunity): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

const MOST_ASNS_A_SEGMENT = 255;

/** RFC 4271 §5.1.2: into the first segment when it is a sequence with room, else as a segment of their own. */
function prepend(path: readonly AsPathSegment[], asns: readonly Asn[]): readonly AsPathSegment[] {
  if (asns.length === 0) return path;
  const first = path[0];
  if (first?.type === "sequence" && first.asns.length + asns.length <= MOST_ASNS_A_SEGMENT) {
    return [{ type: "sequence", asns: [...asns, ...first.asns] }, ...path.slice(1)];
  }
  return [{ type: "sequence", asns: [...asns] }, ...path];
}
