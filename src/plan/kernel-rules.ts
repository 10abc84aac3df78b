import { Family } from "../../protocol/net/address-family.js";
import type { Prefix } from "../../protocol/net/prefix.js";
import type { BgpConfigurationSpec, IpPoolSpec } from "../resources/resource-set.js";
import type { ClusterNode, ClusterView } from "./cluster-view.js";
import type { KernelRule, WireguardNode } from "./node-plan.js";
import type { ServiceRoutes } from "./service-routes.js";

type ProgramClusterRoutes = BgpConfigurationSpec["programClusterRoutes"];

/** True when the routes of IPIP pools are ours to put into the kernel, so that `tunl0` is our doing. */
export function programsIpip(mode: ProgramClusterRoutes): boolean {
  return mode === "Enabled" || mode === "EnabledIPIPOnly";
}

/** What to do in the kernel with routes inside the ranges of Services, then with those inside the pools (reference 5.6). */
export function kernelRules(view: ClusterView, local: ClusterNode, services: ServiceRoutes): readonly KernelRule[] {
  const ranges = services.unprogrammed.map(({ cidr, cause }): KernelRule => ({ cidr, action: "skip", subnet: null, cause }));
  return [...ranges, ...poolRules(view, local)];
}

/**
 * Step 4, the longest pool first, so that of overlapping pools the closest one decides. IPv4 pools have no rule on a node
 * without an IPv4 network.
 */
function poolRules(view: ClusterView, local: ClusterNode): readonly KernelRule[] {
  const subnet = local.endpoints["ipv4-unicast"]?.network ?? null;
  const mode = view.configuration.programClusterRoutes;
  return [...view.set.ipPools.values()]
    .filter(({ spec }) => spec.cidr.address.version === 6 || subnet !== null)
    .map(({ spec, cause }) => {
      const action = actionFor(spec, mode);
      return { cidr: spec.cidr, action, subnet: action === "tunnel-unless-subnet" ? subnet : null, cause };
    })
    .sort((a, b) => longestFirst(a.cidr, b.cidr));
}

/** The nodes to which packets go by WireGuard, so that Felix makes the routes (reference 5.6 step 3). */
export function wireguardNodes(view: ClusterView, local: ClusterNode): readonly WireguardNode[] {
  return Object.values(Family).flatMap((family) =>
    local.runsWireguard[family] ? view.nodes.flatMap((node) => (node === local ? [] : wireguardNode(node, family))) : [],
  );
}

function wireguardNode({ runsWireguard, endpoints, cause }: ClusterNode, family: Family): readonly WireguardNode[] {
  const endpoint = endpoints[family];
  return runsWireguard[family] && endpoint !== null ? [{ address: endpoint.address, cause }] : [];
}

function actionFor(pool: IpPoolSpec, mode: ProgramClusterRoutes): KernelRule["action"] {
  if (pool.vxlanMode !== "Never") return "skip"; // Felix's in every mode
  if (pool.ipipMode === "Never") {
    return mode === "Enabled" || mode === "EnabledNoEncapOnly" ? "plain" : "skip";
  }
  if (!programsIpip(mode)) return "skip";
  return pool.ipipMode === "Always" ? "tunnel" : "tunnel-unless-subnet";
}

function longestFirst(a: Prefix, b: Prefix): number {
  return b.length - a.length || a.compare(b);
}
