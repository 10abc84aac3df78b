import { afterAll, beforeAll, expect, test } from "vitest";
import type { Frr } from "../../src/lab/frr.js";
import type { PeregrineNode } from "../../src/lab/peregrine-node.js";
import { until } from "../../src/lab/until.js";
import { scenario } from "../setup/require-peer.js";
import { announceWith, frrPath } from "./support/frr-path.js";
import { kernelRoutes } from "./support/kernel-routes.js";
import { blockOf, CLUSTER_AS, FAMILIES, Site } from "./support/site.js";

const NODE = 11;
const TOR = 1;
const TOR_AS = 65001;
const INSIDE = 2; // an iBGP router
const FROM_TOR = { ipv4: "198.51.100.0/24", ipv6: "2001:db8:1::/48" } as const;
const FROM_INSIDE = { ipv4: "10.244.99.0/26", ipv6: "fd00:244:0:99::/122" } as const;
const EXTERNAL_METRIC = 2147483547; // of LOCAL_PREF 100
const WORKLOAD = "10.244.11.5/32"; // inside the node's own block

scenario("priorities of routes in LOCAL_PREF and the kernel's metric", ["root", "frr"], () => {
  let site: Site;
  let node: PeregrineNode;
  let tor: Frr;
  let inside: Frr;

  beforeAll(async () => {
    site = await Site.open([TOR, INSIDE, NODE]);
    site.addRouter(TOR, TOR_AS);
    site.addRouter(INSIDE, CLUSTER_AS);
    node = site.addNode(NODE);
    tor = site.frrBeside(TOR, NODE, TOR_AS, Object.values(FROM_TOR));
    inside = site.frrBeside(INSIDE, NODE, CLUSTER_AS, []);
    await Promise.all([node.start(), tor.start(), inside.start()]);
    await node.waitAllEstablished({ deadlineMs: 60_000 });
  }, 120_000);
  afterAll(() => site.close());
  /** The metrics of our routes to the prefix in the node's kernel: more than one would be a route left behind. */
  const metricsOf = async (prefix: string) => {
    const version = prefix.includes(":") ? "-6" : "-4";
    const text = await site.host(NODE).ip(version, "-json", "route", "show", prefix, "proto", "179");
    return (JSON.parse(text || "[]") as { metric?: number }[]).map(({ metric }) => metric ?? 0);
  };
  const hasMetric = (prefix: string, metric: number) =>
    until(`${prefix} has the metric ${metric} and no other`, async () => `${await metricsOf(prefix)}` === `${metric}`);
  const insideHas = (prefix: string, localPref: number) =>
    until(`the internal router has ${prefix} with LOCAL_PREF ${localPref}`, async () => {
      return (await frrPath(inside, prefix))?.localPref === localPref;
    });

  test("a block goes to internal peers with LOCAL_PREF 2147482623, and to external ones without", async () => {
    for (const family of FAMILIES) {
      await insideHas(blockOf(NODE, family), 2147482623);
      await until("the ToR has it", () => frrPath(tor, blockOf(NODE, family)));
      expect((await frrPath(tor, blockOf(NODE, family)))?.localPref).not.toBe(2147482623);
    }
  }, 60_000);

  test("the kernel's metric is 2147483647 minus LOCAL_PREF; another one leaves no route behind", async () => {
    for (const family of FAMILIES) {
      await hasMetric(FROM_TOR[family], EXTERNAL_METRIC);
      for (const [localPref, metric] of [
        [2147482623, 1024],
        [2147483135, 512],
        [100, EXTERNAL_METRIC],
      ] as const) {
        await announceWith(inside, CLUSTER_AS, FROM_INSIDE[family], `set local-preference ${localPref}`);
        await hasMetric(FROM_INSIDE[family], metric);
      }
    }
  }, 120_000);

  test("a workload of raised priority leaves our block, at its priority; one of normal priority does not", async () => {
    const ip = (...words: readonly string[]) => site.host(NODE).ip("route", ...words);
    await ip("add", WORKLOAD, "dev", "eth0", "metric", "512");
    await insideHas(WORKLOAD, 2147483647 - 512);
    await until("the ToR has it", () => frrPath(tor, WORKLOAD));
    await ip("add", WORKLOAD, "dev", "eth0", "metric", "1024");
    await ip("delete", WORKLOAD, "dev", "eth0", "metric", "512");
    for (const peer of [inside, tor]) await until("it is withdrawn", async () => (await frrPath(peer, WORKLOAD)) === null);
    await ip("delete", WORKLOAD, "dev", "eth0");
  }, 60_000);

  test("a route that an internal peer announces at raised priority wins over our own block, one at normal priority does not", async () => {
    const block = blockOf(NODE, "ipv4");
    const typeOf = async () => (await kernelRoutes(site.host(NODE), "ipv4")).get(block)?.type;
    const announceAt = (localPref: number) => announceWith(inside, CLUSTER_AS, block, `set local-preference ${localPref}`);
    await announceAt(2147483135);
    await hasMetric(block, 512);
    expect(await typeOf()).toBe("unicast");
    expect((await node.command("explain", block)).stdout).toContain("prefer like a static route");
    await announceAt(2147482623);
    await hasMetric(block, 1024);
    expect(await typeOf()).toBe("blackhole");
    await inside.withdraw(block);
  }, 60_000);

  test("--route-priorities off: LOCAL_PREF 100 and no metric, and nothing of the run before stays", async () => {
    await node.stop();
    node = site.addNode(NODE, {}, { arguments: ["--route-priorities", "off"] });
    await node.start();
    await node.waitAllEstablished({ deadlineMs: 60_000 });
    for (const family of FAMILIES) {
      const unset = family === "ipv4" ? 0 : 1024; // what the kernel makes of none
      await insideHas(blockOf(NODE, family), 100);
      for (const prefix of [blockOf(NODE, family), FROM_TOR[family], FROM_INSIDE[family]]) await hasMetric(prefix, unset);
    }
  }, 120_000);
});
