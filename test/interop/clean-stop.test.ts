import { afterAll, beforeAll, expect, test } from "vitest";
import { Bird } from "../../src/lab/bird.js";
import { Frr } from "../../src/lab/frr.js";
import type { PeregrineNode } from "../../src/lab/peregrine-node.js";
import { until } from "../../src/lab/until.js";
import { scenario } from "../setup/require-peer.js";
import { CLUSTER_AS, lanAddress, Site } from "./support/site.js";

const NODE = 11;
const FRR = 1;
const BIRD = 2;

scenario("a clean stop", ["root", "frr", "bird"], () => {
  let site: Site;
  let node: PeregrineNode;
  let frr: Frr;
  let bird: Bird;

  beforeAll(async () => {
    site = await Site.open([FRR, BIRD, NODE]);
    for (const octet of [FRR, BIRD]) site.addRouter(octet, 65000 + octet);
    node = site.addNode(NODE);
    frr = new Frr(site.host(FRR), options(FRR));
    bird = new Bird(site.host(BIRD), options(BIRD));
    await Promise.all([node.start(), frr.start(), bird.start()]);
    await node.waitAllEstablished({ deadlineMs: 60_000 });
  }, 180_000);
  afterAll(() => site.close());

  const options = (octet: number) => ({
    asNumber: 65000 + octet,
    routerId: lanAddress(octet, "ipv4"),
    neighbors: (["ipv4", "ipv6"] as const).map((family) => ({
      address: lanAddress(NODE, family),
      asNumber: CLUSTER_AS,
      localAddress: lanAddress(octet, family),
    })),
  });

  test("SIGTERM ends the daemon with exit code 0 in under five seconds", async () => {
    const begun = performance.now();
    node.signal("SIGTERM");
    expect(await node.exited(10_000)).toBe(0);
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  test("BIRD and FRR were told by a Cease: Administrative Shutdown (RFC 4486)", async () => {
    await until("BIRD says so", () => /peer_10_179_0_11: Received: Administrative shutdown/.test(bird.log()));
    await until("FRR says so", async () => {
      const text = await frr.show(`bgp neighbors ${lanAddress(NODE, "ipv4")} json`);
      const neighbors = JSON.parse(text) as Record<string, { lastNotificationReason?: string }>;
      return /Cease\/Administrat\w+ Shutdown/i.test(neighbors[lanAddress(NODE, "ipv4")]?.lastNotificationReason ?? "");
    });
  }, 60_000);
});
