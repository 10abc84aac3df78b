import { formatAsPath } from "../../protocol/attributes/as-path.js";
import type { AttributeSet } from "../../protocol/attributes/attribute-set.js";
import { formatCommunity } from "../../protocol/attributes/communities.js";
import { formatLargeCommunity } from "../../protocol/attributes/large-communities.js";
import { formatRouterId } from "../../protocol/net/router-id.js";
import type { AttributesView } from "./views.js";

const ORIGINS = ["IGP", "EGP", "incomplete"] as const;

/** @param outgoing the interface the route leaves by, where it is known */
export function attributesView(set: AttributeSet, outgoing: string | null): AttributesView {
  return {
    nextHop: set.nextHop?.toString() ?? null,
    asPath: formatAsPath(set.asPath ?? []),
    origin: ORIGINS[set.origin ?? 2],
    localPref: set.localPref ?? null,
    med: set.multiExitDisc ?? null,
    communities: (set.communities ?? []).map(formatCommunity),
    largeCommunities: (set.largeCommunities ?? []).map(formatLargeCommunity),
    originatorId: set.originatorId === undefined ? null : formatRouterId(set.originatorId),
    clusterList: (set.clusterList ?? []).map(formatRouterId),
    interface: outgoing,
  };
}
