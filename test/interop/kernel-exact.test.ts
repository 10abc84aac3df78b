import { afterAll, beforeAll, expect, test } from "vitest";
import { Bird } from "../../src/lab/bird.js";
import type { PeregrineNode } from "../../src/lab/peregrine-node.js";
import type { FamilyName } from "../../src/lab/speaker.js";
import { until } from "../../src/lab/until.js";
import { scenario } from "../setup/require-peer.js";
import { kernelRoutes } from "./support/kernel-routes.js";
import { blockOf, CLUSTER_AS, FAMILIES, lanAddress, Site } from "./support/site.js";

const NODE = 11;
const ROUTERS = [1, 2] as const;
const ROUTER_AS = 65001;
const COUNT = 100;

const network = (family: FamilyName, index: number) =>
  family === "ipv4" ? `198.18.${index}.0/24` : `2001:db8:${index.toString(16)}::/48`;
const NETWORKS = FAMILIES.flatMap((family) => Array.from({ length: COUNT }, (_, index) => network(family, index + 1)));

scenario("the kernel shows exactly what Loc-RIB holds", ["root", "bird"], () => {
  let site: Site;
  let node: PeregrineNode;
  const routers = new Map<number, Bird>();

  beforeAll(async () => {
    site = await Site.open([...ROUTERS, NODE]);
    for (const octet of ROUTERS) {
      site.addRouter(octet, ROUTER_AS);
      routers.set(octet, makeRouter(octet));
    }
    node = site.addNode(NODE);
    await Promise.all([node.start(), ...[...routers.values()].map((router) => router.start())]);
    await node.waitAllEstablished({ deadlineMs: 60_000 });
  });
  afterAll(() => site.close());

  const makeRouter = (octet: number) =>
    new Bird(site.host(octet), {
      asNumber: ROUTER_AS,
      routerId: lanAddress(octet, "ipv4"),
      networks: octet === 1 ? NETWORKS : [],
      neighbors: FAMILIES.map((family) => ({
        address: lanAddress(NODE, family),
        asNumber: CLUSTER_AS,
        localAddress: lanAddress(octet, family),
      })),
    });

  /** Prefix → next hops of every BGP route in Loc-RIB with its equal paths, and of every own block. */
  const wanted = async (family: FamilyName) => {
    const output = await node.command("routes", "--all", "-o", "json");
    const routes = JSON.parse(output.stdout) as readonly RouteRow[];
    const rows = new Map<string, string[]>();
    for (const { prefix, source, best, multipath, attributes } of routes) {
      if (prefix.includes(":") !== (family === "ipv6") || !(best || multipath)) continue;
      if (source === "bgp") rows.set(prefix, [...(rows.get(prefix) ?? []), attributes.nextHop ?? ""].sort());
      if (source === "static") rows.set(prefix, []);
    }
    return rows;
  };
  const shown = async (family: FamilyName) =>
    new Map([...(await kernelRoutes(site.host(NODE), family))].map(([prefix, { nextHops }]) => [prefix, nextHops]));
  const sourceOf = async (prefix: string) => (await node.locRib()).find((route) => route.prefix === prefix)?.source;
  const kernelAgrees = async (family: FamilyName, prefixes: number) => {
    await until(`${prefixes} ${family} routes are selected`, async () => (await wanted(family)).size === prefixes);
    await until(`the kernel holds just these ${prefixes} ${family} routes`, async () => {
      const held = await shown(family);
      expect(held.size).toBe(prefixes);
      expect(Object.fromEntries(held)).toEqual(Object.fromEntries(await wanted(family)));
      return true;
    });
  };

  test.each(FAMILIES)("after the first table, %s", (family) => kernelAgrees(family, COUNT + 1), 60_000);

  test.each(FAMILIES)("own %s blocks are blackholes", async (family) => {
    expect((await kernelRoutes(site.host(NODE), family)).get(blockOf(NODE, family))).toMatchObject({
      type: "blackhole",
      nextHops: [],
    });
  });

  test.each(FAMILIES)(
    "after withdrawals and new routes, %s",
    async (family) => {
      await routers.get(1)!.withdraw(network(family, 1));
      await routers.get(1)!.withdraw(network(family, 2));
      await routers.get(1)!.announce(network(family, 201));
      await until("the withdrawn routes are gone", async () => {
        const routes = await shown(family);
        return !routes.has(network(family, 1)) && !routes.has(network(family, 2)) && routes.has(network(family, 201));
      });
      await kernelAgrees(family, COUNT);
    },
    60_000,
  );

  test.each(FAMILIES)(
    "an equal path from a second router makes the %s route a multipath route, and its end a single one",
    async (family) => {
      const prefix = network(family, 3);
      const both = ROUTERS.map((octet) => lanAddress(octet, family)).sort();
      await routers.get(2)!.announce(prefix);
      await until("two next hops", async () => (await shown(family)).get(prefix)?.length === 2);
      expect((await shown(family)).get(prefix)).toEqual(both);
      await routers.get(2)!.withdraw(prefix);
      await until("one next hop", async () => (await shown(family)).get(prefix)?.length === 1);
      await kernelAgrees(family, COUNT);
    },
    60_000,
  );

  test.each(FAMILIES)(
    "an own %s route that someone removes comes back",
    async (family) => {
      const prefix = network(family, 4);
      await site.host(NODE).ip("route", "delete", prefix, "proto", "179");
      await until("it is back", async () => (await shown(family)).has(prefix));
      await kernelAgrees(family, COUNT);
    },
    60_000,
  );

  test.each(FAMILIES)(
    "a foreign %s route to one of our prefixes stays as it is",
    async (family) => {
      const prefix = network(family, 205);
      const via = lanAddress(2, family);
      await site.host(NODE).ip("route", "add", prefix, "via", via, "proto", "static", "metric", "50");
      const foreign = () => site.host(NODE).ip(family === "ipv4" ? "-4" : "-6", "route", "show", prefix, "proto", "static");
      const before = await foreign();
      await routers.get(1)!.announce(prefix);
      await until("we know it from the router too", async () => (await sourceOf(prefix)) === "bgp");
      await routers.get(1)!.withdraw(prefix);
      await until("we know it from the kernel only", async () => (await sourceOf(prefix)) === "kernel");
      expect(await foreign()).toBe(before);
      await site.host(NODE).ip("route", "delete", prefix, "proto", "static");
    },
    60_000,
  );

  test("an interface that goes down and up takes our routes away only until it is back", async () => {
    await site.host(NODE).ip("link", "set", "eth0", "down");
    await until("no route by a gateway is left", async () =>
      [...(await shown("ipv4")).values()].every((hops) => hops.length === 0),
    );
    await site.host(NODE).ip("link", "set", "eth0", "up");
    await site.host(NODE).ip("address", "replace", `${lanAddress(NODE, "ipv6")}/64`, "dev", "eth0", "nodad");
    await node.waitAllEstablished({ deadlineMs: 120_000 });
    for (const family of FAMILIES) await kernelAgrees(family, COUNT);
  }, 180_000);

  test("routes stay in the kernel when the daemon stops, and the next one adopts them", async () => {
    const before = [...(await shown("ipv4")).keys()].sort();
    await node.stop();
    expect([...(await shown("ipv4")).keys()].sort()).toEqual(before);
    await node.start();
    await node.waitAllEstablished({ deadlineMs: 60_000 });
    for (const family of FAMILIES) await kernelAgrees(family, COUNT);
  }, 180_000);
});

interface RouteRow {
  readonly prefix: string;
  readonly source: string;
  readonly best: boolean;
  readonly multipath: boolean;
  readonly attributes: { readonly nextHop: string | null };
}
