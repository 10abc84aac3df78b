import type { Family } from "../../protocol/net/address-family.js";
import type { ClusterNode, ClusterView } from "./cluster-view.js";
import { compareEnds, type Mismatch, type SessionEnd } from "./compare-ends.js";
import { claimPeerings, type Shadow } from "./explicit-peerings.js";
import type { PlanFault } from "./node-plan.js";
import { nodeEnd } from "./remote-end.js";
import { SessionPlanner } from "./session-planner.js";
import type { SessionPolicies } from "./session-policies.js";

const FAMILIES: readonly Family[] = ["ipv4-unicast", "ipv6-unicast"];
/** Sessions that are compared one by one: they take a second or two, and 100 MB. */
const MOST_SESSIONS = 200_000;

/** Routes are not compared: what one end filters is no business of the other. */
const policy = { name: "", statements: [], otherwise: "reject" } as const;
const NO_POLICIES: SessionPolicies = { importFilters: [], exportFilters: [], importPolicy: policy, exportPolicy: policy };

export interface PairFindings {
  onMismatch(mismatch: Mismatch): void;
  onShadow(shadow: Shadow, node: ClusterNode): void;
  onFault(fault: PlanFault, node: ClusterNode): void;
}

/**
 * Compares every two nodes between which a BGPPeer asks for a session.
 * @returns false: there were too many sessions, and some nodes were left out
 */
export function comparePairs(view: ClusterView, findings: PairFindings): boolean {
  const pairs = new NodePairs(view, findings);
  const isComplete = view.nodes.every((node) => pairs.plan(node));
  pairs.compare();
  return isComplete;
}

class NodePairs {
  readonly #view: ClusterView;
  readonly #findings: PairFindings;
  readonly #ends = new Map<ClusterNode, ReadonlyMap<ClusterNode, readonly SessionEnd[]>>();
  #sessions = 0;

  constructor(view: ClusterView, findings: PairFindings) {
    this.#view = view;
    this.#findings = findings;
  }

  /** Plans the sessions that BGPPeers give this node with other nodes. @returns false when there are too many */
  plan(node: ClusterNode): boolean {
    const { peerings, faults, shadows } = claimPeerings(this.#view, node);
    for (const fault of faults) this.#findings.onFault(fault, node);
    for (const shadow of shadows) this.#findings.onShadow(shadow, node);
    const planner = this.#plannerOf(node);
    const ends = new Map<ClusterNode, SessionEnd[]>();
    for (const peering of peerings) {
      const peer = this.#view.ownerOf(peering.end.text);
      if (peer === undefined || peer === node) continue;
      const end = { node, peer, peering, session: planner.explicit(peering) };
      const others = ends.get(peer);
      if (others === undefined) ends.set(peer, [end]);
      else others.push(end);
    }
    this.#ends.set(node, ends);
    this.#sessions += peerings.length;
    return this.#sessions <= MOST_SESSIONS;
  }

  compare(): void {
    for (const [node, ends] of this.#ends) {
      for (const peer of ends.keys()) {
        const back = this.#ends.get(peer);
        if (back === undefined) continue; // left out
        if (node.name < peer.name || !back.has(node)) this.#compare(node, peer);
      }
    }
  }

  #compare(one: ClusterNode, other: ClusterNode): void {
    const mismatches = FAMILIES.flatMap((family) =>
      compareEnds(this.#endsOf(one, other, family), this.#endsOf(other, one, family)),
    );
    for (const mismatch of mergeFamilies(mismatches)) this.#findings.onMismatch(mismatch);
  }

  /** What `node` plans for `peer`: what BGPPeers ask for, or else the session of the mesh. */
  #endsOf(node: ClusterNode, peer: ClusterNode, family: Family): readonly SessionEnd[] {
    const explicit =
      this.#ends
        .get(node)
        ?.get(peer)
        ?.filter(({ session }) => session.family === family) ?? [];
    if (explicit.length > 0 || !this.#isMeshed(node, peer, family)) return explicit;
    const session = this.#plannerOf(node).mesh({ node: peer, end: nodeEnd(peer, peer.endpoints[family]!) });
    return [{ node, peer, peering: null, session }];
  }

  #isMeshed(one: ClusterNode, other: ClusterNode, family: Family): boolean {
    const isMember = ({ clusterId, endpoints }: ClusterNode) => clusterId === null && endpoints[family] !== null;
    return this.#view.configuration.nodeToNodeMeshEnabled && isMember(one) && isMember(other);
  }

  #plannerOf(node: ClusterNode): SessionPlanner {
    return new SessionPlanner({ view: this.#view, local: node, policies: { plan: () => NO_POLICIES }, strictSecrets: false });
  }
}

/** A session over IPv4 that only one end plans, and one over IPv6 that only the other does, are one mistake. */
function mergeFamilies(mismatches: readonly Mismatch[]): readonly Mismatch[] {
  const [first, second] = mismatches.filter(({ type }) => type === "one-sided");
  if (first === undefined || second === undefined || first.here.node === second.here.node) return mismatches;
  const merged: Mismatch = { type: "families", here: first.here, there: second.here };
  return [merged, ...mismatches.filter(({ type }) => type !== "one-sided")];
}
