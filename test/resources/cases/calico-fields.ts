/**
 * Every field that Calico's resources have, with a value other than its default and the resource it is tried in; `null`
 * takes the field away. What must come of it:
 *
 *   effect    what is loaded is another than without the field
 *   none      nothing is, for the reason given: it has no bearing on BGP
 *   refused   an error that gives the reason; no field of the reference is
 */
export interface FieldCase {
  readonly kind: string;
  readonly field: string;
  readonly base: object; // the resource without the field, or with another value of it
  readonly value: unknown;
  readonly outcome: "effect" | "none" | "refused";
  readonly reason?: string;
}

type Row = readonly [field: string, value: unknown, base?: object];

const effects = (kind: string, usual: object, rows: readonly Row[]): readonly FieldCase[] =>
  rows.map(([field, value, base = usual]) => ({ kind, field, base, value, outcome: "effect" }));
const others = (kind: string, base: object, outcome: "none" | "refused", reason: string, rows: readonly Row[]) =>
  rows.map(([field, value, own = base]): FieldCase => ({ kind, field, base: own, value, outcome, reason }));

const PEER = { spec: { peerIP: "192.0.2.1", asNumber: 65001 } };
const PASSWORD = { secretKeyRef: { name: "s", key: "k" } };
const FILTERED = ["export", "import"].flatMap((direction) => ["V4", "V6"].map((version) => `${direction}${version}`));

function ruleRows(version: "V4" | "V6"): readonly FieldCase[] {
  const cidr = version === "V4" ? "10.0.0.0/8" : "fd00::/16";
  const lists = { [`export${version}`]: [{ action: "Accept" }], [`import${version}`]: [{ action: "Accept" }] };
  const withCidr = (rule: object = {}) =>
    Object.fromEntries(Object.keys(lists).map((list) => [list, [{ action: "Accept", cidr, matchOperator: "In", ...rule }]]));
  const at = (field: string) => `spec.{export,import}${version}[].${field}`;
  return effects("BGPFilter", { spec: lists }, [
    [at("cidr"), version === "V4" ? "172.16.0.0/12" : "fd01::/16", { spec: withCidr() }],
    [at("matchOperator"), "NotIn", { spec: withCidr() }],
    [at("prefixLength.min"), 24, { spec: withCidr() }],
    [at("prefixLength.max"), 28, { spec: withCidr() }],
    [at("source"), "RemotePeers"],
    [at("interface"), "eth*"],
    [at("peerType"), "eBGP"],
    [at("communities.values"), ["65000:1"]],
    [at("asPathPrefix"), [65001]],
    [at("priority"), 512],
    [at("action"), "Reject"],
    [at("operations[].addCommunity.value"), "65000:1"],
    [at("operations[].prependASPath.prefix"), [65001]],
    [at("operations[].setPriority.value"), 512],
  ]);
}

const NODE = { spec: { bgp: { ipv4Address: "10.0.0.1/24" } } };
const POOL = { spec: { cidr: "10.0.0.0/16" } };
const AFFINITY = { spec: { cidr: "10.0.0.0/26", node: "a" } };
const STATUS = { spec: { node: "a", classes: ["BGP"], updatePeriodSeconds: 10 } };
const SERVICE = { spec: { clusterIPs: ["10.96.0.1"], type: "NodePort" } };
const SLICE = { addressType: "IPv4", endpoints: [{ addresses: ["10.0.0.1"] }], metadata: { labels: {} } };

const REPORTED = ["agent.birdV", "bgp.number", "bgp.peersV", "routes.routesV"].flatMap((part) =>
  [4, 6].flatMap((version): readonly string[] => {
    const under = (prefix: string, fields: readonly string[]) => fields.map((field) => `status.${prefix}.${field}`);
    switch (part) {
      case "agent.birdV":
        return under(`agent.birdV${version}`, ["state", "version", "routerID", "lastBootTime", "lastReconfigurationTime"]);
      case "bgp.number":
        return under("bgp", [`numberEstablishedV${version}`, `numberNotEstablishedV${version}`]);
      case "bgp.peersV":
        return under(`bgp.peersV${version}[]`, ["peerIP", "type", "state", "since"]);
      default:
        return under(`routes.routesV${version}[]`, [
          ...["type", "destination", "gateway", "interface"],
          ...["learnedFrom.sourceType", "learnedFrom.peerIP"],
        ]);
    }
  }),
);

export const FIELD_CASES: readonly FieldCase[] = [
  ...effects("BGPPeer", PEER, [
    ["metadata.name", "other"],
    ["spec.node", "a"],
    ["spec.nodeSelector", "has(rack)"],
    ["spec.peerIP", "192.0.2.2:1179"],
    ["spec.asNumber", 65002],
    ["spec.localASNumber", 65003],
    ["spec.peerSelector", "has(rack)", { spec: {} }],
    ["spec.keepOriginalNextHop", true],
    ["spec.nextHopMode", "Self"],
    ["spec.password.secretKeyRef.name", "t", { spec: { ...PEER.spec, password: PASSWORD } }],
    ["spec.password.secretKeyRef.key", "l", { spec: { ...PEER.spec, password: PASSWORD } }],
    ["spec.sourceAddress", "None"],
    ["spec.maxRestartTime", "60s"],
    ["spec.keepaliveTime", "10s"],
    ["spec.numAllowedLocalASNumbers", 1],
    ["spec.ttlSecurity", 1],
    ["spec.reachableBy", "192.0.2.254"],
    ["spec.filters", ["f"]],
    ["spec.reversePeering", "Manual"],
    ["spec.localWorkloadSelector", "app == 'x'", { spec: { asNumber: 65001 } }],
  ]),
  ...others(
    "BGPPeer",
    { spec: { ...PEER.spec, password: PASSWORD } },
    "none",
    "a missing Secret is a warning with or without it",
    [["spec.password.secretKeyRef.optional", true]],
  ),
  ...others("BGPPeer", PEER, "refused", "exists in Calico Enterprise only", [
    ["spec.failureDetectionMode", "BFDIfDirectlyConnected"],
    ["spec.restartMode", "LongLivedGracefulRestart"],
  ]),
  ...effects("BGPConfiguration", { spec: {} }, [
    ["metadata.name", "node.a", { spec: { asNumber: null, listenPort: 1790 } }],
    ["spec.logSeverityScreen", "Debug"],
    ["spec.nodeToNodeMeshEnabled", false],
    ["spec.asNumber", 65001],
    ["spec.serviceLoadBalancerIPs[].cidr", "198.51.100.0/24"],
    ["spec.serviceExternalIPs[].cidr", "198.51.100.0/24"],
    ["spec.serviceClusterIPs[].cidr", "10.96.0.0/12"],
    ["spec.serviceLoadBalancerAggregation", "Disabled"],
    [
      "spec.communities[].name",
      "c",
      advertising(
        {
          communities: [
            { name: "d", value: "65000:1" },
            { name: "c", value: "65000:2" },
          ],
        },
        ["c"],
      ),
    ],
    ["spec.communities[].value", "65000:2", advertising({ communities: [{ name: "c", value: "65000:1" }] }, ["c"])],
    ["spec.prefixAdvertisements[].cidr", "172.16.0.0/12", advertising({}, ["65000:1"])],
    ["spec.prefixAdvertisements[].communities", ["65000:2"], advertising({}, ["65000:1"])],
    ["spec.listenPort", 1790],
    ["spec.nodeMeshPassword.secretKeyRef", { name: "s", key: "k" }],
    ["spec.nodeMeshMaxRestartTime", "60s"],
    ["spec.bindMode", "NodeIP"],
    ["spec.ignoredInterfaces", ["dummy*"]],
    ["spec.programClusterRoutes", "Disabled"],
    ["spec.ipv4NormalRoutePriority", 512],
    ["spec.ipv6NormalRoutePriority", 512],
    ["spec.localWorkloadPeeringIPV4", "198.51.100.1"],
    ["spec.localWorkloadPeeringIPV6", "fd00::1"],
  ]),
  ...FILTERED.flatMap((list) => effects("BGPFilter", { spec: {} }, [[`spec.${list}`, [{ action: "Reject" }]]])),
  ...ruleRows("V4"),
  ...ruleRows("V6"),
  ...effects("Node", NODE, [
    ["metadata.labels", { rack: "1" }],
    ['metadata.labels["node.kubernetes.io/exclude-from-external-load-balancers"]', "true", { ...NODE, metadata: { labels: {} } }],
    ["spec.bgp.asNumber", 65001],
    ["spec.bgp.ipv4Address", "10.0.0.2/24"],
    ["spec.bgp.ipv6Address", "fd00::1/64"],
    ["spec.bgp.routeReflectorClusterID", "244.0.0.1"],
    ["spec.wireguard.interfaceIPv4Address", "10.1.0.1"],
    ["spec.wireguard.interfaceIPv6Address", "fd01::1"],
    ["spec.orchRefs[].nodeName", "k8s-a", { spec: { ...NODE.spec, orchRefs: [{ orchestrator: "k8s" }] } }],
    ["spec.orchRefs[].orchestrator", "k8s", { spec: { ...NODE.spec, orchRefs: [{ nodeName: "k8s-a", orchestrator: "other" }] } }],
    ["status.podCIDRs", ["10.0.1.0/24"]],
  ]),
  ...others("Node", NODE, "none", "of tunnels, discovery and other agents", [
    ["spec.bgp.ipv4IPIPTunnelAddr", "10.0.0.9"],
    ["spec.ipv4VXLANTunnelAddr", "10.0.0.9"],
    ["spec.vxlanTunnelMACAddr", "66:00:00:00:00:01"],
    ["spec.ipv6VXLANTunnelAddr", "fd00::9"],
    ["spec.vxlanTunnelMACAddrV6", "66:00:00:00:00:01"],
    ["spec.addresses[].address", "10.0.0.1"],
    ["spec.addresses[].type", "InternalIP"],
    ["spec.interfaces[].name", "eth0"],
    ["spec.interfaces[].addresses", ["10.0.0.1"]],
    ["status.wireguardPublicKey", "a2V5"],
    ["status.wireguardPublicKeyV6", "a2V5"],
  ]),
  ...effects("IPPool", POOL, [
    ["spec.cidr", "10.1.0.0/16"],
    ["spec.ipipMode", "Always"],
    ["spec.vxlanMode", "Always"],
    ["spec.disabled", true],
    ["spec.disableBGPExport", true],
    ["spec.blockSize", 28],
  ]),
  ...others("IPPool", POOL, "none", "of address management and NAT", [
    ["spec.natOutgoing", true],
    ["spec.nodeSelector", "has(rack)"],
    ["spec.namespaceSelector", "has(team)", { spec: { ...POOL.spec, allowedUses: ["Workload"] } }],
    ["spec.allowedUses", ["Workload"]],
    ["spec.assignmentMode", "Manual"],
    ["status.conditions[]", { type: "Allocatable", status: "True" }],
  ]),
  ...effects("IPReservation", { spec: {} }, [["spec.reservedCIDRs", ["10.0.0.0/28"]]]),
  ...effects("BlockAffinity", AFFINITY, [
    ["spec.cidr", "10.0.0.64/26"],
    ["spec.node", "b"],
    ["spec.state", "pending"],
    ["spec.type", "virtual"],
    ["spec.deleted", true],
  ]),
  ...effects("CalicoNodeStatus", STATUS, [
    ["spec.node", "b"],
    ["spec.classes", ["Agent"]],
    ["spec.updatePeriodSeconds", 20],
  ]),
  ...others(
    "CalicoNodeStatus",
    STATUS,
    "none",
    "what a node has reported is for others to read",
    ["status.lastUpdated", ...REPORTED].map((field) => [field, "x"]),
  ),
  ...effects("Service (v1)", SERVICE, [
    ["spec.type", "LoadBalancer"],
    ["spec.clusterIP", "10.96.0.2", { spec: {} }],
    ["spec.clusterIPs", ["10.96.0.3"]],
    ["spec.ipFamilies", ["IPv6"]],
    ["spec.externalIPs", ["198.51.100.1"]],
    ["spec.externalTrafficPolicy", "Local"],
    ["spec.loadBalancerIP", "198.51.100.1"],
    ["status.loadBalancer.ingress[].ip", "198.51.100.1"],
  ]),
  ...effects("EndpointSlice (discovery.k8s.io/v1)", SLICE, [
    ['metadata.labels["kubernetes.io/service-name"]', "web"],
    ["addressType", "IPv6"],
    ["endpoints[].conditions.ready", false],
    ["endpoints[].nodeName", "a"],
  ]),
];

function advertising(fields: object, communities: readonly string[]): object {
  return { spec: { ...fields, prefixAdvertisements: [{ cidr: "10.0.0.0/8", communities }] } };
}
