import type { Asn } from "../../protocol/net/asn.js";
import type { IpAddress } from "../../protocol/net/ip-address.js";
import type { RouterId } from "../../protocol/net/router-id.js";
import type { BgpPeerSpec, PeerIp, Resource } from "../resources/resource-set.js";
import type { WorkloadEndpoint } from "../workloads/endpoint-status.js";
import { BGP_PORT, type ClusterNode, type ClusterView, endpointsOf, familyOfAddress, type NodeEndpoint } from "./cluster-view.js";
import { error } from "./fault.js";
import type { PlanFault } from "./node-plan.js";

/** The far side of a session: a node, or an address outside the cluster. */
export interface RemoteEnd {
  readonly address: IpAddress;
  readonly text: string; // canonical text of `address`
  readonly port: number | null; // null: nobody named one, so 179
  readonly asNumber: Asn;
  readonly localAsNumber: Asn | null; // ours towards it; null: the node's
  readonly clusterId: RouterId | null;
  readonly namesNode: boolean; // a peerIP that is some node's address
  readonly allowOwnAs: number;
}

/** The remote ends of a BGPPeer (reference 4.5), those that are this node itself included. */
export function remoteEnds(view: ClusterView, peer: Resource<BgpPeerSpec>, faults: PlanFault[]): readonly RemoteEnd[] {
  const { peerIp, peerSelector } = peer.spec;
  if (peerIp !== null) return addressEnds(view, peer, peerIp, faults);
  return peerSelector === null ? [] : view.matching(peerSelector).flatMap(nodeEnds);
}

/**
 * The workloads that Felix has found to be peers of a BGPPeer (reference 4.7), at the first address of each version.
 *
 * @param peer one with a localWorkloadSelector, and so with an asNumber
 */
export function workloadEnds(peer: Resource<BgpPeerSpec>, workloads: readonly WorkloadEndpoint[]): readonly RemoteEnd[] {
  const addresses = workloads
    .filter(({ bgpPeer }) => bgpPeer === peer.name)
    .flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6].filter((address) => address !== null));
  return addresses.map((address) => ({
    address,
    text: address.toString(),
    port: null,
    asNumber: peer.spec.asNumber!,
    localAsNumber: peer.spec.localAsNumber,
    clusterId: null,
    namesNode: false,
    allowOwnAs: 0,
  }));
}

/**
 * The ends that a BGPPeer mirrors onto `local` because it names `local` as its remote side (reference 4.6):
 * the nodes that the BGPPeer gives a session to us.
 */
export function reverseEnds(view: ClusterView, peer: Resource<BgpPeerSpec>, local: ClusterNode): readonly RemoteEnd[] {
  const { peerIp, peerSelector, reversePeering } = peer.spec;
  if (reversePeering === "Manual") return [];
  if (peerIp === null) {
    return peerSelector?.matches(local.labels) ? localSide(view, peer.spec).flatMap(nodeEnds) : [];
  }
  if (!isOurs(peer.spec, peerIp, local)) return [];
  const family = familyOfAddress(peerIp.address);
  return localSide(view, peer.spec).flatMap((node) => {
    const endpoint = node.endpoints[family];
    return endpoint === null ? [] : [nodeEnd(node, endpoint)];
  });
}

const nodeEndOf = new WeakMap<NodeEndpoint, RemoteEnd>();

/** One node seen from another: address, AS and port are the node's own. The same object every time. */
export function nodeEnd(node: ClusterNode, endpoint: NodeEndpoint): RemoteEnd {
  let end = nodeEndOf.get(endpoint);
  if (end === undefined) {
    const { address, text } = endpoint;
    const { listenPort: port, asNumber, clusterId } = node;
    end = { address, text, port, asNumber, localAsNumber: null, clusterId, namesNode: false, allowOwnAs: 0 };
    nodeEndOf.set(endpoint, end);
  }
  return end;
}

function nodeEnds(node: ClusterNode): readonly RemoteEnd[] {
  return endpointsOf(node).map((endpoint) => nodeEnd(node, endpoint));
}

function addressEnds(view: ClusterView, peer: Resource<BgpPeerSpec>, peerIp: PeerIp, faults: PlanFault[]): readonly RemoteEnd[] {
  const text = peerIp.address.toString();
  const owner = view.ownerOf(text);
  const asNumber = peer.spec.asNumber ?? owner?.asNumber;
  if (asNumber === undefined) {
    faults.push(error(`BGPPeer ${peer.name}: asNumber is missing and ${text} is no node's address: no session`, peer.cause));
    return [];
  }
  return [
    {
      address: peerIp.address,
      text,
      port: peerIp.port ?? (owner?.asNumber === asNumber ? owner.listenPort : null),
      asNumber,
      localAsNumber: peer.spec.localAsNumber,
      clusterId: null,
      namesNode: owner !== undefined,
      allowOwnAs: peer.spec.numAllowedLocalAsNumbers,
    },
  ];
}

/** The nodes that get the peering: the one named, those selected, or all. */
function localSide(view: ClusterView, spec: BgpPeerSpec): readonly ClusterNode[] {
  if (spec.nodeSelector !== null) return view.matching(spec.nodeSelector);
  if (spec.node === null) return view.nodes;
  const node = view.node(spec.node);
  return node === undefined ? [] : [node];
}

function isOurs(spec: BgpPeerSpec, peerIp: PeerIp, local: ClusterNode): boolean {
  const own = local.endpoints[familyOfAddress(peerIp.address)];
  if (own === null || !own.address.equals(peerIp.address)) return false;
  if (spec.asNumber !== null && spec.asNumber !== local.asNumber) return false;
  return peerIp.port === null || peerIp.port === (local.listenPort ?? BGP_PORT);
}
