import { formatAsPath } from "../attributes/as-path.js";
import type { AttributeSet, UnknownAttribute } from "../attributes/attribute-set.js";
import { formatCommunity } from "../attributes/communities.js";
import { formatExtendedCommunity } from "../attributes/extended-communities.js";
import { formatLargeCommunity } from "../attributes/large-communities.js";
import { formatRouterId } from "../net/router-id.js";

const ORIGINS = ["IGP", "EGP", "INCOMPLETE"] as const;

/** An attribute set as a JSON object of texts and numbers; absent attributes are absent keys. */
export function describeAttributes(set: AttributeSet): Record<string, unknown> {
  return withoutUndefined({
    origin: set.origin === undefined ? undefined : ORIGINS[set.origin],
    asPath: set.asPath === undefined ? undefined : formatAsPath(set.asPath),
    nextHop: set.nextHop?.toString(),
    linkLocalNextHop: set.linkLocalNextHop?.toString(),
    multiExitDisc: set.multiExitDisc,
    localPref: set.localPref,
    atomicAggregate: set.atomicAggregate,
    aggregator: set.aggregator && { asNumber: set.aggregator.asNumber, address: set.aggregator.address.toString() },
    communities: set.communities?.map(formatCommunity),
    originatorId: set.originatorId === undefined ? undefined : formatRouterId(set.originatorId),
    clusterList: set.clusterList?.map(formatRouterId),
    extendedCommunities: set.extendedCommunities?.map(formatExtendedCommunity),
    ipv6ExtendedCommunities: set.ipv6ExtendedCommunities?.map(hex),
    largeCommunities: set.largeCommunities?.map(formatLargeCommunity),
    onlyToCustomer: set.onlyToCustomer,
    unknown: set.unknown?.map(describeUnknown),
    partial: set.partial,
  });
}

/** Type code, flags and the value in hex. */
export function describeUnknown({ code, flags, value }: UnknownAttribute): Record<string, unknown> {
  return { type: code, flags, value: hex(value) };
}

/** Octets as lower-case hex digits. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, "0")).join("");
}

function withoutUndefined(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}
