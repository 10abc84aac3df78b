import type { Prefix } from "../../protocol/net/prefix.js";
import type { ResourceSet } from "../resources/resource-set.js";
import type { Cause, OriginatedPrefix } from "./node-plan.js";

/** A block of addresses that this node hands out to its workloads. */
export interface OwnBlock {
  readonly cidr: Prefix;
  readonly aggregates: boolean; // routes inside stay home; false while the block is being given up
  readonly cause: Cause;
}

/**
 * The node's blocks by prefix (reference 1.7, 5.2): its BlockAffinities of type host, or under host-local address
 * management, where there are none, its podCIDRs.
 */
export function ownBlocks(set: ResourceSet, nodeName: string): readonly OwnBlock[] {
  const affinities = [...set.blockAffinities.values()].filter(({ spec }) => spec.node === nodeName && spec.type === "host");
  const blocks =
    affinities.length > 0
      ? affinities
          .filter(({ spec }) => spec.state !== "pending")
          .map(({ spec, cause }) => ({ cidr: spec.cidr, aggregates: spec.state === "confirmed", cause }))
      : podCidrs(set, nodeName);
  const byCidr = new Map<string, OwnBlock>();
  for (const block of blocks) {
    const key = block.cidr.toString();
    if (!byCidr.get(key)?.aggregates) byCidr.set(key, block);
  }
  return [...byCidr.values()].sort((a, b) => a.cidr.compare(b.cidr));
}

/** A block of one address is not announced: the workload that has the address has a route of its own (reference 5.2). */
export function blockPrefixes(blocks: readonly OwnBlock[]): readonly OriginatedPrefix[] {
  return blocks
    .filter(({ cidr }) => cidr.length < cidr.address.bits)
    .map(({ cidr, cause }) => ({ type: "block", prefix: cidr, cause }));
}

function podCidrs(set: ResourceSet, nodeName: string): readonly OwnBlock[] {
  const node = set.nodes.get(nodeName);
  return node === undefined ? [] : node.spec.podCidrs.map((cidr) => ({ cidr, aggregates: true, cause: node.cause }));
}
