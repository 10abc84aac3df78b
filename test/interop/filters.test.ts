import { afterAll, beforeAll, expect, test } from "vitest";
import type { Frr } from "../../src/lab/frr.js";
import type { PeregrineNode } from "../../src/lab/peregrine-node.js";
import { resource } from "../../src/lab/resource-directory.js";
import type { FamilyName } from "../../src/lab/speaker.js";
import { until } from "../../src/lab/until.js";
import { scenario } from "../setup/require-peer.js";
import { announceWith, frrPath } from "./support/frr-path.js";
import { kernelRoutes } from "./support/kernel-routes.js";
import { blockOf, CLUSTER_AS, FAMILIES, Site } from "./support/site.js";

const NODE = 11;
const TOR = 1;
const TOR_AS = 65001;
const INSIDE = 2; // an iBGP router

type Networks = Readonly<Record<FamilyName, string>>;

const TAGGED: Networks = { ipv4: "198.51.100.0/24", ipv6: "2001:db8:1::/48" };
const LARGE: Networks = { ipv4: "198.51.101.0/24", ipv6: "2001:db8:2::/48" };
const TRANSIT: Networks = { ipv4: "198.51.102.0/24", ipv6: "2001:db8:3::/48" };
const PLAIN: Networks = { ipv4: "198.51.103.0/24", ipv6: "2001:db8:4::/48" };
const IN_POOL: Networks = { ipv4: "10.244.200.0/24", ipv6: "fd00:244:0:200::/64" };

scenario("filters towards FRR", ["root", "frr"], () => {
  let site: Site;
  let node: PeregrineNode;
  let tor: Frr;
  let inside: Frr;

  beforeAll(async () => {
    site = await Site.open([TOR, INSIDE, NODE]);
    site.addRouter(TOR, TOR_AS, { filters: ["tor"] });
    site.addRouter(INSIDE, CLUSTER_AS);
    putFilter({});
    node = site.addNode(NODE);
    tor = site.frrBeside(TOR, NODE, TOR_AS, Object.values(PLAIN));
    inside = site.frrBeside(INSIDE, NODE, CLUSTER_AS, []);
    await Promise.all([node.start(), tor.start(), inside.start()]);
    for (const family of FAMILIES) {
      await announceWith(tor, TOR_AS, TAGGED[family], "set community 65001:1");
      await announceWith(tor, TOR_AS, LARGE[family], "set large-community 65001:2:3");
      await announceWith(tor, TOR_AS, TRANSIT[family], "set as-path prepend 65007 65008");
      await announceWith(tor, TOR_AS, IN_POOL[family]);
    }
    await node.waitAllEstablished({ deadlineMs: 60_000 });
    for (const family of FAMILIES) await nodeHas(family, TAGGED, LARGE, TRANSIT, PLAIN, IN_POOL);
  }, 180_000);
  afterAll(() => site.close());
  /** The rules of both families at once: none of these names an address. */
  const putFilter = ({
    import: imports = [],
    export: exports = [],
  }: {
    import?: readonly object[];
    export?: readonly object[];
  }) =>
    site.resources.put(
      resource("BGPFilter", "tor", { importV4: imports, importV6: imports, exportV4: exports, exportV6: exports }),
    );
  const has = async (family: FamilyName, networks: Networks) => (await node.routes(family)).has(networks[family]);
  const nodeHas = (family: FamilyName, ...all: Networks[]) =>
    until(`the node has ${all.map((networks) => networks[family])}`, async () => {
      const routes = await node.routes(family);
      return all.every((networks) => routes.has(networks[family]));
    });
  const nodeLacks = (family: FamilyName, networks: Networks) =>
    until(`the node has no ${networks[family]}`, async () => !(await node.routes(family)).has(networks[family]));
  const established = async () =>
    (await node.status()).sessions.map(({ name, bgpState, since, resets }) => ({ name, bgpState, since, resets }));

  test("an import rule on a community refuses what carries it, and an edit of it needs no new session", async () => {
    const before = await established();
    putFilter({ import: [{ communities: { values: ["65001:1"] }, action: "Reject" }] });
    for (const family of FAMILIES) {
      await nodeLacks(family, TAGGED);
      await nodeHas(family, LARGE, TRANSIT, PLAIN);
    }
    putFilter({ import: [{ communities: { values: ["65001:2:3"] }, action: "Reject" }] });
    for (const family of FAMILIES) {
      await nodeLacks(family, LARGE);
      await nodeHas(family, TAGGED, TRANSIT, PLAIN);
    }
    expect(await established()).toEqual(before);
  }, 120_000);

  test("an import rule on the start of the AS path refuses what came that way", async () => {
    putFilter({ import: [{ asPathPrefix: [TOR_AS, 65007], action: "Reject" }] });
    for (const family of FAMILIES) {
      await nodeLacks(family, TRANSIT);
      await nodeHas(family, TAGGED, LARGE, PLAIN);
    }
    const { stdout } = await node.command("explain", TRANSIT.ipv4);
    expect(stdout).toMatch(/BGPFilter tor importV4 rule 1 \(\S+:\d+\): reject/);
  }, 120_000);

  test("what an import rule sets goes into the kernel, and to internal peers", async () => {
    const operations = [
      { setPriority: { value: 512 } },
      { addCommunity: { value: "64512:7" } },
      { addCommunity: { value: "1:2:3" } },
    ];
    putFilter({ import: [{ asPathPrefix: [TOR_AS], action: "Accept", operations }] });
    for (const family of FAMILIES) {
      const prefix = IN_POOL[family];
      await until(`the kernel has ${prefix} with metric 512`, async () => {
        return (await kernelRoutes(site.host(NODE), family)).get(prefix)?.metric === 512;
      });
      await until(`the internal router has ${prefix} with what was set`, async () => {
        return (await frrPath(inside, prefix))?.localPref === 2147483647 - 512;
      });
      expect(await frrPath(inside, prefix)).toEqual({
        asPath: `${TOR_AS}`,
        localPref: 2147483135,
        communities: "64512:7 1:2:3",
      });
    }
  }, 120_000);

  test("an export rule prepends in front of our own AS and adds communities (reference 1.3)", async () => {
    const operations = [
      { prependASPath: { prefix: [65010, 65011] } },
      { addCommunity: { value: "65000:1" } },
      { addCommunity: { value: "65000:2:3" } },
    ];
    putFilter({ export: [{ asPathPrefix: [CLUSTER_AS], priority: 1024, action: "Accept", operations }] });
    for (const family of FAMILIES) {
      const block = blockOf(NODE, family);
      const path = await until(`the ToR has ${block} with what was set`, async () => {
        const its = await frrPath(tor, block);
        return its !== null && its.communities !== "" && its;
      });
      expect(path).toMatchObject({
        asPath: `65010 65011 ${CLUSTER_AS}`,
        communities: "65000:1 65000:2:3",
      });
    }
    putFilter({});
    for (const family of FAMILIES) {
      const block = blockOf(NODE, family);
      await until(`the ToR has ${block} as it is`, async () => (await frrPath(tor, block))?.asPath === `${CLUSTER_AS}`);
      expect(await has(family, TAGGED)).toBe(true);
    }
  }, 120_000);
});
