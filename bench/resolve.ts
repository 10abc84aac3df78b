import { cpus } from "node:os";
import { IpAddress } from "../protocol/net/ip-address.js";
import { Prefix } from "../protocol/net/prefix.js";
import { diffPlans } from "../src/plan/diff.js";
import type { NodePlan } from "../src/plan/node-plan.js";
import { resolve } from "../src/plan/resolve.js";
import type { BgpConfigurationSpec, BgpPeerSpec, NodeSpec, Resource, ResourceSet } from "../src/resources/resource-set.js";
import { BGP_CONFIGURATION_DEFAULTS } from "../src/resources/resource-set.js";
import { Selector } from "../src/resources/selector.js";

// How long one node of a large cluster takes to work out its plan, and to compare it with the last one.
// Usage: node dist/bench/resolve.js [nodes]

const count = Number(process.argv[2] ?? 10_000);
const ROUNDS = 15;

function cause(kind: string, name: string) {
  return { kind, name, file: "nodes.yaml", line: 1 };
}

function node(index: number): Resource<NodeSpec> {
  const name = `node-${String(index).padStart(6, "0")}`;
  const address = IpAddress.v4(0x0a000001 + index);
  const labels = new Map([["rack", `rack-${index % 100}`]]);
  if (index % 2000 === 1) labels.set("route-reflector", "true");
  const bgp = { ipv4: { address, network: Prefix.of(address, 8) }, ipv6: null, asNumber: null, routeReflectorClusterId: null };
  return {
    kind: "Node",
    name,
    labels,
    spec: { bgp, kubernetesName: null, wireguardIpv4: null, wireguardIpv6: null, podCidrs: [] },
    cause: cause("Node", name),
  };
}

function peer(name: string, spec: Partial<BgpPeerSpec>): Resource<BgpPeerSpec> {
  const unset: BgpPeerSpec = {
    node: null,
    nodeSelector: null,
    peerIp: null,
    peerSelector: null,
    localWorkloadSelector: null,
    asNumber: null,
    localAsNumber: null,
    nextHopMode: "Auto",
    keepOriginalNextHop: false,
    password: null,
    sourceAddress: "UseNodeIP",
    maxRestartTimeSeconds: null,
    keepaliveTimeSeconds: null,
    numAllowedLocalAsNumbers: 0,
    ttlSecurity: null,
    reachableBy: null,
    filters: [],
    reversePeering: "Auto",
  };
  return { kind: "BGPPeer", name, labels: new Map(), spec: { ...unset, ...spec }, cause: cause("BGPPeer", name) };
}

function selector(text: string): Selector {
  const parsed = Selector.parse(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

function setOf(configuration: Partial<BgpConfigurationSpec>, peers: readonly Resource<BgpPeerSpec>[]): ResourceSet {
  const nodes = Array.from({ length: count }, (_, index) => node(index));
  const spec = { ...BGP_CONFIGURATION_DEFAULTS, ...configuration };
  const name = "default";
  return {
    nodes: new Map(nodes.map((resource) => [resource.name, resource])),
    bgpPeers: new Map(peers.map((resource) => [resource.name, resource])),
    bgpConfigurations: new Map([
      [name, { kind: "BGPConfiguration", name, labels: new Map(), spec, cause: cause("BGPConfiguration", name) }],
    ]),
    bgpFilters: new Map(),
    ipReservations: new Map(),
    calicoNodeStatuses: new Map(),
    ipPools: new Map(),
    blockAffinities: new Map(),
    secrets: new Map(),
    services: new Map(),
    endpointSlices: new Map(),
  };
}

function planOf(set: ResourceSet, name: string): NodePlan {
  const plan = resolve(set, name);
  if (!plan.ok) throw new Error(JSON.stringify(plan.error));
  return plan.value;
}

function milliseconds(run: () => void): { readonly first: number; readonly median: number } {
  const times = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  const first = times[0]!;
  return { first, median: times.sort((a, b) => a - b)[ROUNDS >> 1]! };
}

const toReflectors = { nodeSelector: selector("all()"), peerSelector: selector("route-reflector == 'true'") };
const noMesh = { nodeToNodeMeshEnabled: false };
const racks = Array.from({ length: 100 }, (_, rack) =>
  peer(`rack-${rack}`, { nodeSelector: selector(`rack == 'rack-${rack}'`), peerSelector: selector(`rack == 'rack-${rack}'`) }),
);
const cases: readonly (readonly [string, ResourceSet, string])[] = [
  ["full mesh", setOf({}, []), "node-000000"],
  ["route reflectors, from a client", setOf(noMesh, [peer("rr", toReflectors)]), "node-000000"],
  ["route reflectors, from a reflector", setOf(noMesh, [peer("rr", toReflectors)]), "node-000001"],
  ["100 BGPPeers, one a rack", setOf(noMesh, racks), "node-000000"],
];

console.log(`resolve() for one of ${count} nodes; node ${process.version}, ${cpus()[0]?.model}`);
console.log("case                                sessions  resolve first/median ms  diff first/median ms");
for (const [name, set, nodeName] of cases) {
  const resolved = milliseconds(() => planOf(set, nodeName));
  const [before, after] = [planOf(set, nodeName), planOf(set, nodeName)];
  const compared = milliseconds(() => diffPlans(before, after));
  const cells = [resolved, compared].map(({ first, median }) => `${first.toFixed(1)} / ${median.toFixed(1)}`.padStart(20));
  console.log(`${name.padEnd(36)}${String(after.sessions.length).padStart(8)}  ${cells.join("  ")}`);
}
