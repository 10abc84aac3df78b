import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Bird } from "../../src/lab/bird.js";
import { Frr } from "../../src/lab/frr.js";
import type { PeregrineNode } from "../../src/lab/peregrine-node.js";
import { resource } from "../../src/lab/resource-directory.js";
import type { Speaker } from "../../src/lab/speaker.js";
import { until } from "../../src/lab/until.js";
import { connectWorkload } from "../../src/lab/workload.js";
import { scenario } from "../setup/require-peer.js";
import { kernelRoutes } from "./support/kernel-routes.js";
import { blockOf, Site } from "./support/site.js";

const NODE = 11;
const WORKLOAD_AS = 64516;
const NODE_AS = 65002; // as the workloads know it
const GATEWAY = "169.254.1.1"; // the address of the node on every workload's link, which workloads dial
const WORKLOADS = [
  { make: Bird, name: "bird", address: "10.244.11.5", network: "198.51.100.0/24" },
  { make: Frr, name: "frr", address: "10.244.11.6", network: "203.0.113.0/24" },
] as const;

scenario("workloads of the node that dial in to it", ["root", "bird", "frr"], () => {
  let site: Site;
  let node: PeregrineNode;
  let statuses: string;
  const speakers = new Map<string, Speaker>();

  beforeAll(async () => {
    site = await Site.open([NODE]);
    const prefix = join(site.network.directory, "calico");
    statuses = join(prefix, "endpoint-status");
    mkdirSync(statuses, { recursive: true });
    const spec = { localWorkloadSelector: "app == 'router'", asNumber: WORKLOAD_AS, localASNumber: NODE_AS };
    site.resources.put(resource("BGPPeer", "routers", spec));
    site.resources.put(resource("BGPConfiguration", "default", { localWorkloadPeeringIPV4: GATEWAY }));
    node = site.addNode(NODE, {}, { environment: { CALICO_ENDPOINT_STATUS_PATH_PREFIX: prefix } });
    await Promise.all([node.start(), ...WORKLOADS.map(startWorkload)]);
  }, 180_000);
  afterAll(() => site.close());

  const startWorkload = async ({ make, name, address, network }: (typeof WORKLOADS)[number]) => {
    const host = await connectWorkload(site.network, site.host(NODE), name, address);
    const neighbor = { address: GATEWAY, asNumber: NODE_AS, localAddress: address, hops: 2, holdTimeSeconds: 12 };
    const speaker = new make(host, { asNumber: WORKLOAD_AS, routerId: address, networks: [network], neighbors: [neighbor] });
    speakers.set(name, speaker);
    await speaker.start();
  };
  /** As Felix does: in place. */
  const putStatus = (name: string, address: string) => {
    const status = { ifaceName: `cali${name}`, mac: "ee:ee:ee:ee:ee:ee", ipv4Nets: [`${address}/32`], bgpPeerName: "routers" };
    writeFileSync(join(statuses, `k8s default%2f${name} eth0`), JSON.stringify(status));
  };

  test("before Felix tells of them they are strangers", async () => {
    expect((await node.status()).sessions).toEqual([]);
    for (const { name } of WORKLOADS) expect(await speakers.get(name)!.sessionState(GATEWAY)).not.toBe("Established");
  });

  test.each(WORKLOADS)(
    "$name comes up once Felix tells of it, and its routes lead into it",
    async ({ name, address, network }) => {
      putStatus(name, address);
      await node.waitEstablished(address, { deadlineMs: 60_000 });
      expect(await node.session(address)).toMatchObject({
        type: "workload",
        passive: true,
        localAsNumber: NODE_AS,
        asNumber: WORKLOAD_AS,
      });
      const route = await until(`the kernel has ${network}`, async () =>
        (await kernelRoutes(site.host(NODE), "ipv4")).get(network),
      );
      expect(route.nextHops).toEqual([address]);
      const block = blockOf(NODE, "ipv4");
      const told = await until(`${name} has the block`, async () => (await speakers.get(name)!.routes("ipv4")).get(block));
      expect(told).toEqual({ nextHop: GATEWAY, asPath: [NODE_AS] });
    },
    90_000,
  );

  test("status shows them as local workloads", async () => {
    const { stdout } = await node.command("status");
    for (const { address } of WORKLOADS) expect(stdout).toMatch(new RegExp(`${address} +\\| local workload +\\| up `));
  });

  test("a workload that goes takes its session and its routes with it; the others stay", async () => {
    const [gone, stays] = WORKLOADS;
    const before = (await node.session(stays.address)).since;
    rmSync(join(statuses, `k8s default%2f${gone.name} eth0`));
    await until("its session is gone", async () => (await node.status()).sessions.length === 1);
    await until("its route is gone", async () => !(await kernelRoutes(site.host(NODE), "ipv4")).has(gone.network));
    expect(await node.session(stays.address)).toMatchObject({ bgpState: "Established", since: before });
  }, 90_000);
});
