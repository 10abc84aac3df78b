import { afterAll, beforeAll, expect, test } from "vitest";
import type { PeregrineNode } from "../../src/lab/peregrine-node.js";
import { until } from "../../src/lab/until.js";
import { scenario } from "../setup/require-peer.js";
import { type BirdPath, type CalicoRelease, isPassive } from "./support/calico-bird.js";
import { BIRD_PROTOCOL, CalicoMesh } from "./support/calico-mesh.js";
import { blockOf, FAMILIES, lanAddress } from "./support/site.js";

/** As numbers 10.179.0.9 < 10.179.0.10, as text it is the other way round; over IPv6 the last digits are 9, a and b. */
const [A, B, C] = [9, 10, 11] as const;
const MESH = [A, B, C];

interface Release {
  readonly release: CalicoRelease;
  readonly arguments: readonly string[];
  readonly password: string | null; // of the mesh
  readonly localPref: number;
  readonly metric: number; // of learned IPv4 routes; IPv6 has 1024 in both
}

const RELEASES: readonly Release[] = [
  { release: "3.32", arguments: [], password: null, localPref: 2147482623, metric: 1024 },
  { release: "3.31", arguments: ["--route-priorities", "off"], password: "tangerine", localPref: 100, metric: 0 },
];

const recoveryOf = async (node: PeregrineNode) => (await node.status()).recovery;
const takesOver = async (mesh: CalicoMesh, node: PeregrineNode) => {
  await mesh.bird(B).kill();
  await node.start();
  await node.waitAllEstablished({ deadlineMs: 40_000 });
  await until("the node has recovered", async () => (await recoveryOf(node)).phase === "over");
};

for (const { release, localPref, metric, password, arguments: words } of RELEASES) {
  scenario(
    `a node of a mesh ${password === null ? "" : "with a password "}changes from Calico ${release}'s BIRD to Peregrine`,
    ["root", "bird"],
    () => {
      let mesh: CalicoMesh;
      let node: PeregrineNode;
      let before: Awaited<ReturnType<typeof stateOf>>;

      beforeAll(async () => {
        mesh = await CalicoMesh.open(MESH, release, password);
        node = mesh.site.addNode(B, {}, { arguments: ["--route-protocol", String(BIRD_PROTOCOL), ...words] });
        before = await stateOf();
      }, 90_000);
      afterAll(() => mesh.site.close());

      /** What packets and other nodes depend on. */
      const stateOf = async () => ({
        routes: await Promise.all(MESH.map((octet) => mesh.routesOf(octet))),
        paths: await Promise.all([A, C].map((octet) => mesh.bird(octet).paths())),
      });

      test("all are BIRD: routes, metrics and LOCAL_PREF are those of the release", () => {
        expect(before.routes[0]).toEqual(
          new Map([
            ["10.244.9.0/26", "blackhole"],
            ["fd00:244:0:9::/122", "blackhole"],
            ["10.244.10.0/26", `10.179.0.10 metric ${metric}`],
            ["fd00:244:0:a::/122", "fd00:179::a metric 1024"],
            ["10.244.11.0/26", `10.179.0.11 metric ${metric}`],
            ["fd00:244:0:b::/122", "fd00:179::b metric 1024"],
          ]),
        );
        const learned = before.paths.flat().filter(({ nextHop }) => nextHop !== null);
        expect(learned.map((path) => path.localPref)).toEqual(Array(8).fill(localPref));
      });

      test("Peregrine takes over: no ping is lost, no way to another node goes, and all is as it was", async () => {
        const { lostPings, removedRoutes } = await mesh.harmOf(async () => {
          await takesOver(mesh, node);
          await mesh.settled([A, C]);
        });
        expect(node.logTail(100)).not.toContain("BIRD");
        expect(lostPings).toBe(0);
        for (const [octet, removed] of removedRoutes) expect(removed.filter(isWayOn), `node ${octet}`).toEqual([]);
        await expect.poll(stateOf, { timeout: 10_000 }).toEqual(before);
      }, 90_000);

      test("whoever has the lesser address as text waits, and the other one dials", async () => {
        const text = await mesh.site.host(B).mustRun("ss", ["-Htn", "state", "established"]);
        const listening = text.split("\n").map((line) => line.trim().split(/\s+/));
        for (const family of FAMILIES) {
          for (const peer of [A, C]) {
            const remote = family === "ipv4" ? lanAddress(peer, family) : `[${lanAddress(peer, family)}]`;
            const [, , local] = listening.find((words) => words[3]?.startsWith(`${remote}:`)) ?? [];
            expect([remote, local?.endsWith(":179")]).toEqual([remote, isPassive(B, peer, family)]);
          }
        }
      });

      test("BIRD sees ADD-PATH both ways and graceful restart with 120 s and the routes kept", async () => {
        for (const family of FAMILIES) {
          const [, theirs = ""] = (await mesh.bird(A).session(B, family)).split("Neighbor capabilities");
          expect(theirs).toMatch(
            new RegExp(`Restart time: 120\\s+Restart recovery\\s+AF supported: ${family}\\s+AF preserved: ${family}`),
          );
          expect(theirs).toMatch(new RegExp(`ADD-PATH\\s+RX: ${family}\\s+TX: ${family}`));
        }
      });

      test("back to BIRD: again no ping is lost, no way to another node goes, and all is as it was", async () => {
        const { lostPings, removedRoutes } = await mesh.harmOf(async () => {
          node.signal("SIGQUIT");
          expect(await node.exited(10_000)).toBe(0);
          await mesh.bird(B).start();
          await mesh.settled(MESH);
        });
        expect(lostPings).toBe(0);
        for (const [octet, removed] of removedRoutes) expect(removed.filter(isWayOn), `node ${octet}`).toEqual([]);
        await expect.poll(stateOf, { timeout: 10_000 }).toEqual(before);
      }, 90_000);
    },
  );
}

scenario("a change from BIRD to Peregrine that goes wrong", ["root", "bird"], () => {
  let mesh: CalicoMesh;
  let node: PeregrineNode;

  beforeAll(async () => {
    mesh = await CalicoMesh.open(MESH, "3.32");
    node = mesh.site.addNode(B);
  }, 90_000);
  afterAll(() => mesh.site.close());

  const statesInKernel = async () => new Map((await node.kernelRoutes()).map(({ prefix, state }) => [prefix, state]));

  test("a BIRD that still runs has port 179, and Peregrine says so and ends", async () => {
    const child = node.launch();
    expect(await child.exited(20_000)).toBe(1);
    expect(child.logTail()).toContain('another program has port 179: stop it ("ss -ltnp" names it)');
  });

  test("under another protocol number BIRD's routes are in the way, and a warning says what takes them over", async () => {
    await takesOver(mesh, node);
    await mesh.settled([A, C]);
    expect(node.logTail(50)).toContain("With --route-protocol 12 they are taken over");
    for (const family of FAMILIES) {
      await expect.poll(async () => (await statesInKernel()).get(blockOf(A, family)), { timeout: 10_000 }).toBe("conflict");
      const [, theirs = ""] = (await mesh.bird(A).session(B, family)).split("Neighbor capabilities");
      expect(theirs).toMatch(new RegExp(`AF supported: ${family}\\s+AF preserved:\\s*\n`)); // so BIRD need not keep what it had
    }
  }, 90_000);

  test("nobody updates BIRD's routes: the block of a node that goes is announced on", async () => {
    await mesh.bird(C).stop();
    for (const family of FAMILIES) {
      await until("A has the block of C from B alone", async () => {
        const paths = (await mesh.bird(A).paths()).filter(({ prefix }) => prefix === blockOf(C, family));
        const isFromB = ({ from }: BirdPath) => from.endsWith(lanAddress(B, family).replaceAll(/[.:]/g, "_"));
        return paths.length > 0 && paths.every((path) => isFromB(path) && path.nextHop === lanAddress(C, family));
      });
    }
  }, 60_000);

  test("once BIRD's routes are flushed, ours are there and the block of the node that went is gone", async () => {
    for (const version of ["-4", "-6"]) await mesh.site.host(B).ip(version, "route", "flush", "proto", "bird");
    await until("ours are there", async () => (await mesh.routesOf(B, 179)).size === 4, { everyMs: 20 });
    await expect
      .poll(async () => [...(await statesInKernel()).values()], { timeout: 10_000 })
      .toEqual(Array(4).fill("installed"));
    const blocksOfC = FAMILIES.map((family) => blockOf(C, family));
    await until("A has forgotten the block of C", async () =>
      (await mesh.bird(A).paths()).every(({ prefix }) => !blocksOfC.includes(prefix)),
    );
  }, 60_000);
});

/** Blackholes of a node's own block keep nobody from a workload, whose route is more specific. */
function isWayOn(removal: string): boolean {
  return !removal.startsWith("Deleted blackhole ");
}
