import type { Prefix } from "../../protocol/net/prefix.js";
import { err, ok, type Result } from "../../protocol/result.js";
import type { ResourceSet } from "../resources/resource-set.js";
import type { WorkloadEndpoints } from "../workloads/endpoint-status-loader.js";
import { type ClusterNode, ClusterView, endpointsOf } from "./cluster-view.js";
import { explicitPeerings } from "./explicit-peerings.js";
import { error, warning } from "./fault.js";
import { hostRoutes } from "./host-routes.js";
import { kernelRules, wireguardNodes } from "./kernel-rules.js";
import { listenAddresses, unheardWorkloads } from "./listen.js";
import { meshPeerings } from "./mesh.js";
import { nearestName } from "./nearest-name.js";
import type { LocalRoutesPlan, NodePlan, NormalPriority, PlanFault, SessionPlan } from "./node-plan.js";
import { distinct } from "./originated-prefixes.js";
import { blockPrefixes, type OwnBlock, ownBlocks } from "./own-blocks.js";
import { normalPriority } from "./route-priority.js";
import { chooseRouterId } from "./router-id.js";
import { type ServiceRoutes, serviceRoutes } from "./service-routes.js";
import { SessionPlanner } from "./session-planner.js";
import { type PolicyParts, PolicyPlanner } from "./session-policies.js";

export interface ResolveOptions {
  /** The value of CALICO_ROUTER_ID: a dotted quad, "hash", or empty for the node's IPv4 address. */
  readonly routerId?: string;
  /** Refuses the plan when a password's Secret or key is missing, rather than planning a session without a password. */
  readonly strictSecrets?: boolean;
  /** False: routes carry no priority, neither to peers nor into the kernel (see route-priority.ts). */
  readonly routePriorities?: boolean;
  /** The value of CALICO_ADVERTISE_CLUSTER_IPS, which takes the place of `serviceClusterIPs`; null: unset. */
  readonly advertiseClusterIps?: Prefix | null;
}

/** Those of a node that is looked at from elsewhere. */
const NO_WORKLOADS: WorkloadEndpoints = { endpoints: [], faults: [] };

const REMEDY = "Add a Node of this name to the resources, or name another with --node.";

/** Names listed in full when a node is not found; of more, these many. */
const NAMES_SHOWN = 10;

/**
 * Works out what one node has to do (reference sections 4 and 5). Pure, and total on any valid set.
 *
 * @returns the plan, with the faults that stop part of it or deserve a warning. An error when there can be no plan: no
 *   such node, no router id, or with `strictSecrets` a missing password
 */
export function resolve(
  set: ResourceSet,
  nodeName: string,
  options: ResolveOptions = {},
  workloads?: WorkloadEndpoints,
): Result<NodePlan, readonly PlanFault[]> {
  return new Resolver(nodeName, options).resolve(set, workloads);
}

/** What a resolver knows of the last set. */
interface Known {
  readonly view: ClusterView;
  readonly local: ClusterNode;
  readonly blocks: readonly OwnBlock[];
  readonly services: ServiceRoutes;
  readonly planner: SessionPlanner;
  readonly unordered: readonly SessionPlan[];
  readonly sessions: readonly SessionPlan[]; // the same, by name
}

/**
 * Does what `resolve` does for one set after the other, and gives the same plans. What follows from resources that are the
 * same objects as in the set before is not worked out again, and is the same object in the plan.
 */
export class Resolver {
  readonly #nodeName: string;
  readonly #options: ResolveOptions;
  #known: Known | null = null;

  constructor(nodeName: string, options: ResolveOptions = {}) {
    this.#nodeName = nodeName;
    this.#options = options;
  }

  resolve(set: ResourceSet, workloads: WorkloadEndpoints = NO_WORKLOADS): Result<NodePlan, readonly PlanFault[]> {
    const view = new ClusterView(set, this.#known?.view ?? null);
    const local = view.node(this.#nodeName);
    if (local === undefined) return err([unknownNode(view, this.#nodeName)]);

    const faults: PlanFault[] = [];
    const blocks = ownBlocks(set, local.name);
    const services = this.#servicesOf(view, local);
    const priority = this.#options.routePriorities === false ? null : normalPriority(view.configuration);
    const planner = this.#plannerFor({ view, local, blocks, services, priority });
    const explicit = explicitPeerings(view, local, workloads.endpoints, faults);
    const mesh = meshPeerings(view, local, explicit, faults);
    const unordered = [...explicit.map((peering) => planner.explicit(peering)), ...mesh.map((peering) => planner.mesh(peering))];
    const sessions = inOrder(unordered, this.#known);
    const hosts = hostRoutes(explicit, faults);
    const routerId = chooseRouterId(local, this.#options.routerId ?? "", faults);
    const found = planner.faults(explicit, mesh);
    faults.push(...found.faults, ...unheardWorkloads(view.configuration, explicit), ...nodeFaults(local));
    if (hasWorkloadPeers(set)) faults.push(...workloads.faults);
    this.#known = { view, local, blocks, services, planner, unordered, sessions };

    if (!routerId.ok) return err([routerId.error, ...found.missing]);
    if (found.missing.length > 0) return err(found.missing);
    return ok({
      node: local.name,
      asNumber: local.asNumber,
      routerId: routerId.value,
      clusterId: local.clusterId,
      listen: listenAddresses(local, view.configuration.bindMode),
      sessions,
      hostRoutes: hosts,
      originated: distinct([...blockPrefixes(blocks), ...services.originated]), // of a block that is a range as well, the block
      localRoutes: localRoutes(view, priority),
      kernelRules: kernelRules(view, local, services),
      wireguardNodes: wireguardNodes(view, local),
      faults,
    });
  }

  #servicesOf(view: ClusterView, local: ClusterNode): ServiceRoutes {
    const known = this.#known;
    const isKnown =
      known !== null && known.local === local && SERVICE_KINDS.every((kind) => known.view.set[kind] === view.set[kind]);
    return isKnown ? known.services : serviceRoutes(view, local, this.#options.advertiseClusterIps ?? null);
  }

  #plannerFor(parts: PolicyParts): SessionPlanner {
    const { view, local, blocks, services } = parts;
    const known = this.#known;
    const serves =
      known !== null &&
      known.local === local &&
      sameBlocks(known.blocks, blocks) &&
      samePrefixes(known.services.apart, services.apart) &&
      sameBut(known.view.set, view.set);
    if (serves) return known.planner;
    return new SessionPlanner({
      view,
      local,
      policies: new PolicyPlanner(parts),
      strictSecrets: this.#options.strictSecrets === true,
    });
  }
}

/** Kinds that addresses of Services follow from, besides the node itself. */
const SERVICE_KINDS = ["services", "endpointSlices", "bgpConfigurations"] as const satisfies readonly (keyof ResourceSet)[];

/** Kinds that a SessionPlanner takes no part of, or is told of anew. */
const TOLD: ReadonlySet<string> = new Set<keyof ResourceSet>([
  "nodes",
  "bgpPeers",
  "blockAffinities",
  "services",
  "endpointSlices",
]);

function sameBut(before: ResourceSet, after: ResourceSet): boolean {
  return Object.entries(after).every(([kind, resources]) => TOLD.has(kind) || before[kind as keyof ResourceSet] === resources);
}

function sameBlocks(before: readonly OwnBlock[], after: readonly OwnBlock[]): boolean {
  const isSame = (one: OwnBlock, other: OwnBlock) =>
    one.cidr.equals(other.cidr) && one.aggregates === other.aggregates && one.cause === other.cause;
  return before.length === after.length && before.every((block, index) => isSame(block, after[index]!));
}

function samePrefixes(before: readonly Prefix[], after: readonly Prefix[]): boolean {
  return before === after || (before.length === after.length && before.every((prefix, index) => prefix.equals(after[index]!)));
}

/** By name. Where no name has come or gone the order of the last time serves: sorting ten thousand takes longer than all else. */
function inOrder(unordered: readonly SessionPlan[], known: Known | null): readonly SessionPlan[] {
  const replaced = known === null ? null : replacements(known.unordered, unordered);
  if (known === null || replaced === null) return [...unordered].sort((a, b) => (a.name < b.name ? -1 : 1));
  return replaced.size === 0 ? known.sessions : known.sessions.map((session) => replaced.get(session) ?? session);
}

/** Which session takes the place of which; null: their names are not the same. */
function replacements(before: readonly SessionPlan[], after: readonly SessionPlan[]): Map<SessionPlan, SessionPlan> | null {
  if (before.length !== after.length) return null;
  const replaced = new Map<SessionPlan, SessionPlan>();
  for (let index = 0; index < after.length; index++) {
    const [was, is] = [before[index]!, after[index]!];
    if (was === is) continue;
    if (was.name !== is.name) return null;
    replaced.set(was, is);
  }
  return replaced;
}

function hasWorkloadPeers({ bgpPeers }: ResourceSet): boolean {
  for (const { spec } of bgpPeers.values()) if (spec.localWorkloadSelector !== null) return true;
  return false;
}

function nodeFaults(local: ClusterNode): readonly PlanFault[] {
  if (endpointsOf(local).length > 0) return [];
  return [warning(`Node ${local.name} has no BGP address: it holds no session`, local.cause)];
}

/** What Calico leaves out whatever its configuration says, and what the configuration adds. */
function localRoutes({ configuration }: ClusterView, priority: NormalPriority | null): LocalRoutesPlan {
  return { ignoredInterfaces: ["cali*", "kube-ipvs*", ...configuration.ignoredInterfaces], normalPriority: priority };
}

function unknownNode(view: ClusterView, nodeName: string): PlanFault {
  if (view.nodes.length === 0) return error(`There is no Node ${nodeName}: no Node is defined. ${REMEDY}`, null);
  const names = view.nodes.map((node) => node.name);
  const shown = names.slice(0, NAMES_SHOWN).join(", ");
  const known = names.length > NAMES_SHOWN ? `${shown} and ${names.length - NAMES_SHOWN} more` : shown;
  return error(`There is no Node ${nodeName}; nearest: ${nearestName(nodeName, names)}; known: ${known}. ${REMEDY}`, null);
}
