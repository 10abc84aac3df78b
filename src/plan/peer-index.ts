import type { BgpPeerSpec, Resource } from "../resources/resource-set.js";
import type { Labels } from "../resources/selector.js";

type Peer = Resource<BgpPeerSpec>;

/** The BGPPeers of a set by whom they concern; every list is in the order of their names. */
export class PeerIndex {
  readonly global: readonly Peer[];
  readonly #selecting: readonly Peer[];
  readonly #toSelected: readonly Peer[];
  readonly #byNode = new Map<string, Peer[]>();
  readonly #byAddress = new Map<string, Peer[]>();

  /** @param peers in the order of their names */
  constructor(peers: readonly Peer[]) {
    this.global = peers.filter(({ spec }) => spec.node === null && spec.nodeSelector === null);
    this.#selecting = peers.filter(({ spec }) => spec.nodeSelector !== null);
    this.#toSelected = peers.filter(({ spec }) => spec.peerSelector !== null);
    for (const peer of peers) {
      const { node, nodeSelector, peerIp } = peer.spec;
      if (node !== null && nodeSelector === null) listIn(this.#byNode, node).push(peer);
      if (peerIp !== null) listIn(this.#byAddress, peerIp.address.toString()).push(peer);
    }
  }

  /** Those that give this node, but not every node, a session. */
  givenTo(node: { readonly name: string; readonly labels: Labels }): readonly Peer[] {
    const selecting = this.#selecting.filter(({ spec }) => spec.nodeSelector!.matches(node.labels));
    return byName([...selecting, ...(this.#byNode.get(node.name) ?? [])]);
  }

  /** Those whose remote side may be a node. @param addresses its own, in canonical text */
  towards(labels: Labels, addresses: readonly string[]): readonly Peer[] {
    const selected = this.#toSelected.filter(({ spec }) => spec.peerSelector!.matches(labels));
    return byName([...selected, ...addresses.flatMap((address) => this.#byAddress.get(address) ?? [])]);
  }
}

function listIn(lists: Map<string, Peer[]>, key: string): Peer[] {
  let list = lists.get(key);
  if (list === undefined) {
    list = [];
    lists.set(key, list);
  }
  return list;
}

function byName(peers: Peer[]): readonly Peer[] {
  return peers.sort((a, b) => (a.name < b.name ? -1 : 1));
}
