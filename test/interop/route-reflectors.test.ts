import { afterAll, beforeAll, expect, test } from "vitest";
import type { PeregrineNode } from "../../src/lab/peregrine-node.js";
import { resource } from "../../src/lab/resource-directory.js";
import { until } from "../../src/lab/until.js";
import { scenario } from "../setup/require-peer.js";
import { kernelRoutes } from "./support/kernel-routes.js";
import { blockOf, FAMILIES, lanAddress, Site } from "./support/site.js";

const REFLECTORS = [1, 2] as const;
const CLIENTS = [11, 12, 13, 14] as const;
const ALL = [...REFLECTORS, ...CLIENTS] as const;
const CLUSTER_ID = "244.0.0.1";

scenario("two route reflectors with four clients", ["root"], () => {
  let site: Site;
  let nodes: ReadonlyMap<number, PeregrineNode>;

  beforeAll(async () => {
    site = await Site.open(ALL, [
      resource("BGPConfiguration", "default", { nodeToNodeMeshEnabled: false }),
      resource("BGPPeer", "all-to-reflectors", { nodeSelector: "all()", peerSelector: "has(route-reflector)" }),
    ]);
    nodes = new Map([
      ...REFLECTORS.map(
        (octet) => [octet, site.addNode(octet, { clusterId: CLUSTER_ID, labels: { "route-reflector": "true" } })] as const,
      ),
      ...CLIENTS.map((octet) => [octet, site.addNode(octet)] as const),
    ]);
    await Promise.all([...nodes.values()].map((node) => node.start()));
  });
  afterAll(() => site.close());

  test("every session is Established; clients have sessions with the reflectors only", async () => {
    for (const node of nodes.values()) await node.waitAllEstablished({ deadlineMs: 90_000 });
    for (const octet of CLIENTS) {
      const peers = (await nodes.get(octet)!.status()).sessions.map(({ address }) => address);
      expect(peers.sort()).toEqual(REFLECTORS.flatMap((peer) => FAMILIES.map((family) => lanAddress(peer, family))).sort());
    }
  }, 180_000);

  test.each(ALL)(
    "node %i has every other node's block in its kernel, by that node",
    async (octet) => {
      for (const family of FAMILIES) {
        for (const owner of ALL.filter((other) => other !== octet)) {
          const route = await until(`node ${octet} has the block of ${owner}`, async () =>
            (await kernelRoutes(site.host(octet), family)).get(blockOf(owner, family)),
          );
          expect(route).toMatchObject({ type: "unicast", nextHops: [lanAddress(owner, family)] });
        }
      }
    },
    60_000,
  );

  test("a reflected route names its originator and the cluster it came through (RFC 4456 §8)", async () => {
    const route = (await nodes.get(11)!.locRib()).find(({ prefix }) => prefix === blockOf(12, "ipv4"));
    expect(route?.attributes).toMatchObject({ originatorId: lanAddress(12, "ipv4"), clusterList: [CLUSTER_ID] });
  });

  test("one reflector is enough", async () => {
    await nodes.get(1)!.stop();
    await until(
      "node 11 gave the first reflector up",
      async () => (await nodes.get(11)!.sessionState(lanAddress(1, "ipv4"))) !== "Established",
    );
    for (const family of FAMILIES) {
      await nodes.get(12)!.announce(LATER[family]);
      const route = await until(`node 11 learns ${LATER[family]}`, async () =>
        (await kernelRoutes(site.host(11), family)).get(LATER[family]),
      );
      expect(route.nextHops).toEqual([lanAddress(12, family)]);
    }
  }, 60_000);
});

const LATER = { ipv4: "10.244.99.0/26", ipv6: "fd00:244:0:99::/122" } as const;
