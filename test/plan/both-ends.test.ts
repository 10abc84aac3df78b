import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bothEnds } from "../../src/plan/both-ends.js";
import type { SessionPlan } from "../../src/plan/node-plan.js";
import { resolve } from "../../src/plan/resolve.js";
import type { ResourceFault } from "../../src/resources/resource-fault.js";
import type { ResourceSet } from "../../src/resources/resource-set.js";
import { clusterArbitrary } from "./cluster-arbitrary.js";
import { type Given, loadGiven, readCases } from "./given.js";
import { must, type SetDescription, typedSet } from "./typed-set.js";

interface Case extends Given {
  readonly name: string;
  readonly routerId?: string;
  readonly faults?: readonly string[];
}

function textOf({ severity, kind, name, message, remedy }: ResourceFault): string {
  return `${severity}: ${kind} ${name}: ${message} | ${remedy}`;
}

/** The parts of a case's fault stand in the text in their order. */
function inParts(text: string) {
  const [first, ...more] = text.split(" | ").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return expect.stringMatching(new RegExp(`^${[first, ...more].join(".*")}`));
}

const cases = await readCases<Case[]>("both-ends.yaml");

describe("bothEnds", () => {
  it.each(cases.map((row) => [row.name, row] as const))("%s", (_name, { faults = [], routerId = "", ...given }) => {
    const loaded = loadGiven(given);
    expect(loaded.faults.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(bothEnds(loaded.set, { routerId }).map(textOf)).toEqual(faults.map(inParts));
  });

  it("says where: the file and line of the resource that has to change", () => {
    const given = "BGPPeer p: {node: node-a, peerIP: 10.0.0.12, asNumber: 65001, reversePeering: Manual}";
    expect(bothEnds(loadGiven({ nodes: "F3", given }).set)).toMatchObject([
      { file: "1003.yaml", line: 1, kind: "BGPPeer", name: "p" },
    ]);
  });

  it("lists a bounded number of faults, errors first, and counts the others", () => {
    const nodes = Array.from({ length: 80 }, (_, index) => ({ name: `n${1000 + index}`, ipv4: "10.0.0.1" }));
    const faults = bothEnds(typedSet({ nodes }));
    expect(faults).toHaveLength(51);
    expect(faults.at(-1)).toMatchObject({ severity: "error", message: expect.stringContaining("29 more") });
  });
});

/** A mismatch as far as resources tell: what, and which BGPPeers (or the mesh) plan the two ends. */
type Naive = readonly [type: string, here: string, there: string];

/** Every node's own plan, and every two nodes compared: ten lines that know nothing of classes, samples or rules. */
function naiveMismatches(set: ResourceSet): ReadonlySet<string> {
  const found: Naive[] = [];
  const plans = Array.from(set.nodes.values(), (node) => ({ node, plan: must(resolve(set, node.name, { routerId: "hash" })) }));
  const between = (a: (typeof plans)[number], b: (typeof plans)[number]) =>
    ([4, 6] as const).map((version) => {
      const address = b.node.spec.bgp?.[`ipv${version}`]?.address.toString();
      const sessions = a.plan.sessions.filter((session) => session.address.toString() === address);
      return sessions.sort((x, y) => x.port - y.port);
    });
  for (const [index, a] of plans.entries()) {
    for (const b of plans.slice(index + 1)) {
      const [ours, theirs] = [between(a, b), between(b, a)];
      const oneSided = [0, 1].flatMap((family) => {
        const [here, there] = [ours[family]!, theirs[family]!];
        if (here.length > 0 && there.length > 0)
          found.push(...comparedNaively(here, there, a.plan.listen[0]!.port, b.plan.listen[0]!.port));
        return here.length > 0 === there.length > 0 ? [] : [{ ours: here.length > 0, by: originOf((here[0] ?? there[0])!) }];
      });
      const [first, second] = oneSided;
      if (first && second && first.ours !== second.ours) found.push(["families", first.by, second.by]);
      else found.push(...oneSided.map(({ by }): Naive => ["one-sided", by, "nothing"]));
    }
  }
  return new Set(found.map((mismatch) => mismatch.join(" / ")));
}

function comparedNaively(
  here: readonly SessionPlan[],
  there: readonly SessionPlan[],
  herePort: number,
  therePort: number,
): Naive[] {
  const [a, b] = [here[0]!, there[0]!];
  const [x, y] = [originOf(a), originOf(b)];
  const [low, high] = [x, y].sort() as [string, string];
  const reaches = (session: SessionPlan, port: number) => !session.passive && session.port === port;
  const rows: readonly (readonly [boolean, ...Naive])[] = [
    [here.length > 1, "two-sessions", x, here[1] ? originOf(here[1]) : ""],
    [there.length > 1, "two-sessions", y, there[1] ? originOf(there[1]) : ""],
    [a.asNumber !== b.localAsNumber, "as-number", x, y],
    [b.asNumber !== a.localAsNumber, "as-number", y, x],
    [a.password?.digest !== b.password?.digest, "password", low, high],
    [a.ttlSecurity !== null && b.ttlSecurity === null, "ttl-security", x, y],
    [b.ttlSecurity !== null && a.ttlSecurity === null, "ttl-security", y, x],
    [!reaches(a, therePort) && !reaches(b, herePort), "nobody-dials", low, high],
  ];
  return rows.filter(([differs]) => differs).map(([, ...mismatch]) => mismatch);
}

function originOf({ type, cause }: SessionPlan): string {
  return type === "mesh" ? "mesh" : `${cause.kind} ${cause.name}`;
}

/** What `bothEnds` has found, in the same terms. */
function reported(set: ResourceSet): ReadonlySet<string> {
  const patterns: readonly (readonly [string, RegExp])[] = [
    ["one-sided", / has none with /],
    ["families", / alone/],
    ["two-sessions", /only one comes up/],
    ["as-number", /refused as Bad Peer AS/],
    ["password", /neither hears the other/],
    ["ttl-security", /its packets are dropped/],
    ["nobody-dials", /, on which .* does not listen|waits for .* to dial/],
  ];
  return new Set(
    bothEnds(set, { routerId: "hash" }).flatMap(({ message, kind, name }) => {
      const type = patterns.find(([, pattern]) => pattern.test(message))?.[0];
      if (type === undefined) return [];
      const here = kind === "Node" ? "mesh" : `${kind} ${name}`;
      const other =
        /\((BGPPeer \w+), [^)]*\)/.exec(message)?.[1] ?? (message.includes("(node-to-node mesh)") ? "mesh" : "nothing");
      return [[type, here, other].join(" / ")];
    }),
  );
}

/** Clusters whose BGPPeers also differ in password and TTL security; of some, nodes are more alike. */
const guardedCluster: fc.Arbitrary<SetDescription> = fc.tuple(clusterArbitrary, fc.boolean()).chain(([cluster, areAlike]) =>
  fc
    .array(
      fc.record({
        ttlSecurity: fc.option(fc.constant(1), { freq: 2 }),
        password: fc.option(fc.constantFrom("one", "two").map((key) => ({ name: "s", key }))),
      }),
      { minLength: 4, maxLength: 4 },
    )
    .map((guards) => ({
      ...cluster,
      nodes: areAlike ? cluster.nodes.map((node) => ({ ...node, asNumber: null, clusterId: null })) : cluster.nodes,
      peers: (cluster.peers ?? []).map((peer, index) => ({ ...peer, ...guards[index] })),
      secrets: [{ name: "s", values: { one: "1", two: "2" } }],
    })),
);

describe("bothEnds, of any cluster", () => {
  it("finds what a comparison of every two nodes' plans finds, and nothing else", () => {
    fc.assert(
      fc.property(guardedCluster, (description) => {
        const set = typedSet(description);
        expect([...reported(set)].sort()).toEqual([...naiveMismatches(set)].sort());
      }),
      { numRuns: 300 },
    );
  });
});
