import { afterAll, beforeAll, expect, test } from "vitest";
import type { Host } from "../../../src/lab/host.js";
import type { PeregrineNode } from "../../../src/lab/peregrine-node.js";
import type { Speaker, SpeakerOptions } from "../../../src/lab/speaker.js";
import { until } from "../../../src/lab/until.js";
import { type Requirement, scenario } from "../../setup/require-peer.js";
import { kernelRoutes } from "./kernel-routes.js";
import { RouteWatch } from "./route-watch.js";
import { blockOf, CLUSTER_AS, FAMILIES, lanAddress, Site } from "./site.js";

const NODE = 11;
const ROUTER = 1;
const ROUTER_AS = 65001;
const RESTART_SECONDS = 40; // a busy machine starts a speaker again well within it
const PATIENCE = { deadlineMs: 60_000 };

/** What the router announces whenever it starts. */
const LASTING = ["198.51.100.0/24", "192.0.2.0/24", "2001:db8:1::/48", "2001:db8:2::/48"];
/** What it announces for a while. */
const PASSING = { ipv4: "203.0.112.0/24", ipv6: "2001:db8:9::/48" } as const;

export interface RestartingKind {
  readonly requirements: readonly Requirement[];
  readonly makeRouter: (host: Host, options: SpeakerOptions) => Speaker;
}

/** Restarts at both ends of sessions with one kind of router, over IPv4 and IPv6 at once (RFC 4724). */
export function gracefulRestartScenario(name: string, { requirements, makeRouter }: RestartingKind): void {
  scenario(name, ["root", ...requirements], () => {
    let site: Site;
    let node: PeregrineNode;
    let router: Speaker;

    beforeAll(async () => {
      site = await Site.open([ROUTER, NODE]);
      site.addRouter(ROUTER, ROUTER_AS, { maxRestartTime: `${RESTART_SECONDS}s` });
      node = site.addNode(NODE);
      router = makeRouter(site.host(ROUTER), {
        asNumber: ROUTER_AS,
        routerId: lanAddress(ROUTER, "ipv4"),
        networks: LASTING,
        restartTimeSeconds: RESTART_SECONDS,
        neighbors: FAMILIES.map((family) => ({
          address: lanAddress(NODE, family),
          asNumber: CLUSTER_AS,
          localAddress: lanAddress(ROUTER, family),
          holdTimeSeconds: 30,
        })),
      });
      await Promise.all([node.start(), router.start()]);
      await everythingTold();
    }, 180_000);
    afterAll(() => site.close());

    const blocks = FAMILIES.map((family) => blockOf(NODE, family));
    const inNodesKernel = async () =>
      new Set(
        (await Promise.all(FAMILIES.map((family) => kernelRoutes(site.host(NODE), family)))).flatMap((all) => [...all.keys()]),
      );
    const nodeHas = async (...prefixes: readonly string[]) => {
      const kernel = await inNodesKernel();
      return prefixes.every((prefix) => kernel.has(prefix));
    };
    const nodeLacks = async (...prefixes: readonly string[]) => {
      const kernel = await inNodesKernel();
      return prefixes.every((prefix) => !kernel.has(prefix));
    };
    const routerHas = async (...prefixes: readonly string[]) => {
      const tables = await Promise.all(FAMILIES.map((family) => router.routes(family)));
      return prefixes.every((prefix) => tables.some((table) => table.has(prefix)));
    };
    const everythingTold = async () => {
      await node.waitAllEstablished(PATIENCE);
      await until("the node has the router's routes", () => nodeHas(...LASTING), PATIENCE);
      await until("the router has the node's blocks", () => routerHas(...blocks), PATIENCE);
    };
    const sessions = async () => (await node.status()).sessions;
    const routesAreStale = () =>
      until("the sessions are down and all their routes stale", async () =>
        (await sessions()).every(
          ({ received, stale, state, gracefulRestart: { peerRestarting, staleUntil } }) =>
            state !== "up" && received >= 2 && stale === received && peerRestarting && staleUntil !== null,
        ),
      );
    const nothingIsStale = () =>
      until(
        "nothing is stale",
        async () => (await sessions()).every(({ stale, gracefulRestart }) => stale === 0 && !gracefulRestart.peerRestarting),
        PATIENCE,
      );
    const passingRoutesCome = async () => {
      for (const family of FAMILIES) await router.announce(PASSING[family]);
      await until("the node has the passing routes", () => nodeHas(...Object.values(PASSING)), PATIENCE);
    };
    const nodeRecovers = async () => {
      await until("the node has recovered", async () => (await node.status()).recovery.phase === "over", PATIENCE);
      await everythingTold();
    };

    test("both ends have agreed on it, with the restart times of either", async () => {
      await nothingIsStale();
      for (const { gracefulRestart, stale } of await sessions()) {
        expect({ ...gracefulRestart, stale }).toMatchObject({
          negotiated: true,
          restartTimeSeconds: RESTART_SECONDS,
          peerRestartTimeSeconds: RESTART_SECONDS,
          peerRestarting: false,
          stale: 0,
        });
      }
    });

    test("a killed router that comes back: its routes never leave our kernel, and what it tells no more goes at End-of-RIB", async () => {
      await passingRoutesCome();
      const watch = await RouteWatch.open(site.host(NODE));
      await router.kill();
      await routesAreStale();
      expect(await nodeHas(...LASTING, ...Object.values(PASSING))).toBe(true);
      await router.start();
      await node.waitAllEstablished(PATIENCE);
      await nothingIsStale();
      await until("the passing routes are gone", () => nodeLacks(...Object.values(PASSING)));
      expect(await nodeHas(...LASTING)).toBe(true);
      expect(await watch.removalsOf(...LASTING)).toEqual([]);
      await everythingTold();
    }, 180_000);

    test("we are killed: the router's routes to us and ours to it stay, and what was withdrawn meanwhile goes after End-of-RIB", async () => {
      await passingRoutesCome();
      const watches = await Promise.all([ROUTER, NODE].map((octet) => RouteWatch.open(site.host(octet))));
      await node.kill();
      await until("the router has lost the sessions", async () => {
        const states = await Promise.all(FAMILIES.map((family) => router.sessionState(lanAddress(NODE, family))));
        return states.every((state) => state !== "Established");
      });
      for (const family of FAMILIES) await router.withdraw(PASSING[family]);
      expect(await routerHas(...blocks)).toBe(true);
      expect(await nodeHas(...LASTING, ...Object.values(PASSING))).toBe(true);
      await node.start();
      await nodeRecovers();
      await until("the passing routes are gone", () => nodeLacks(...Object.values(PASSING)));
      expect(await watches[0]!.removalsOf(...blocks)).toEqual([]);
      expect(await watches[1]!.removalsOf(...LASTING, ...blocks)).toEqual([]);
    }, 180_000);

    test("a planned restart (SIGQUIT) loses no packet on its way into our blocks", async () => {
      const target = blocks[0]!.replace(/0\/\d+$/, "5");
      await site.host(NODE).ip("address", "add", `${target}/32`, "dev", "lo");
      const ping = site.host(ROUTER).run("ping", ["-q", "-i", "0.05", "-W", "1", "-c", "240", target], { timeoutMs: 30_000 });
      const watch = await RouteWatch.open(site.host(ROUTER));
      const begun = performance.now();
      node.signal("SIGQUIT");
      expect(await node.exited(10_000)).toBe(0);
      expect(performance.now() - begun).toBeLessThan(5_000);
      await node.start();
      await nodeRecovers();
      expect(await watch.removalsOf(...blocks)).toEqual([]);
      const [, sent, received] = /(\d+) packets transmitted, (\d+) received/.exec((await ping).stdout)!;
      expect(Number(sent)).toBeGreaterThan(100);
      expect(received).toBe(sent);
    }, 180_000);

    test("a router that does not come back: its routes go when its restart time is over", async () => {
      const begun = performance.now();
      await router.kill();
      await routesAreStale();
      await until("the routes are gone", () => nodeLacks(...LASTING), PATIENCE);
      const seconds = (performance.now() - begun) / 1000;
      expect(seconds).toBeGreaterThan(RESTART_SECONDS - 0.5);
      expect(seconds).toBeLessThan(RESTART_SECONDS + 10);
      await router.start();
      await everythingTold();
    }, 180_000);

    test("a stop for good (SIGTERM) withdraws our routes at once", async () => {
      node.signal("SIGTERM");
      expect(await node.exited(10_000)).toBe(0);
      await until(
        "the router has forgotten them",
        async () => {
          const tables = await Promise.all(FAMILIES.map((family) => router.routes(family)));
          return blocks.every((block) => tables.every((table) => !table.has(block)));
        },
        { deadlineMs: 5_000 },
      );
    }, 60_000);
  });
}
