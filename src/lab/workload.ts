import type { Host } from "./host.js";
import type { Network } from "./network.js";

const GATEWAY = "169.254.1.1"; // the same on every node, as with Calico
const WORKLOAD_METRIC = "1024"; // Felix' since Calico 3.32

/**
 * Connects a workload to its node as Calico does: a veth pair whose end on the node is named cali*, a host route to the
 * workload's address there, and in the workload a default route by a link-local gateway.
 *
 * @param address IPv4, without length
 * @returns the workload's host
 */
export async function connectWorkload(network: Network, node: Host, name: string, address: string): Promise<Host> {
  const workload = await network.host(name);
  const nodeEnd = `cali${name}`.slice(0, 15);
  await network.link(
    { host: workload, interface: "eth0", addresses: [`${address}/32`] },
    { host: node, interface: nodeEnd, addresses: [`${GATEWAY}/32`] },
  );
  await node.ip("route", "add", `${address}/32`, "dev", nodeEnd, "scope", "link", "metric", WORKLOAD_METRIC);
  await workload.ip("route", "add", GATEWAY, "dev", "eth0", "scope", "link");
  await workload.ip("route", "add", "default", "via", GATEWAY, "dev", "eth0");
  return workload;
}

/** Lets a node pass packets on; only its own namespace changes. */
export function forwardPackets(node: Host): Promise<void> {
  return node.sysctl({ "net.ipv4.ip_forward": "1", "net.ipv6.conf.all.forwarding": "1" });
}
