import { afterAll, beforeAll, expect, test } from "vitest";
import { Bird } from "../../src/lab/bird.js";
import { Frr } from "../../src/lab/frr.js";
import type { PeregrineNode } from "../../src/lab/peregrine-node.js";
import { node as nodeResource, resource } from "../../src/lab/resource-directory.js";
import { until } from "../../src/lab/until.js";
import { scenario } from "../setup/require-peer.js";
import { kernelRoutes } from "./support/kernel-routes.js";
import { blockOf, CLUSTER_AS, FAMILIES, lanAddress, nodeName, Site } from "./support/site.js";

const NODE = 11;
const TOR = 1;
const OTHER = 2; // a second ToR, which announces what another node's Service has
const RANGES = { serviceClusterIPs: [{ cidr: "10.96.0.0/12" }, { cidr: "fd00:96::/112" }] };
const SINGLE = { ...RANGES, serviceLoadBalancerIPs: [{ cidr: "80.15.0.0/24" }], serviceLoadBalancerAggregation: "Disabled" };

scenario("the addresses of Services", ["root", "bird", "frr"], () => {
  let site: Site;
  let node: PeregrineNode;
  let tor: Frr;
  let other: Bird;

  beforeAll(async () => {
    site = await Site.open([TOR, OTHER, NODE]);
    for (const octet of [TOR, OTHER]) site.addRouter(octet, 65000 + octet);
    tor = new Frr(site.host(TOR), router(TOR));
    other = new Bird(site.host(OTHER), router(OTHER));
    node = site.addNode(NODE);
    putRanges(RANGES);
    putService({ clusterIP: "10.96.0.11", clusterIPs: ["10.96.0.11", "fd00:96::b"], ipFamilies: ["IPv4", "IPv6"] });
    putEndpoint(false);
    await Promise.all([node.start(), tor.start(), other.start()]);
    await node.waitAllEstablished({ deadlineMs: 60_000 });
  }, 120_000);
  afterAll(() => site.close());

  const router = (octet: number) => ({
    asNumber: 65000 + octet,
    routerId: lanAddress(octet, "ipv4"),
    neighbors: FAMILIES.map((family) => ({
      address: lanAddress(NODE, family),
      asNumber: CLUSTER_AS,
      localAddress: lanAddress(octet, family),
    })),
  });
  const putRanges = (ranges: Readonly<Record<string, unknown>>) =>
    site.resources.put(resource("BGPConfiguration", "default", { nodeToNodeMeshEnabled: false, ...ranges }));
  const putService = (spec: Readonly<Record<string, unknown>>) =>
    site.resources.putText(
      "web.json",
      JSON.stringify({
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "web", namespace: "shop" },
        spec: { type: "LoadBalancer", externalTrafficPolicy: "Local", ...spec },
        status: { loadBalancer: { ingress: [{ ip: "80.15.0.9" }] } },
      }),
    );
  const putEndpoint = (ready: boolean) =>
    site.resources.putText(
      "web-x7.json",
      JSON.stringify({
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { name: "web-x7", namespace: "shop", labels: { "kubernetes.io/service-name": "web" } },
        addressType: "IPv4",
        endpoints: [{ addresses: ["10.244.11.5"], conditions: { ready }, nodeName: nodeName(NODE) }],
      }),
    );
  /** What the ToR has from the node, both families. */
  const heard = async () => {
    const routes = await Promise.all(FAMILIES.map((family) => tor.routes(family)));
    return routes.flatMap((map) => [...map.keys()]).sort();
  };
  const BLOCKS = FAMILIES.map((family) => blockOf(NODE, family));
  const hears = (...prefixes: readonly string[]) =>
    until(`the ToR has ${prefixes.join(", ")} and the node's blocks`, async () => {
      expect(await heard()).toEqual([...prefixes, ...BLOCKS].sort());
      return true;
    });
  const sessions = async () => (await node.status()).sessions.map(({ name, since, resets }) => ({ name, since, resets }));

  test("the ranges are announced as a whole while no endpoint is ready", () => hears("10.96.0.0/12", "fd00:96::/112"), 60_000);

  test("a Local Service's addresses come and go with its endpoint on this node; the ranges and the sessions stay", async () => {
    const before = await sessions();
    putEndpoint(true);
    await hears("10.96.0.0/12", "10.96.0.11/32", "fd00:96::/112", "fd00:96::b/128");
    putEndpoint(false);
    await hears("10.96.0.0/12", "fd00:96::/112");
    putEndpoint(true);
    await hears("10.96.0.0/12", "10.96.0.11/32", "fd00:96::/112", "fd00:96::b/128");
    expect(await sessions()).toEqual(before);
  }, 60_000);

  test("an address inside a range that is learned goes on to the ToR", async () => {
    await other.announce("10.96.0.77/32");
    await hears("10.96.0.0/12", "10.96.0.11/32", "10.96.0.77/32", "fd00:96::/112", "fd00:96::b/128");
  }, 60_000);

  test("no service route is in the kernel, neither ours nor the learned one; own blocks are blackholes", async () => {
    await other.announce("198.18.0.0/24"); // what comes after it has come: the kernel is up to date
    await until("a route outside the ranges is in the kernel", async () => (await kernel()).includes("198.18.0.0/24 unicast"));
    expect(await kernel()).toEqual(["198.18.0.0/24 unicast", ...BLOCKS.map((block) => `${block} blackhole`)].sort());
  }, 60_000);
  const kernel = async () => {
    const routes = await Promise.all(FAMILIES.map((family) => kernelRoutes(site.host(NODE), family)));
    return routes.flatMap((map) => [...map.values()].map(({ prefix, type }) => `${prefix} ${type}`)).sort();
  };

  test("without aggregation a load balancer's address is announced alone, and still in no kernel", async () => {
    const before = await sessions();
    putRanges(SINGLE);
    await hears("10.96.0.0/12", "10.96.0.11/32", "10.96.0.77/32", "80.15.0.9/32", "fd00:96::/112", "fd00:96::b/128");
    await other.announce("198.18.1.0/24");
    await until("the kernel is up to date", async () => (await kernel()).includes("198.18.1.0/24 unicast"));
    expect((await kernel()).filter((route) => route.startsWith("80.") || route.startsWith("10.96."))).toEqual([]);
    expect(await sessions()).toEqual(before);
  }, 60_000);

  test("explain names the Service, and why it is not in the kernel", async () => {
    const { stdout } = await node.command("explain", "10.96.0.11/32");
    expect(stdout).toMatch(/^\* from service \(service\)/m);
    expect(stdout).toMatch(/asked for by Service shop\/web \(.*web\.json:1\)/);
    expect(stdout).toContain("addresses of Services are announced, but never put into the kernel");
    expect(stdout).toMatch(/: sent: accepted by BGPConfiguration default serviceClusterIPs 10\.96\.0\.0\/12 \(.*:\d+\)/);
  });

  test("a node that is excluded withdraws all of them, and keeps its blocks", async () => {
    const labels = { "node.kubernetes.io/exclude-from-external-load-balancers": "true" };
    const [ipv4, ipv6] = [`${lanAddress(NODE, "ipv4")}/24`, `${lanAddress(NODE, "ipv6")}/64`];
    site.resources.put(nodeResource(nodeName(NODE), { ipv4, ipv6, labels }));
    await hears();
  }, 60_000);
});
