import { IpAddress } from "../../protocol/net/ip-address.js";
import type { BgpConfigurationSpec } from "../resources/resource-set.js";
import { BGP_PORT, type ClusterNode, endpointsOf } from "./cluster-view.js";
import type { Peering } from "./explicit-peerings.js";
import { warning } from "./fault.js";
import type { ListenAddress, PlanFault } from "./node-plan.js";

/** Where the node takes connections: in each family in which it has an address, on all addresses or on that one. */
export function listenAddresses(node: ClusterNode, bindMode: "None" | "NodeIP"): readonly ListenAddress[] {
  return endpointsOf(node).map(({ address }) => ({
    address: bindMode === "NodeIP" ? address : unspecified(address),
    port: node.listenPort ?? BGP_PORT,
  }));
}

/** Workloads dial an address that Felix makes (reference 1.2); where we listen on the node's own alone, none is heard there. */
export function unheardWorkloads(configuration: BgpConfigurationSpec, peerings: readonly Peering[]): readonly PlanFault[] {
  const workload = peerings.find(({ type }) => type === "workload");
  const { bindMode, localWorkloadPeeringIpv4, localWorkloadPeeringIpv6 } = configuration;
  const dialled = [localWorkloadPeeringIpv4, localWorkloadPeeringIpv6].filter((address) => address !== null);
  if (workload === undefined || bindMode === "None" || dialled.length === 0) return [];
  const message = `BGPPeer ${workload.peer.name}: workloads that dial ${dialled.join(" or ")} find nobody, as bindMode is NodeIP: set it to None`;
  return [warning(message, workload.peer.cause)];
}

function unspecified(address: IpAddress): IpAddress {
  return address.version === 4 ? IpAddress.v4(0) : IpAddress.v6(0, 0, 0, 0);
}
