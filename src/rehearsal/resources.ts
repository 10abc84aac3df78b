/** The node whose sessions are rehearsed, an external AS around it, and its own: addresses for documentation, which nobody dials. */
export const NODE = "rehearsal";
const NODE_AS = 64512;

/** Peers that tell routes. */
export const FEEDERS: readonly string[] = ["192.0.2.2", "192.0.2.3", "2001:db8::2", "2001:db8::3"];

/** Peers with a filter that accepts everything, with one that looks, and with none: those hear what is in our pools. */
export const RESOURCES = `
apiVersion: projectcalico.org/v3
kind: Node
metadata: { name: ${NODE} }
spec: { bgp: { ipv4Address: 192.0.2.1/24, ipv6Address: "2001:db8::1/64", asNumber: ${NODE_AS} } }
---
apiVersion: projectcalico.org/v3
kind: BGPConfiguration
metadata: { name: default }
spec: { nodeToNodeMeshEnabled: false }
---
apiVersion: projectcalico.org/v3
kind: IPPool
metadata: { name: pool }
spec: { cidr: 10.0.0.0/8 }
---
apiVersion: projectcalico.org/v3
kind: IPPool
metadata: { name: pool6 }
spec: { cidr: "fd00::/16" }
---
apiVersion: projectcalico.org/v3
kind: BGPFilter
metadata: { name: all }
spec:
  importV4: [{ action: Accept }]
  exportV4: [{ action: Accept }]
  importV6: [{ action: Accept }]
  exportV6: [{ action: Accept }]
---
apiVersion: projectcalico.org/v3
kind: BGPFilter
metadata: { name: some }
spec:
  importV4: [{ action: Reject, matchOperator: In, cidr: 10.64.0.0/10 }, { action: Accept }]
  exportV4: [{ action: Reject, matchOperator: In, cidr: 10.32.0.0/11 }, { action: Accept }]
  importV6: [{ action: Reject, matchOperator: In, cidr: "fd00:40::/26" }, { action: Accept }]
  exportV6: [{ action: Reject, matchOperator: In, cidr: "fd00:20::/27" }, { action: Accept }]
${["192.0.2.2", "2001:db8::2"].map((address) => peer(address, 65002, "all")).join("")}
${["192.0.2.3", "2001:db8::3"].map((address) => peer(address, 65003, "some")).join("")}
${["192.0.2.4", "2001:db8::4"].map((address) => peer(address, 65004, "some")).join("")}
${["192.0.2.5", "2001:db8::5"].map((address) => peer(address, NODE_AS, "")).join("")}
`;

function peer(address: string, asNumber: number, filter: string): string {
  return `---
apiVersion: projectcalico.org/v3
kind: BGPPeer
metadata: { name: "peer-${address.replaceAll(/[.:]+/g, "-")}" }
spec: { node: ${NODE}, peerIP: "${address}", asNumber: ${asNumber}, filters: [${filter}] }
`;
}
