import { afterAll, beforeAll, expect, test } from "vitest";
import { Bird } from "../../src/lab/bird.js";
import { Frr } from "../../src/lab/frr.js";
import type { Host } from "../../src/lab/host.js";
import type { PeregrineNode } from "../../src/lab/peregrine-node.js";
import { resource } from "../../src/lab/resource-directory.js";
import type { FamilyName, Speaker } from "../../src/lab/speaker.js";
import { until } from "../../src/lab/until.js";
import { forwardPackets } from "../../src/lab/workload.js";
import { scenario } from "../setup/require-peer.js";
import { kernelRoutes } from "./support/kernel-routes.js";
import { blockOf, CLUSTER_AS, FAMILIES, lanAddress, Site } from "./support/site.js";

const NODE = 11;
const GATEWAY = 1;
const PATIENCE = { deadlineMs: 60_000 };

/** Routers behind the gateway, each peering from an address of its loopback interface that no other route leads to. */
const ROUTERS = [
  { make: Frr, asNumber: 65001, family: "ipv4", loopback: "192.20.30.40", network: "198.51.100.0/24" },
  { make: Bird, asNumber: 65002, family: "ipv6", loopback: "2001:db8:30::40", network: "2001:db8:1::/48" },
] as const;

scenario("reachableBy: a peer behind a gateway that no route leads to", ["root", "frr", "bird"], () => {
  let site: Site;
  let node: PeregrineNode;
  const speakers = new Map<string, Speaker>();

  const hostRoute = (address: string, family: FamilyName) => `${address}/${family === "ipv4" ? 32 : 128}`;
  const putPeers = () => {
    for (const { loopback, asNumber, family } of ROUTERS) {
      const spec = { peerIP: loopback, asNumber, reachableBy: lanAddress(GATEWAY, family) };
      site.resources.put(resource("BGPPeer", `router-${family}`, spec));
    }
  };
  /** Puts a router on a link of its own behind the gateway. */
  const connect = async (gateway: Host, { make, asNumber, family, loopback, network }: (typeof ROUTERS)[number]) => {
    const router = await site.network.host(`router-${family}`);
    const [near, far] = family === "ipv4" ? ["172.20.0.1/24", "172.20.0.2/24"] : ["fd00:20::1/64", "fd00:20::2/64"];
    const [nearAddress, farAddress] = [near, far].map((text) => text.replace(/\/.*/, "")) as [string, string];
    await site.network.link(
      { host: gateway, interface: `to-${family}`, addresses: [near] },
      { host: router, interface: "eth0", addresses: [far] },
    );
    await router.ip("address", "add", hostRoute(loopback, family), "dev", "lo");
    await router.ip("route", "add", lanAddress(0, family) + (family === "ipv4" ? "/24" : "/64"), "via", nearAddress);
    await gateway.ip("route", "add", hostRoute(loopback, family), "via", farAddress);
    const neighbor = { address: lanAddress(NODE, family), asNumber: CLUSTER_AS, localAddress: loopback, hops: 2, passive: true };
    const speaker = new make(router, {
      asNumber,
      routerId: `192.0.2.${asNumber - 65000}`,
      networks: [network],
      neighbors: [neighbor],
    });
    speakers.set(family, speaker);
    await speaker.start();
  };

  beforeAll(async () => {
    site = await Site.open([GATEWAY, NODE]);
    site.addTransitFilter();
    const gateway = site.host(GATEWAY);
    await forwardPackets(gateway);
    await Promise.all(ROUTERS.map((router) => connect(gateway, router)));
    node = site.addNode(NODE);
    await node.start();
    putPeers();
  }, 180_000);
  afterAll(() => site.close());

  const kernelHas = (prefix: string, family: FamilyName) =>
    until(`the kernel has ${prefix}`, async () => (await kernelRoutes(site.host(NODE), family)).get(prefix));

  test.each(ROUTERS)(
    "over $family the session comes up by the host route, and what the peer announces leaves by the gateway",
    async ({ family, loopback, network }) => {
      await node.waitEstablished(loopback, PATIENCE);
      const nextHops = [lanAddress(GATEWAY, family)];
      expect(await kernelHas(hostRoute(loopback, family), family)).toMatchObject({ type: "unicast", nextHops });
      expect(await kernelHas(network, family)).toMatchObject({ type: "unicast", nextHops });
    },
    90_000,
  );

  test.each(ROUTERS)(
    "over $family the route to the peer is told to nobody, not even by a filter that accepts everything",
    async ({ family, loopback, asNumber }) => {
      const spec = { peerIP: loopback, asNumber, reachableBy: lanAddress(GATEWAY, family), filters: ["everything"] };
      site.resources.put(resource("BGPPeer", `router-${family}`, spec));
      const connected = family === "ipv4" ? "10.179.0.0/24" : "fd00:179::/64";
      const told = () => speakers.get(family)!.routes(family);
      await until("the filter is in effect: the node's LAN is told", async () => (await told()).has(connected));
      const known = await told();
      expect([known.has(blockOf(NODE, family)), known.has(hostRoute(loopback, family))]).toEqual([true, false]);
    },
    60_000,
  );

  test("the routes go with the peers", async () => {
    for (const { family } of ROUTERS) site.resources.remove("BGPPeer", `router-${family}`);
    for (const { family, loopback } of ROUTERS) {
      await until(
        `the route to ${loopback} is gone`,
        async () => !(await kernelRoutes(site.host(NODE), family)).has(hostRoute(loopback, family)),
      );
    }
    expect((await node.status()).sessions).toEqual([]);
    for (const family of FAMILIES) {
      const prefixes = async () => [...(await kernelRoutes(site.host(NODE), family)).keys()];
      await expect.poll(prefixes, { timeout: 10_000 }).toEqual([blockOf(NODE, family)]);
    }
  }, 90_000);
});
