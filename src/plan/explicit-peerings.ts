import type { BgpPeerSpec, Resource } from "../resources/resource-set.js";
import type { WorkloadEndpoint } from "../workloads/endpoint-status.js";
import { BGP_PORT, type ClusterNode, type ClusterView, endpointsOf, familyOfAddress } from "./cluster-view.js";
import { warning } from "./fault.js";
import type { PlanFault } from "./node-plan.js";
import { type RemoteEnd, remoteEnds, reverseEnds, workloadEnds } from "./remote-end.js";

/** A session that a BGPPeer asks for. */
export interface Peering {
  readonly type: "global" | "node" | "workload";
  readonly reverse: boolean; // mirrored from a BGPPeer of the other side
  readonly peer: Resource<BgpPeerSpec>;
  readonly end: RemoteEnd;
}

/**
 * The peerings that BGPPeers give `local`, in the passes of reference 4.2: global ones, those for this node, mirrored
 * ones. The first to claim an address and port has it; inside a pass that is the BGPPeer with the lowest name.
 *
 * @param workloads those of this node that are BGP peers
 */
export function explicitPeerings(
  view: ClusterView,
  local: ClusterNode,
  workloads: readonly WorkloadEndpoint[],
  faults: PlanFault[],
): readonly Peering[] {
  const { peerings, faults: more, shadows } = claimPeerings(view, local, workloads);
  faults.push(...more, ...shadows.map(shadowFault));
  return peerings;
}

/** What `explicitPeerings` tells apart for whoever puts the faults of many nodes together. */
export interface ClaimedPeerings {
  readonly peerings: readonly Peering[];
  readonly faults: readonly PlanFault[];
  readonly shadows: readonly Shadow[];
}

export function claimPeerings(
  view: ClusterView,
  local: ClusterNode,
  workloads: readonly WorkloadEndpoint[] = [],
): ClaimedPeerings {
  const faults: PlanFault[] = [];
  const table = new PeeringTable(local);
  const add = (type: "global" | "node", peer: Resource<BgpPeerSpec>) => {
    if (peer.spec.localWorkloadSelector === null) table.addAll(type, peer, remoteEnds(view, peer, faults));
    else table.addAll("workload", peer, workloadEnds(peer, workloads));
  };
  for (const peer of view.peers.global) add("global", peer);
  for (const peer of view.peers.givenTo(local)) add("node", peer);
  const addresses = endpointsOf(local).map(({ text }) => text);
  for (const peer of view.peers.towards(local.labels, addresses)) table.addReverse(peer, reverseEnds(view, peer, local));
  return { peerings: table.peerings, faults: [...faults, ...table.faults], shadows: table.shadows };
}

/** Two BGPPeers that claim the same address and port, and how often they do on one node: one fault for all of it. */
export interface Shadow {
  readonly winner: Peering;
  readonly loser: Peering;
  count: number;
}

/** Who has which address and port. Port 0 and an explicit 179 are the same: only one such session could come up. */
class PeeringTable {
  readonly #local: ClusterNode;
  readonly #byKey = new Map<string, Peering>();
  readonly #shadows = new Map<string, Shadow>();
  readonly faults: PlanFault[] = [];

  constructor(local: ClusterNode) {
    this.#local = local;
  }

  get peerings(): readonly Peering[] {
    return [...this.#byKey.values()];
  }

  addAll(type: Peering["type"], peer: Resource<BgpPeerSpec>, ends: readonly RemoteEnd[]): void {
    for (const end of ends) {
      if (this.#isReachable(end)) this.#claim({ type, reverse: false, peer, end });
      else if (peer.spec.peerIp !== null) this.#noteMissingAddress(peer, end);
    }
  }

  addReverse(peer: Resource<BgpPeerSpec>, ends: readonly RemoteEnd[]): void {
    let mirrored = 0;
    for (const end of ends) {
      if (this.#isReachable(end) && this.#claim({ type: "node", reverse: true, peer, end })) mirrored++;
    }
    if (mirrored > 0 && peer.spec.peerIp !== null && peer.spec.localAsNumber !== null) this.#noteUnmirroredAs(peer);
  }

  get shadows(): readonly Shadow[] {
    return [...this.#shadows.values()];
  }

  /** Without an address of ours in the family there is no session, whatever sourceAddress says. */
  #isReachable(end: RemoteEnd): boolean {
    return this.#local.endpoints[familyOfAddress(end.address)] !== null;
  }

  #claim(peering: Peering): boolean {
    const { end } = peering;
    if (this.#local.endpoints[familyOfAddress(end.address)]?.text === end.text) return false; // ourselves
    const key = `${end.text} ${end.port ?? BGP_PORT}`;
    const winner = this.#byKey.get(key);
    if (winner === undefined) this.#byKey.set(key, peering);
    else this.#noteShadow(winner, peering);
    return winner === undefined;
  }

  /** A mirrored peering that gives way to an explicit one is how two BGPPeers for both directions look: no fault. */
  #noteShadow(winner: Peering, loser: Peering): void {
    if (winner.peer === loser.peer || (loser.reverse && !winner.reverse)) return;
    const key = `${winner.peer.name} ${loser.peer.name}`;
    const shadow = this.#shadows.get(key);
    if (shadow === undefined) this.#shadows.set(key, { winner, loser, count: 1 });
    else shadow.count++;
  }

  #noteMissingAddress(peer: Resource<BgpPeerSpec>, end: RemoteEnd): void {
    const version = `IPv${end.address.version}`;
    const message = `BGPPeer ${peer.name}: no session with ${end.text}, node ${this.#local.name} has no ${version} address`;
    this.faults.push(warning(message, peer.cause));
  }

  #noteUnmirroredAs(peer: Resource<BgpPeerSpec>): void {
    const message = `BGPPeer ${peer.name}: localASNumber is not mirrored, so the automatic reverse peerings expect another AS; write one BGPPeer for each side with reversePeering: Manual`;
    this.faults.push(warning(message, peer.cause));
  }
}

function shadowFault({ winner, loser, count }: Shadow): PlanFault {
  const which = count === 1 ? loser.end.text : `${loser.end.text} and ${count - 1} more`;
  const rule = winner.type === loser.type ? "the lower name comes first" : "a global BGPPeer comes first";
  return warning(`BGPPeer ${loser.peer.name} is shadowed by BGPPeer ${winner.peer.name} for ${which}: ${rule}`, loser.peer.cause);
}
