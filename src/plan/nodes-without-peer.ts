import type { BgpPeerSpec, NodeSpec, Resource, ResourceSet } from "../resources/resource-set.js";

/** Names of the nodes with BGP that no BGPPeer concerns, from either end. */
export function nodesWithoutPeer(set: ResourceSet): string[] {
  const peers = [...set.bgpPeers.values()].map(({ spec }) => spec);
  const global = peers.some(({ node, nodeSelector }) => !node && !nodeSelector);
  if (global) return [];
  const nodes = [...set.nodes.values()].filter(({ spec }) => spec.bgp !== null);
  return nodes.filter((node) => !peers.some((peer) => concerns(peer, node))).map(({ name }) => name);
}

function concerns(peer: BgpPeerSpec, { name, labels, spec }: Resource<NodeSpec>): boolean {
  if (peer.node === name || peer.nodeSelector?.matches(labels) || peer.peerSelector?.matches(labels)) return true;
  const address = peer.peerIp?.address;
  if (!address) return false;
  return [spec.bgp?.ipv4, spec.bgp?.ipv6].some((own) => own?.address.equals(address));
}
