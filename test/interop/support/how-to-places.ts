/** The nodes that the how-tos name (reference section 9). */
export const ADDRESSES = {
  "node-a": "10.0.0.11",
  "node-b": "10.0.0.12",
  "my-node": "10.0.0.13",
  "node-1": "10.0.0.14",
} as const;
export type NodeName = keyof typeof ADDRESSES;
export const NAMES = Object.keys(ADDRESSES) as NodeName[];

/** FRR, behind an address of its own, as the reference has it. */
export const TOR = {
  asNumber: 64567,
  address: "192.20.30.40",
  link: "10.0.0.1",
  network: "203.0.113.0/24",
  inside: "203.0.113.1",
};
/** BIRD, a router of the cluster's first AS, with which my-node has had a session since before. Its network is inside the pool. */
export const BORDER = { asNumber: 64512, address: "10.0.0.2", network: "10.244.200.0/26" };

export const GLOBAL_PEER = `apiVersion: projectcalico.org/v3
kind: BGPPeer
metadata:
  name: my-global-peer
spec:
  peerIP: ${TOR.address}
  asNumber: ${TOR.asNumber}
`;

/** The AS of the nodes, unless something else is asked for. */
export const CLUSTER_AS = 64512;

export function blockOf(name: NodeName): string {
  return `10.244.${octetOf(name)}.0/26`;
}

/** An address inside the node's block, which the node has. */
export function insideOf(name: NodeName): string {
  return `10.244.${octetOf(name)}.5`;
}

function octetOf(name: NodeName): number {
  return Number(ADDRESSES[name].split(".")[3]);
}

export function othersThan(name: NodeName): NodeName[] {
  return NAMES.filter((other) => other !== name);
}
