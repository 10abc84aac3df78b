import { afterAll, beforeAll, expect, test } from "vitest";
import type { PeregrineNode } from "../../src/lab/peregrine-node.js";
import { until } from "../../src/lab/until.js";
import { scenario } from "../setup/require-peer.js";
import { FrrContainer } from "./support/frr-container.js";
import { kernelRoutes } from "./support/kernel-routes.js";
import { blockOf, CLUSTER_AS, FAMILIES, lanAddress, Site } from "./support/site.js";

const NODE = 11;
const ROUTER = 1;
const ROUTER_AS = 65001;
const NETWORKS = { ipv4: "198.51.100.0/24", ipv6: "2001:db8:1::/48" } as const;

scenario("a router that is an FRR container", ["root", "podman"], () => {
  let site: Site;
  let node: PeregrineNode;
  let router: FrrContainer;

  beforeAll(async () => {
    site = await Site.open([ROUTER, NODE]);
    site.addRouter(ROUTER, ROUTER_AS);
    node = site.addNode(NODE);
    router = await FrrContainer.start(site.host(ROUTER), {
      asNumber: ROUTER_AS,
      routerId: lanAddress(ROUTER, "ipv4"),
      networks: Object.values(NETWORKS),
      neighbors: FAMILIES.map((family) => ({
        address: lanAddress(NODE, family),
        asNumber: CLUSTER_AS,
        localAddress: lanAddress(ROUTER, family),
      })),
    });
    await node.start();
  }, 600_000); // the image is made once on a machine
  afterAll(async () => {
    try {
      await router?.remove();
    } finally {
      await site.close();
    }
  });

  test("has both sessions Established", async () => {
    for (const family of FAMILIES) await node.waitEstablished(lanAddress(ROUTER, family), { deadlineMs: 60_000 });
  }, 150_000);

  test.each(FAMILIES)(
    "its %s network is in our kernel",
    async (family) => {
      const route = await until("the route is there", async () =>
        (await kernelRoutes(site.host(NODE), family)).get(NETWORKS[family]),
      );
      expect(route.nextHops).toEqual([lanAddress(ROUTER, family)]);
    },
    60_000,
  );

  test.each(FAMILIES)(
    "our %s block is in its kernel",
    async (family) => {
      await until("the router has programmed it", async () =>
        (await site.host(ROUTER).ip(family === "ipv4" ? "-4" : "-6", "route", "show", blockOf(NODE, family))).includes(
          lanAddress(NODE, family),
        ),
      );
    },
    60_000,
  );
});
