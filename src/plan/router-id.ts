import { createHash } from "node:crypto";
import { type RouterId, routerId } from "../../protocol/net/router-id.js";
import { parseRouterId } from "../../protocol/net/text.js";
import { err, ok, type Result } from "../../protocol/result.js";
import { type ClusterNode, endpointsOf } from "./cluster-view.js";
import { error, warning } from "./fault.js";
import type { PlanFault } from "./node-plan.js";

/**
 * The BGP Identifier of a node (reference 1.4): the one configured, else its IPv4 address, for IPv6 sessions too.
 *
 * @param configured dotted quad, "hash" (made from the node's name), or empty
 * @returns an error for a node that has an IPv6 address only and nothing configured. A node without any address holds
 *   no session and shows its identifier to nobody: it takes the one made from its name
 */
export function chooseRouterId(node: ClusterNode, configured: string, faults: PlanFault[]): Result<RouterId, PlanFault> {
  if (configured === "hash") return ok(hashRouterId(node.name));
  if (configured !== "") {
    const given = parseRouterId(configured);
    if (given.ok) return given;
    faults.push(warning(`router id: ${given.error}, nor is it "hash": taking the node's own`, null));
  }
  const ipv4 = node.endpoints["ipv4-unicast"];
  if (ipv4 !== null) return ok(routerId(ipv4.address.w0 >>> 0));
  if (endpointsOf(node).length === 0) return ok(hashRouterId(node.name));
  const message = `Node ${node.name} has no IPv4 address to take its router id from: set CALICO_ROUTER_ID to a dotted quad or to "hash"`;
  return err(error(message, node.cause));
}

/** The first four octets of SHA-256 of the name, kept out of 224.0.0.0/3, as Calico does it. */
export function hashRouterId(name: string): RouterId {
  const digest = createHash("sha256").update(name).digest();
  const first = digest[0]! > 223 ? digest[0]! - 32 : digest[0]!;
  return routerId(((first << 24) | digest.readUIntBE(1, 3)) >>> 0);
}
