import { IpAddress } from "../../protocol/net/ip-address.js";
import { BGP_PORT, type ClusterNode, endpointsOf } from "./cluster-view.js";
import type { ListenAddress } from "./node-plan.js";

/** Where the node takes connections: in each family in which it has an address, on all addresses or on that one. */
export function listenAddresses(node: ClusterNode, bindMode: "None" | "NodeIP"): readonly ListenAddress[] {
  return endpointsOf(node).map(({ address }) => ({
    address: bindMode === "NodeIP" ? address : unspecified(address),
    port: node.listenPort ?? BGP_PORT,
  }));
}

function unspecified(address: IpAddress): IpAddress {
  return address.version === 4 ? IpAddress.v4(0) : IpAddress.v6(0, 0, 0, 0);
}
