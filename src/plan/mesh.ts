import type { ClusterNode, ClusterView } from "./cluster-view.js";
import { endpointsOf, familyOfAddress } from "./cluster-view.js";
import type { Peering } from "./explicit-peerings.js";
import { warning } from "./fault.js";
import type { PlanFault } from "./node-plan.js";
import { nodeEnd, type RemoteEnd } from "./remote-end.js";

/** A session of the node-to-node mesh. */
export interface MeshPeering {
  readonly node: ClusterNode;
  readonly end: RemoteEnd;
}

/**
 * The mesh sessions of `local` (reference 4.4). One towards an address that a BGPPeer names too is left out, since two
 * sessions between the same two addresses cannot both come up.
 */
export function meshPeerings(
  view: ClusterView,
  local: ClusterNode,
  explicit: readonly Peering[],
  faults: PlanFault[],
): readonly MeshPeering[] {
  if (!view.configuration.nodeToNodeMeshEnabled || local.clusterId !== null) return [];
  const claims = new Claims(view, local, explicit);
  const mesh: MeshPeering[] = [];
  for (const node of view.nodes) {
    if (node.clusterId !== null) continue;
    for (const endpoint of endpointsOf(node)) {
      const end = nodeEnd(node, endpoint);
      if (claims.allow(node, end)) mesh.push({ node, end });
    }
  }
  faults.push(...claims.faults());
  return mesh;
}

/** Which addresses the mesh may still take, and who took the others. */
class Claims {
  readonly #view: ClusterView;
  readonly #local: ClusterNode;
  readonly #explicit: ReadonlyMap<string, Peering>;
  readonly #meshed = new Map<string, ClusterNode>(); // nodes whose address a route reflector has, too
  readonly #replaced = new Map<Peering["peer"], string[]>();
  readonly #faults: PlanFault[] = [];

  constructor(view: ClusterView, local: ClusterNode, explicit: readonly Peering[]) {
    this.#view = view;
    this.#local = local;
    this.#explicit = new Map(explicit.map((peering) => [peering.end.text, peering]));
  }

  allow(node: ClusterNode, end: RemoteEnd): boolean {
    const own = this.#local.endpoints[familyOfAddress(end.address)];
    if (own === null || own.text === end.text) return false;
    const explicit = this.#explicit.get(end.text);
    if (explicit !== undefined) {
      const addresses = this.#replaced.get(explicit.peer);
      if (addresses === undefined) this.#replaced.set(explicit.peer, [end.text]);
      else addresses.push(end.text);
      return false;
    }
    const other = this.#otherWith(end.text, node);
    if (other === undefined) return true;
    this.#faults.push(warning(`Nodes ${other.name} and ${node.name} both have the address ${end.text}: one session`, node.cause));
    return false;
  }

  /** Who has taken the address for the mesh before; a route reflector that has it takes nothing. */
  #otherWith(address: string, node: ClusterNode): ClusterNode | undefined {
    const owner = this.#view.ownerOf(address);
    if (owner === node) return undefined;
    if (owner?.clusterId === null) return owner;
    const other = this.#meshed.get(address);
    if (other === undefined) this.#meshed.set(address, node);
    return other;
  }

  faults(): readonly PlanFault[] {
    const replaced = Array.from(this.#replaced, ([peer, [first, ...more]]) => {
      const which = more.length === 0 ? first : `${first} and ${more.length} more`;
      return warning(
        `BGPPeer ${peer.name} takes the place of the mesh session with ${which}: only one of the two could come up`,
        peer.cause,
      );
    });
    return [...this.#faults, ...replaced];
  }
}
