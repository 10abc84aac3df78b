import type { Prefix } from "../../protocol/net/prefix.js";
import { err, ok, type Result } from "../../protocol/result.js";
import type { ResourceSet } from "../resources/resource-set.js";
import { type ClusterNode, ClusterView, endpointsOf } from "./cluster-view.js";
import { explicitPeerings } from "./explicit-peerings.js";
import { error, warning } from "./fault.js";
import { hostRoutes } from "./host-routes.js";
import { kernelRules, wireguardNodes } from "./kernel-rules.js";
import { listenAddresses } from "./listen.js";
import { meshPeerings } from "./mesh.js";
import { nearestName } from "./nearest-name.js";
import type { LocalRoutesPlan, NodePlan, NormalPriority, PlanFault } from "./node-plan.js";
import { blockPrefixes, ownBlocks } from "./own-blocks.js";
import { PasswordPlanner } from "./password.js";
import { normalPriority } from "./route-priority.js";
import { chooseRouterId } from "./router-id.js";
import { distinct, serviceRoutes } from "./service-routes.js";
import { SessionPlanner } from "./session-planner.js";
import { PolicyPlanner } from "./session-policies.js";

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
): Result<NodePlan, readonly PlanFault[]> {
  const view = new ClusterView(set);
  const local = view.node(nodeName);
  if (local === undefined) return err([unknownNode(view, nodeName)]);

  const faults: PlanFault[] = [];
  const passwords = new PasswordPlanner(set, options.strictSecrets === true);
  const blocks = ownBlocks(set, nodeName);
  const services = serviceRoutes(view, local, options.advertiseClusterIps ?? null);
  const priority = options.routePriorities === false ? null : normalPriority(view.configuration);
  const policies = new PolicyPlanner({ view, local, blocks, services, priority });
  const planner = new SessionPlanner(view, local, policies, passwords);
  const explicit = explicitPeerings(view, local, faults);
  const mesh = meshPeerings(view, local, explicit, faults);
  const sessions = [...explicit.map((peering) => planner.explicit(peering)), ...planner.mesh(mesh)];
  const hosts = hostRoutes(explicit, faults);
  const routerId = chooseRouterId(local, options.routerId ?? "", faults);
  faults.push(...planner.faults, ...passwords.faults, ...nodeFaults(local));

  if (!routerId.ok) return err([routerId.error, ...passwords.missing]);
  if (passwords.missing.length > 0) return err(passwords.missing);
  return ok({
    node: nodeName,
    asNumber: local.asNumber,
    routerId: routerId.value,
    clusterId: local.clusterId,
    listen: listenAddresses(local, view.configuration.bindMode),
    sessions: sessions.sort((a, b) => (a.name < b.name ? -1 : 1)),
    hostRoutes: hosts,
    originated: distinct([...blockPrefixes(blocks), ...services.originated]), // of a block that is a range as well, the block
    localRoutes: localRoutes(view, priority),
    kernelRules: kernelRules(view, local, services),
    wireguardNodes: wireguardNodes(view, local),
    faults,
  });
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
