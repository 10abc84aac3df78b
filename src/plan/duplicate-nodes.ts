import { formatRouterId } from "../../protocol/net/router-id.js";
import { faultAt, type ResourceFault } from "../resources/resource-fault.js";
import { type ClusterNode, type ClusterView, endpointsOf } from "./cluster-view.js";
import { placeOf } from "./fault.js";
import { causePlace } from "./mismatch-fault.js";
import { hashRouterId } from "./router-id.js";

/**
 * Nodes that are one to their peers. Two with one address take each other for themselves (reference 4.4), and the rest
 * reaches one of them. Of two with one router id in one AS, a third keeps one session (RFC 4271 §6.8, RFC 6286).
 *
 * @param routerId the value of CALICO_ROUTER_ID. Unless it is "hash", a router id is an IPv4 address
 */
export function duplicateFaults(view: ClusterView, routerId: string): readonly ResourceFault[] {
  const faults: ResourceFault[] = [];
  const [owners, identified] = [new Map<string, ClusterNode>(), new Map<string, ClusterNode>()];
  for (const node of view.nodes) {
    for (const { text } of endpointsOf(node)) {
      const other = claim(owners, text, node);
      if (other)
        faults.push(
          duplicate(node, `has the address ${text}, as has ${nodeText(other)}`, "give each node an address of its own"),
        );
    }
    if (routerId !== "hash") continue;
    const id = formatRouterId(hashRouterId(node.name));
    const other = claim(identified, `${id} ${node.asNumber}`, node);
    if (other) faults.push(duplicate(node, `has the router id ${id}, as has ${nodeText(other)}`, RENAME));
  }
  return faults;
}

const RENAME = "rename one of them, or set CALICO_ROUTER_ID to a dotted quad there";

/** Whose `key` is, if somebody else's. */
function claim(owners: Map<string, ClusterNode>, key: string, node: ClusterNode): ClusterNode | undefined {
  const owner = owners.get(key);
  if (owner === undefined) owners.set(key, node);
  return owner;
}

function duplicate(node: ClusterNode, message: string, remedy: string): ResourceFault {
  return faultAt("error", causePlace(node.cause), { message, remedy });
}

function nodeText({ name, cause }: ClusterNode): string {
  return `Node ${name} (${placeOf(cause)})`;
}
