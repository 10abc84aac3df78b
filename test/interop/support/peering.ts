import { afterAll, beforeAll, expect, test } from "vitest";
import type { Host } from "../../../src/lab/host.js";
import type { PeregrineNode } from "../../../src/lab/peregrine-node.js";
import type { FamilyName, Neighbor, Speaker, SpeakerOptions } from "../../../src/lab/speaker.js";
import { until } from "../../../src/lab/until.js";
import { type Requirement, scenario } from "../../setup/require-peer.js";
import { kernelRoutes } from "./kernel-routes.js";
import { blockOf, CLUSTER_AS, FAMILIES, lanAddress, Site } from "./site.js";

const NODE = 11;
const ROUTER = 1;
const ROUTER_NETWORKS = { ipv4: "198.51.100.0/24", ipv6: "2001:db8:1::/48" } as const;
const LATER_NETWORKS = { ipv4: "203.0.113.0/24", ipv6: "2001:db8:2::/48" } as const;
const LATER_BLOCKS = { ipv4: "10.244.99.0/26", ipv6: "fd00:244:0:99::/122" } as const;
const HOLD_TIME_SECONDS = 6;
const PATIENCE = { deadlineMs: 60_000 };

/** Who opens the connection. */
const OPENINGS = {
  "we dial, the router waits": { passive: true },
  "the router dials, we find nobody at its port": { port: 1179 },
  "both dial": {},
} as const;

export interface PeeringKind {
  readonly requirements: readonly Requirement[];
  readonly routerAs: number; // CLUSTER_AS: iBGP
  readonly makeRouter: (host: Host, options: SpeakerOptions) => Speaker;
}

/** Everything a session with one kind of router goes through, over IPv4 and IPv6 at once. */
export function peeringScenario(name: string, { requirements, routerAs, makeRouter }: PeeringKind): void {
  scenario(name, ["root", ...requirements], () => {
    let site: Site;
    let node: PeregrineNode;
    let router: Speaker;

    beforeAll(async () => {
      site = await Site.open([ROUTER, NODE]);
      site.addRouter(ROUTER, routerAs);
      node = site.addNode(NODE);
      await node.start();
    });
    afterAll(() => site.close());

    const neighbor = (family: FamilyName, passive: boolean): Neighbor => ({
      address: lanAddress(NODE, family),
      asNumber: CLUSTER_AS,
      localAddress: lanAddress(ROUTER, family),
      holdTimeSeconds: HOLD_TIME_SECONDS,
      passive,
    });
    const startRouter = async ({ passive = false, port = 179 }: { passive?: boolean; port?: number }) => {
      router = makeRouter(site.host(ROUTER), {
        asNumber: routerAs,
        routerId: lanAddress(ROUTER, "ipv4"),
        networks: Object.values(ROUTER_NETWORKS),
        neighbors: FAMILIES.map((family) => neighbor(family, passive)),
        port,
      });
      await router.start();
    };
    const everySessionUp = async () => {
      for (const family of FAMILIES) {
        await node.waitEstablished(lanAddress(ROUTER, family), PATIENCE);
        await router.waitEstablished(lanAddress(NODE, family), PATIENCE);
      }
    };
    const weHave = (prefix: string, family: FamilyName) =>
      until(`we have ${prefix} in Loc-RIB and kernel`, async () => {
        const inKernel = (await kernelRoutes(site.host(NODE), family)).has(prefix);
        return inKernel && (await node.routes(family)).get(prefix);
      });
    const weLack = (prefix: string, family: FamilyName) =>
      until(`we have no ${prefix}, neither in Loc-RIB nor kernel`, async () => {
        const inKernel = (await kernelRoutes(site.host(NODE), family)).has(prefix);
        return !inKernel && !(await node.routes(family)).has(prefix);
      });
    const routerHas = (prefix: string, family: FamilyName) =>
      until(`the router has ${prefix}`, async () => (await router.routes(family)).get(prefix));
    const routerLacks = (prefix: string, family: FamilyName) =>
      until(`the router has no ${prefix}`, async () => !(await router.routes(family)).has(prefix));
    const sessionsLost = () =>
      until(
        "both sessions are down",
        async () => (await node.status()).sessions.every(({ bgpState }) => bgpState !== "Established"),
        PATIENCE,
      );

    test.each(Object.entries(OPENINGS))(
      "sessions are Established when %s",
      async (_, opening) => {
        await startRouter(opening);
        await everySessionUp();
        if (opening !== OPENINGS["both dial"]) {
          await router.stop();
          await sessionsLost();
        }
      },
      180_000,
    );

    test.each(FAMILIES)(
      "routes go both ways over %s, with their next hop and AS path",
      async (family) => {
        const internal = routerAs === CLUSTER_AS;
        expect(await weHave(ROUTER_NETWORKS[family], family)).toEqual({
          nextHop: lanAddress(ROUTER, family),
          asPath: internal ? [] : [routerAs],
        });
        expect(await routerHas(blockOf(NODE, family), family)).toEqual({
          nextHop: lanAddress(NODE, family),
          asPath: internal ? [] : [CLUSTER_AS],
        });
      },
      60_000,
    );

    test.each(FAMILIES)(
      "what is announced and withdrawn later over %s comes and goes at the other end",
      async (family) => {
        await router.announce(LATER_NETWORKS[family]);
        await node.announce(LATER_BLOCKS[family]);
        await weHave(LATER_NETWORKS[family], family);
        await routerHas(LATER_BLOCKS[family], family);
        await router.withdraw(LATER_NETWORKS[family]);
        await node.withdraw(LATER_BLOCKS[family]);
        await weLack(LATER_NETWORKS[family], family);
        await routerLacks(LATER_BLOCKS[family], family);
      },
      120_000,
    );

    test("a router that falls silent is given up when the hold time ends, and taken back when it speaks again", async () => {
      router.pause();
      await sessionsLost();
      for (const family of FAMILIES) {
        await weLack(ROUTER_NETWORKS[family], family);
        expect((await node.session(lanAddress(ROUTER, family))).lastError).toMatch(/hold timer/i);
      }
      router.resume();
      await everySessionUp();
      for (const family of FAMILIES) await weHave(ROUTER_NETWORKS[family], family);
    }, 180_000);

    test("a cut cable costs the sessions, and after it both ends that dial at once agree on one connection that stays", async () => {
      await site.lan.setLink(site.host(ROUTER), false);
      await sessionsLost();
      await site.lan.setLink(site.host(ROUTER), true);
      await everySessionUp();
      for (const family of FAMILIES) {
        await weHave(ROUTER_NETWORKS[family], family);
        await routerHas(blockOf(NODE, family), family);
        await staysUp(node, lanAddress(ROUTER, family));
      }
    }, 180_000);
  });
}

/** Passes when a session has lived through three more keepalives without a reset. */
async function staysUp(node: PeregrineNode, peer: string): Promise<void> {
  const messages = ({ messagesIn }: { messagesIn: Readonly<Record<string, number>> }) =>
    Object.values(messagesIn).reduce((sum, count) => sum + count, 0);
  const before = await node.session(peer);
  const after = await until("three more messages came in", async () => {
    const session = await node.session(peer);
    return messages(session) >= messages(before) + 3 && session;
  });
  expect({ state: after.bgpState, since: after.since, resets: after.resets }).toEqual({
    state: "Established",
    since: before.since,
    resets: before.resets,
  });
}
