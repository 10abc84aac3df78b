import type { NextHopTable } from "../next-hop-table.js";
import type { RibPeer } from "../peer-table.js";
import { AttributeFlag, countInAsPath, isInClusterList, type OwnIdentity } from "../store/attribute-facts.js";
import type { AttributeSetTable } from "../store/attribute-set-table.js";
import type { AttributeSetId } from "../store/ids.js";

/** Why a received route is no candidate whatever the policy says, in words; null: it may be one. */
export type LoopFault = string | null;

/**
 * The loop checks of a route's arrival. Nearly every set is known not to loop since it was interned; only one that may is read
 * again, for the session's own AS number and tolerance.
 */
export function loopFault(set: AttributeSetId, peer: RibPeer, own: OwnIdentity, attributes: AttributeSetTable): LoopFault {
  if ((attributes.flags(set) & AttributeFlag.MayLoop) === 0 || peer.source !== "bgp") return null;
  return asPathLoop(set, peer, attributes) ?? originatorLoop(set, own, attributes) ?? clusterListLoop(set, own, attributes);
}

/** RFC 4271 §9.1.2: our AS number in AS_PATH, more often than this session tolerates. The number is the one of the session. */
export function asPathLoop(set: AttributeSetId, peer: RibPeer, attributes: AttributeSetTable): LoopFault {
  const start = attributes.offset(set);
  const times = countInAsPath(attributes.view(set), start, start + attributes.byteLength(set), peer.localAs);
  if (times <= peer.allowOwnAs) return null;
  return `AS_PATH has our AS ${peer.localAs} ${times} ${times === 1 ? "time" : "times"}, ${peer.allowOwnAs} tolerated (RFC 4271 §9.1.2)`;
}

/** RFC 4456 §8: a route that we brought into the AS has come back. */
export function originatorLoop(set: AttributeSetId, own: OwnIdentity, attributes: AttributeSetTable): LoopFault {
  return attributes.originatorId(set) === own.routerId ? "ORIGINATOR_ID is our router id (RFC 4456 §8)" : null;
}

/** RFC 4456 §8: a route that our cluster has reflected has come back. */
export function clusterListLoop(set: AttributeSetId, own: OwnIdentity, attributes: AttributeSetTable): LoopFault {
  if (own.clusterId === null) return null;
  const start = attributes.offset(set);
  const loops = isInClusterList(attributes.view(set), start, start + attributes.byteLength(set), own.clusterId);
  return loops ? "CLUSTER_LIST has our cluster id (RFC 4456 §8)" : null;
}

/** RFC 4271 §9.1.2.1: a route whose next hop cannot be resolved is out. A route without one is ours. */
export function isResolvable(set: AttributeSetId, attributes: AttributeSetTable, nextHops: NextHopTable): boolean {
  return nextHops.isReachable(attributes.nextHop(set));
}
