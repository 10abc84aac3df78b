import { describe, expect, test } from "vitest";
import { loadTexts } from "../../src/resources/load.js";
import { BGP_CONFIGURATION_DEFAULTS } from "../../src/resources/resource-set.js";
import { resource } from "./given.js";

/** The set of these resources, which have no error; values in their text form, as in a report. */
function setOf(...documents: string[]) {
  const { set, faults } = loadTexts({ "x.yaml": documents.join("---\n") });
  expect(faults.filter((fault) => fault.severity === "error")).toEqual([]);
  return set;
}

/** Addresses, prefixes and selectors as text, for comparison. */
function plain(spec: object | undefined): unknown {
  const own = (value: unknown) => Object.getPrototypeOf(value) !== Object.prototype && !Array.isArray(value);
  const replace = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if (own(value)) return String(value);
    if (Array.isArray(value)) return value.map(replace);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replace(inner)]));
  };
  return replace(spec);
}

describe("the spec of", () => {
  test("a BGPPeer with every field", () => {
    const spec = `
  nodeSelector: rack == 'a'
  peerIP: "[fd00::1]:1179"
  asNumber: "1.10"
  localASNumber: 65001
  nextHopMode: Self
  password: {secretKeyRef: {name: s, key: k, optional: true}}
  sourceAddress: None
  maxRestartTime: 2m
  keepaliveTime: 1500ms
  numAllowedLocalASNumbers: 3
  ttlSecurity: 1
  reachableBy: fd00::fe
  filters: [f, g]
  reversePeering: Manual`;
    const filters = ["f", "g"].map((name) => resource("BGPFilter", "{}", name));
    expect(plain(setOf(resource("BGPPeer", spec), ...filters).bgpPeers.get("tor")?.spec)).toEqual({
      node: null,
      nodeSelector: 'rack == "a"',
      peerIp: { address: "fd00::1", port: 1179 },
      peerSelector: null,
      localWorkloadSelector: null,
      asNumber: 65546,
      localAsNumber: 65001,
      nextHopMode: "Self",
      keepOriginalNextHop: false,
      password: { name: "s", key: "k" },
      sourceAddress: "None",
      maxRestartTimeSeconds: 120,
      keepaliveTimeSeconds: 2,
      numAllowedLocalAsNumbers: 3,
      ttlSecurity: 1,
      reachableBy: "fd00::fe",
      filters: ["f", "g"],
      reversePeering: "Manual",
    });
  });

  test("a BGPPeer with as little as there may be", () => {
    expect(
      plain(
        setOf(resource("BGPPeer", "{peerSelector: all(), ttlSecurity: 0, numAllowedLocalASNumbers: -1}")).bgpPeers.get("tor")
          ?.spec,
      ),
    ).toEqual({
      node: null,
      nodeSelector: null,
      peerIp: null,
      peerSelector: "all()",
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
    });
  });

  test("the default BGPConfiguration, communities by name and literally, sorted and once each", () => {
    const spec = `
  nodeToNodeMeshEnabled: off
  asNumber: 65000
  listenPort: 1179
  logSeverityScreen: debug
  bindMode: NodeIP
  ignoredInterfaces: [docker*]
  programClusterRoutes: Disabled
  ipv4NormalRoutePriority: 2048
  serviceClusterIPs: [{cidr: 10.96.0.0/12}, {}, {cidr: "fd00:96::/112"}]
  serviceExternalIPs: [{cidr: 60.0.0.7}]
  serviceLoadBalancerIPs:
  - cidr: 80.15.0.0/24
  serviceLoadBalancerAggregation: Disabled
  communities: [{name: blue, value: "65000:2"}, {name: large, value: "1:2:3"}, {name: late, value: 65000:9}]
  prefixAdvertisements:
  - {cidr: 10.0.0.0/8, communities: [blue, "65000:1", large, "65000:2", late, 65000:1]}`;
    const range = (cidr: string, line: number) => ({
      cidr,
      cause: { kind: "BGPConfiguration", name: "default", file: "x.yaml", line },
    });
    expect(plain(setOf(resource("BGPConfiguration", spec, "default")).bgpConfigurations.get("default")?.spec)).toEqual({
      ...BGP_CONFIGURATION_DEFAULTS,
      nodeToNodeMeshEnabled: false,
      asNumber: 65000,
      listenPort: 1179,
      logSeverityScreen: "Debug",
      bindMode: "NodeIP",
      ignoredInterfaces: ["docker*"],
      programClusterRoutes: "Disabled",
      ipv4NormalRoutePriority: 2048,
      serviceClusterIps: [range("10.96.0.0/12", 13), range("fd00:96::/112", 13)],
      serviceExternalIps: [range("60.0.0.7/32", 14)],
      serviceLoadBalancerIps: [range("80.15.0.0/24", 16)],
      serviceLoadBalancerAggregation: "Disabled",
      prefixAdvertisements: [
        {
          cidr: "10.0.0.0/8",
          communities: [65000 * 65536 + 1, 65000 * 65536 + 2, 65000 * 65536 + 9],
          largeCommunities: [[1, 2, 3]],
          cause: { kind: "BGPConfiguration", name: "default", file: "x.yaml", line: 20 },
        },
      ],
    });
  });

  test("a BGPConfiguration without spec is that of no BGPConfiguration", () => {
    const set = setOf("apiVersion: projectcalico.org/v3\nkind: BGPConfiguration\nmetadata: {name: default}\n");
    expect(set.bgpConfigurations.get("default")?.spec).toEqual(BGP_CONFIGURATION_DEFAULTS);
  });

  test("a BGPConfiguration for one node, where what counts for all nodes has no effect", () => {
    const set = setOf(resource("BGPConfiguration", "{listenPort: 1179, bindMode: NodeIP}", "node.a"));
    expect(set.bgpConfigurations.get("node.a")?.spec).toEqual({ ...BGP_CONFIGURATION_DEFAULTS, listenPort: 1179 });
  });

  test("a BGPConfiguration of another name is left out", () => {
    expect(setOf(resource("BGPConfiguration", "{listenPort: 1}", "foo")).bgpConfigurations.size).toBe(0);
  });

  test("a BGPFilter", () => {
    const rule =
      "{cidr: 10.0.0.0/8, matchOperator: NotIn, prefixLength: {max: 24}, source: RemotePeers, interface: eth*, peerType: iBGP, communities: {values: ['1:2:3']}, asPathPrefix: [65001, '0.7'], priority: 512, action: Reject}";
    const operations =
      "[{prependASPath: {prefix: [65001, 65002]}}, {addCommunity: {value: '65000:1'}}, {setPriority: {value: 7}}]";
    const accept = `{action: Accept, operations: ${operations}}`;
    const spec = setOf(resource("BGPFilter", `{exportV4: [${rule}], importV6: [${accept}]}`, "f")).bgpFilters.get("f")?.spec;
    const cause = { kind: "BGPFilter", name: "f", file: "x.yaml", line: 4 };
    expect(plain(spec)).toEqual({
      exportV4: [
        {
          match: { cidr: "10.0.0.0/8", operator: "NotIn", prefixLength: { min: null, max: 24 } },
          source: "RemotePeers",
          interface: "eth*",
          peerType: "iBGP",
          community: [1, 2, 3],
          asPathPrefix: [65001, 7],
          priority: 512,
          action: "Reject",
          operations: [],
          cause,
        },
      ],
      importV4: [],
      exportV6: [],
      importV6: [
        {
          match: null,
          source: null,
          interface: null,
          peerType: null,
          community: null,
          asPathPrefix: [],
          priority: null,
          action: "Accept",
          operations: [
            { type: "prependASPath", asns: [65001, 65002] },
            { type: "addCommunity", community: 65000 * 65536 + 1 },
            { type: "setPriority", priority: 7 },
          ],
          cause,
        },
      ],
    });
  });

  test("a Node", () => {
    const spec =
      "{bgp: {ipv4Address: 10.0.0.1/24, routeReflectorClusterID: 244.0.0.1, ipv4IPIPTunnelAddr: 10.1.0.1}, wireguard: {interfaceIPv6Address: 'fd00::9'}, orchRefs: [{orchestrator: k8s, nodeName: worker-1}]}";
    const text = `${resource("Node", spec)}status: {podCIDRs: [10.2.0.0/24], wireguardPublicKey: x}\n`;
    expect(plain(setOf(text).nodes.get("a")?.spec)).toEqual({
      bgp: {
        ipv4: { address: "10.0.0.1", network: "10.0.0.0/24" },
        ipv6: null,
        asNumber: null,
        routeReflectorClusterId: 0xf4000001,
      },
      kubernetesName: "worker-1",
      wireguardIpv4: null,
      wireguardIpv6: "fd00::9",
      podCidrs: ["10.2.0.0/24"],
    });
  });

  test("an IPPool", () => {
    const text = `${resource("IPPool", "{cidr: 'fd00::/48', vxlanMode: CrossSubnet, disableBGPExport: true}")}status: {conditions: []}\n`;
    const expected = {
      cidr: "fd00::/48",
      ipipMode: "Never",
      vxlanMode: "CrossSubnet",
      disableBgpExport: true,
      disabled: false,
      blockSize: 122,
    };
    expect(plain(setOf(text).ipPools.get("tor")?.spec)).toEqual(expected);
  });

  test("a BlockAffinity: no state is confirmed, a deleted one is absent", () => {
    const set = setOf(
      resource("BlockAffinity", "{cidr: 10.0.0.0/26, node: a}", "old"),
      resource("BlockAffinity", "{cidr: 10.0.0.64/26, node: a, state: pending, type: virtual, deleted: false}", "new"),
      resource("BlockAffinity", '{cidr: 10.0.0.128/26, node: a, deleted: "true"}', "gone"),
    );
    expect([...set.blockAffinities.values()].map(({ spec }) => plain(spec))).toEqual([
      { cidr: "10.0.0.64/26", node: "a", state: "pending", type: "virtual" },
      { cidr: "10.0.0.0/26", node: "a", state: "confirmed", type: "host" },
    ]);
  });
});
