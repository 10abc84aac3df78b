import { afterAll, beforeAll, expect, test } from "vitest";
import { Bird } from "../../../src/lab/bird.js";
import type { Host } from "../../../src/lab/host.js";
import type { PeregrineNode } from "../../../src/lab/peregrine-node.js";
import type { Neighbor, PathSpeaker, SpeakerOptions } from "../../../src/lab/speaker.js";
import { until } from "../../../src/lab/until.js";
import { type Requirement, scenario } from "../../setup/require-peer.js";
import { CLUSTER_AS, FAMILIES, lanAddress, Site } from "./site.js";

const NODE = 11;
const UPSTREAMS = [1, 2] as const;
const ROUTER = 3;
const asOf = (octet: number) => 65000 + octet;
/** Inside our pools, so that we pass on what upstreams say of them. */
const NETWORKS = { ipv4: "10.244.200.0/26", ipv6: "fd00:244:0:200::/122" } as const;

export interface PathsKind {
  readonly requirements: readonly Requirement[];
  readonly makeRouter: (host: Host, options: SpeakerOptions) => PathSpeaker;
}

/**
 * Two upstreams tell the same prefixes to us and to a router, both of which tell each other all their paths (RFC 7911). The
 * upstreams themselves know nothing of that.
 */
export function pathsScenario(name: string, { requirements, makeRouter }: PathsKind): void {
  scenario(name, ["root", "bird", ...requirements], () => {
    let site: Site;
    let node: PeregrineNode;
    let router: PathSpeaker;
    let upstreams: readonly Bird[];

    beforeAll(async () => {
      site = await Site.open([...UPSTREAMS, ROUTER, NODE]);
      for (const octet of [...UPSTREAMS, ROUTER]) site.addRouter(octet, asOf(octet));
      node = site.addNode(NODE);
      const neighbors = (from: number, to: readonly number[], more: Partial<Neighbor> = {}): readonly Neighbor[] =>
        to.flatMap((octet) =>
          FAMILIES.map((family) => ({
            ...{ address: lanAddress(octet, family), localAddress: lanAddress(from, family) },
            asNumber: octet === NODE ? CLUSTER_AS : asOf(octet),
            ...more,
          })),
        );
      const options = (octet: number) => ({ asNumber: asOf(octet), routerId: lanAddress(octet, "ipv4") });
      upstreams = UPSTREAMS.map(
        (octet) =>
          new Bird(site.host(octet), {
            ...options(octet),
            networks: Object.values(NETWORKS),
            neighbors: neighbors(octet, [NODE, ROUTER]),
          }),
      );
      router = makeRouter(site.host(ROUTER), {
        ...options(ROUTER),
        neighbors: [...neighbors(ROUTER, UPSTREAMS), ...neighbors(ROUTER, [NODE], { addPath: true })],
      });
      await Promise.all([node, router, ...upstreams].map((speaker) => speaker.start()));
    }, 120_000);
    afterAll(() => site.close());

    const routerHas = (family: (typeof FAMILIES)[number], octets: readonly number[]) =>
      until(`the router has our paths to ${NETWORKS[family]} by ${octets}`, async () => {
        const paths = await router.pathsFrom(lanAddress(NODE, family), NETWORKS[family]);
        const found = paths.map(({ asPath }) => asPath.join(" ")).sort();
        return found.join() === octets.map((octet) => `${CLUSTER_AS} ${asOf(octet)}`).join();
      });
    const weHave = (family: (typeof FAMILIES)[number], octets: readonly number[]) =>
      until(`we have the router's paths to ${NETWORKS[family]} by ${octets}`, async () => {
        const received = await node.pathsFrom(lanAddress(ROUTER, family), NETWORKS[family]);
        const paths = received.filter(({ accepted }) => accepted); // FRR sends ours back, too: refused for our AS number
        const found = paths.map(({ attributes }) => attributes.asPath).sort();
        return found.join() === octets.map((octet) => `${asOf(ROUTER)} ${asOf(octet)}`).join() && paths;
      });

    test("every session is Established", async () => {
      await node.waitAllEstablished({ deadlineMs: 90_000 });
      for (const family of FAMILIES) {
        await router.waitEstablished(lanAddress(NODE, family));
        expect((await node.session(lanAddress(ROUTER, family))).capabilities).toContainEqual(
          expect.stringMatching(/^add-path .*\/1 both/),
        );
      }
    }, 120_000);

    test.each(FAMILIES)(
      "the router has both our paths over %s, and we have both of its, each by an identifier",
      async (family) => {
        await routerHas(family, UPSTREAMS);
        const paths = await weHave(family, UPSTREAMS);
        expect(new Set(paths.map(({ pathId }) => pathId)).size).toBe(2);
        expect(paths.every(({ pathId }) => pathId !== null)).toBe(true);
        const { stdout } = await node.command("explain", NETWORKS[family]);
        for (const { pathId } of paths) expect(stdout).toContain(`from ${lanAddress(ROUTER, family)} path ${pathId} (bgp)`);
      },
      60_000,
    );

    test.each(FAMILIES)(
      "the router is told what came from the upstreams only, and of that each path once, over %s",
      async (family) => {
        const { stdout } = await node.command("routes", NETWORKS[family], "--out", lanAddress(ROUTER, family), "-o", "json");
        const told = JSON.parse(stdout) as readonly {
          readonly pathId: number;
          readonly attributes: { readonly asPath: string };
        }[];
        expect(told.map(({ attributes }) => attributes.asPath).sort()).toEqual(
          UPSTREAMS.map((octet) => `${CLUSTER_AS} ${asOf(octet)}`),
        );
        expect(new Set(told.map(({ pathId }) => pathId)).size).toBe(2);
      },
      60_000,
    );

    test.each(FAMILIES)(
      "what one upstream withdraws over %s goes at both ends, and the other path stays",
      async (family) => {
        await upstreams[1]!.withdraw(NETWORKS[family]);
        await routerHas(family, [1]);
        await weHave(family, [1]);
        await upstreams[1]!.announce(NETWORKS[family]);
        await routerHas(family, UPSTREAMS);
        await weHave(family, UPSTREAMS);
      },
      120_000,
    );
  });
}
