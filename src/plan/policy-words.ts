import { formatCommunity } from "../../protocol/attributes/communities.js";
import { formatLargeCommunity } from "../../protocol/attributes/large-communities.js";
import type { Prefix } from "../../protocol/net/prefix.js";
import type { Condition, Modification } from "../../rib/policy/policy.js";
import { priorityOf } from "./route-priority.js";

/** Blocks of one condition that are named; there may be tens of thousands. */
const MOST_NAMED = 8;

/** A condition for people: "inside 10.0.0.0/8 with length 16 to 24". */
export function conditionText(condition: Condition): string {
  switch (condition.type) {
    case "prefix":
      return prefixText(condition);
    case "inside-any":
      return `inside ${anyOf(condition.cidrs)}`;
    case "source":
      return `from ${condition.sources.map((source) => (source === "bgp" ? "a BGP peer" : source)).join(" or ")}`;
    case "interface":
      return `leaves by interface ${condition.globs.join(" or ")}`;
    case "local-pref":
      return `LOCAL_PREF ${condition.operator === "above" ? "above " : ""}${localPrefText(condition.value)}`;
    case "community":
      return `carries community ${formatCommunity(condition.community)}`;
    case "large-community":
      return `carries community ${formatLargeCommunity(condition.community)}`;
    case "as-path-prefix":
      return `AS_PATH starts with ${condition.asns.join(" ")}`;
    case "never":
      return "never";
    default:
      return condition satisfies never;
  }
}

/** A modification for people: "add community 65000:1". */
export function modificationText(modification: Modification): string {
  switch (modification.type) {
    case "set-local-pref":
      return `set LOCAL_PREF ${localPrefText(modification.value)}`;
    case "raise-preference":
      return "prefer like a static route";
    case "add-communities":
      return `add community ${modification.communities.map(formatCommunity).join(" ")}`;
    case "add-large-communities":
      return `add community ${modification.communities.map(formatLargeCommunity).join(" ")}`;
    case "prepend-as-path":
      return `prepend AS ${modification.asns.join(" ")}`;
    default:
      return modification satisfies never;
  }
}

function prefixText({ cidr, operator, not, minLength, maxLength }: Condition & { readonly type: "prefix" }): string {
  if (operator === "equal") return `${not ? "not " : ""}${cidr}`;
  const isOfAnyLength = minLength === cidr.length && maxLength === cidr.address.bits;
  const length = minLength === maxLength ? `${minLength}` : `${minLength} to ${maxLength}`;
  return `${not ? "not " : ""}inside ${cidr}${isOfAnyLength ? "" : ` with length ${length}`}`;
}

function anyOf(blocks: readonly Prefix[]): string {
  return blocks.length <= MOST_NAMED ? blocks.join(" or ") : `one of ${blocks.length} blocks (${blocks[0]} to ${blocks.at(-1)})`;
}

function localPrefText(localPref: number): string {
  return `${localPref} (priority ${priorityOf(localPref)})`;
}
