import { afterAll, beforeAll, expect, test } from "vitest";
import type { PeregrineNode } from "../../src/lab/peregrine-node.js";
import { until } from "../../src/lab/until.js";
import { scenario } from "../setup/require-peer.js";
import { kernelRoutes } from "./support/kernel-routes.js";
import { blockOf, FAMILIES, lanAddress, Site } from "./support/site.js";

const NODES = [11, 12, 13] as const;

scenario("a mesh of three nodes", ["root"], () => {
  let site: Site;
  let nodes: ReadonlyMap<number, PeregrineNode>;

  beforeAll(async () => {
    site = await Site.open(NODES);
    nodes = new Map(NODES.map((octet) => [octet, site.addNode(octet)]));
    await Promise.all([...nodes.values()].map((node) => node.start()));
  });
  afterAll(() => site.close());

  test("has every session Established, of both families", async () => {
    for (const node of nodes.values()) {
      await node.waitAllEstablished({ deadlineMs: 60_000 });
      const { sessions } = await node.status();
      expect(sessions.map(({ type }) => type)).toEqual(Array(4).fill("mesh"));
    }
  }, 180_000);

  test.each(NODES.flatMap((octet) => FAMILIES.map((family) => [octet, family] as const)))(
    "node %i has every %s block in its kernel",
    async (octet, family) => {
      for (const owner of NODES) {
        const route = await until(`node ${octet} has the block of ${owner}`, async () =>
          (await kernelRoutes(site.host(octet), family)).get(blockOf(owner, family)),
        );
        if (owner === octet) expect(route).toMatchObject({ type: "blackhole" });
        else expect(route).toMatchObject({ type: "unicast", nextHops: [lanAddress(owner, family)] });
      }
    },
    60_000,
  );

  test("forgets the blocks of a node that stops", async () => {
    await nodes.get(13)!.stop();
    for (const family of FAMILIES) {
      await until(
        `node 11 has no block of 13`,
        async () => !(await kernelRoutes(site.host(11), family)).has(blockOf(13, family)),
        {
          deadlineMs: 150_000,
        },
      );
    }
  }, 180_000);
});
