import { deepStrictEqual } from "node:assert";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RouteView } from "../../src/api/views.js";
import { ask } from "../../src/cli/control-client.js";
import { blockAffinity, type ResourceDocument, resource } from "../../src/lab/resource-directory.js";
import { until } from "../../src/lab/until.js";
import { Cluster, type DaemonProcess, PORT } from "./support.js";

const SETTLED = { deadlineMs: 120_000, everyMs: 50 }; // a session reset several times is damped for up to 60 s
const OTHERS = [2, 3] as const;
/** A state is the last one when so many looks at it, one after the other, have found it the same. */
const LOOKS = 10;

/** What n1's resources say of one peer; null: nothing. */
const peer = fc.option(
  fc.record({
    filters: fc.constantFrom([], ["no-import"], ["no-export"], ["no-import", "no-export"]),
    numAllowedLocalASNumbers: fc.nat(1),
    keepaliveTime: fc.constantFrom(undefined, "20s"),
  }),
  { freq: 6 },
);
/** A set of n1's resources, in some style of writing. */
const setArbitrary = fc.record({
  peers: fc.tuple(peer, peer),
  blocks: fc.subarray([1, 2, 3]),
  rejects: fc.constantFrom("10.244.2.0/26", "10.244.0.0/16"),
  indent: fc.constantFrom(0, 2, 4),
  isWaitedFor: fc.boolean(), // or the next one comes at once
});
type Set = typeof setArbitrary extends fc.Arbitrary<infer S> ? S : never;

let cluster: Cluster;
let others: readonly DaemonProcess[];
let fixed: Readonly<Record<string, string>>;

beforeAll(async () => {
  cluster = new Cluster(blockAffinity("n2", "10.244.2.0/26"), blockAffinity("n3", "10.244.3.0/26"));
  cluster.putNode(1);
  for (const host of OTHERS) cluster.putNode(host, { asNumber: 65000 + host });
  fixed = Object.fromEntries(
    readdirSync(cluster.resources.path).map((name) => [name, readFileSync(join(cluster.resources.path, name), "utf8")]),
  );
  const copy = cluster.copyResources();
  for (const host of OTHERS)
    writeFileSync(join(copy, `to-n1-${host}.json`), JSON.stringify(peering(`n${host}-n1`, `n${host}`, 1, { asNumber: 64512 })));
  others = await Promise.all(OTHERS.map((host) => cluster.startApart(host, copy)));
  await until("n2 and n3 know each other's block", areTheOthersAgreed, SETTLED);
});
afterAll(() => cluster.close());

test("any sequence of edits ends as a fresh start with the last set does", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(setArbitrary, { minLength: 4, maxLength: 8 }), async (sets) => {
      write(sets.at(-1)!);
      const fresh = await cluster.start(1);
      const expected = await settledState(fresh);
      expect(await fresh.stop()).toBe(0);
      rmSync(cluster.state(1), { recursive: true });

      write(sets[0]!);
      const edited = await cluster.start(1);
      for (const set of sets.slice(1)) {
        write(set);
        if (set.isWaitedFor)
          await until(
            "it is followed",
            async () => JSON.stringify(blocksOf(await edited.routes())) === JSON.stringify(blocksOf(set)),
            SETTLED,
          );
      }
      await until(
        "it is as after a fresh start",
        async () => {
          deepStrictEqual(await state(edited), expected); // its message names the differences
          return true;
        },
        SETTLED,
      );
      expect(await edited.stop()).toBe(0);
      rmSync(cluster.state(1), { recursive: true });
    }),
    { numRuns: 3, endOnFailure: true },
  );
}, 600_000);

function peering(name: string, node: string, host: number, spec: object): ResourceDocument {
  return resource("BGPPeer", name, { node, peerIP: `${cluster.address(host)}:${PORT}`, ...spec });
}

/** Makes the directory say the set, file by file. */
function write({ peers, blocks, rejects, indent }: Set): void {
  const reject = [{ action: "Reject", matchOperator: "In", cidr: rejects }];
  const documents: ResourceDocument[] = [
    ...OTHERS.flatMap((host, index) => {
      const its = peers[index];
      return its ? [peering(`to-n${host}`, "n1", host, { ...its, asNumber: 65000 + host })] : [];
    }),
    ...blocks.map((block) => blockAffinity("n1", `10.244.1${block}.0/26`)),
    resource("BGPFilter", "no-import", { importV4: reject }),
    resource("BGPFilter", "no-export", { exportV4: reject }),
    resource("BGPConfiguration", "node.n1", {}),
  ];
  const files = new Map([
    ...Object.entries(fixed),
    ...documents.map(
      (each) => [`${each.kind}-${each.metadata.name}.json`.toLowerCase(), JSON.stringify(each, null, indent)] as const,
    ),
  ]);
  for (const name of readdirSync(cluster.resources.path)) if (!files.has(name)) rmSync(join(cluster.resources.path, name));
  for (const [name, text] of files) cluster.resources.putText(name, text);
}

function blocksOf(of: Set | readonly RouteView[]): readonly string[] {
  if ("blocks" in of) return of.blocks.map((block) => `10.244.1${block}.0/26`).sort();
  return of
    .map(({ prefix }) => prefix)
    .filter((prefix) => /^10\.244\.1\d\./.test(prefix))
    .sort();
}

/** All that can be seen of a daemon that does not depend on when things happened. */
async function state(daemon: DaemonProcess): Promise<object> {
  const { sessions } = await daemon.status();
  const routes = await daemon.routes("all=1");
  return {
    plan: await ask(daemon.control, "/v1/plan"),
    sessions: sessions.map(({ name, address, bgpState, received, accepted, advertised }) =>
      bgpState === "Established" ? { name, address, received, accepted, advertised } : { name, address },
    ),
    routes: routes.map((route) => JSON.stringify(route)).sort(),
    heard: await Promise.all(others.map((other) => heardBy(other))),
  };
}

/** What another node has been told by n1. */
async function heardBy(other: DaemonProcess): Promise<readonly string[]> {
  const own = (await other.status()).sessions.find(({ address }) => address === cluster.address(1));
  if (own === undefined) return [];
  const routes = await other.routes(`in=${cluster.address(1)}`);
  return routes.map(({ prefix, attributes }) => JSON.stringify([prefix, attributes])).sort();
}

/** The state once every session that can be up is, the ends of each have the same number of routes, and nothing changes any more. */
async function settledState(daemon: DaemonProcess): Promise<object> {
  let last: object = {};
  let looks = 0;
  await until(
    "all ends agree, and stay as they are",
    async () => {
      const { sessions } = await daemon.status();
      const hosts = OTHERS.filter((host) => sessions.some(({ address }) => address === cluster.address(host)));
      for (const host of hosts) if (!(await areAgreed([1, daemon], [host, other(host)]))) return false;
      if (!(await areAgreed([2, other(2)], [3, other(3)]))) return false;
      const now = await state(daemon);
      looks = isDeepStrictEqual(now, last) ? looks + 1 : 1;
      last = now;
      return looks >= LOOKS;
    },
    SETTLED,
  );
  return last;
}

/** What n2 and n3 tell n1 of each other is there before n1 is. */
async function areTheOthersAgreed(): Promise<boolean> {
  const accepted = await Promise.all(
    others.map(async (other, index) => (await other.session(cluster.address(OTHERS[1 - index]!))).accepted),
  );
  return accepted.every((routes) => routes === 1);
}

function other(host: (typeof OTHERS)[number]): DaemonProcess {
  return others[OTHERS.indexOf(host)]!;
}

type End = readonly [host: number, daemon: DaemonProcess];

/** The session of two nodes is up, and each has as many routes of the other as that has told it. */
async function areAgreed([host, daemon]: End, [otherHost, otherDaemon]: End): Promise<boolean> {
  const [ours, theirs] = [await daemon.session(cluster.address(otherHost)), await otherDaemon.session(cluster.address(host))];
  const areUp = ours.state === "up" && theirs.state === "up";
  return areUp && theirs.received === ours.advertised && theirs.advertised === ours.received;
}
