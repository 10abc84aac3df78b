import { describe, expect, test } from "vitest";
import { Family } from "../../../protocol/net/address-family.js";
import { asn } from "../../../protocol/net/asn.js";
import { explain } from "../../../rib/decision/explain.js";
import type { DecisionOptions } from "../../../rib/decision/options.js";
import type { NextHopId } from "../../../rib/store/ids.js";
import type { NaivePeer } from "../../models/naive-rib.js";
import { type PathText, prefix } from "../attribute-lists.js";
import { addPeer, announce, bestPeer, multipathPeers, newRib, workAll } from "../rib-under-test.js";

const PREFIX = "10.0.0.0/8";

interface Candidate extends PathText {
  readonly peer?: Partial<NaivePeer>;
}

interface Case {
  readonly rule: string;
  readonly section: string;
  readonly winner: Candidate;
  readonly loser: Candidate;
  readonly options?: Partial<DecisionOptions>;
  readonly metrics?: { readonly [nextHop: string]: number };
  readonly equal?: boolean; // both are in the multipath set
}

const LONG = [9, 9, 9, 9];

const CASES: Case[] = [
  {
    rule: "a connected prefix wins over a static one whatever its attributes",
    section: "route preference by source",
    winner: { peer: { source: "direct" }, path: LONG },
    loser: { peer: { source: "static" }, localPref: 500 },
  },
  {
    rule: "a static route wins over BGP",
    section: "route preference by source",
    winner: { peer: { source: "static" }, path: LONG },
    loser: { localPref: 500 },
  },
  {
    rule: "BGP of raised preference is as good as a static route, so that LOCAL_PREF decides",
    section: "RFC 4271 §9.1.1",
    winner: { localPref: 501, path: LONG, isRaised: true },
    loser: { peer: { source: "static" }, localPref: 500 },
  },
  {
    rule: "raised preference wins over LOCAL_PREF",
    section: "route preference by source",
    winner: { localPref: 1, path: LONG, isRaised: true },
    loser: { localPref: 500, path: [] },
  },
  {
    rule: "a connected prefix wins over BGP of raised preference",
    section: "route preference by source",
    winner: { peer: { source: "direct" } },
    loser: { localPref: 500, isRaised: true },
  },
  {
    rule: "BGP wins over a route learned from the kernel",
    section: "route preference by source",
    winner: { path: LONG },
    loser: { peer: { source: "kernel" }, localPref: 500, path: [] },
  },
  {
    rule: "the higher LOCAL_PREF wins over a shorter AS_PATH",
    section: "RFC 4271 §9.1.1",
    winner: { localPref: 200, path: LONG },
    loser: { localPref: 150, path: [1] },
  },
  {
    rule: "an absent LOCAL_PREF is 100",
    section: "RFC 4271 §9.1.1",
    winner: { path: LONG },
    loser: { localPref: 99, path: [1] },
  },
  {
    rule: "the shorter AS_PATH wins over the lower ORIGIN",
    section: "RFC 4271 §9.1.2.2 (a)",
    winner: { path: [1], origin: 2 },
    loser: { path: [1, 2], origin: 0 },
  },
  {
    rule: "an AS_SET counts one",
    section: "RFC 4271 §9.1.2.2 (a)",
    winner: { segments: [{ type: "set", asns: [1, 2, 3].map(asn) }], origin: 2 },
    loser: { path: [1, 2] },
  },
  {
    rule: "confederation segments do not count (RFC 5065 §5.3)",
    section: "RFC 4271 §9.1.2.2 (a)",
    winner: {
      segments: [
        { type: "confed-sequence", asns: [1, 2, 3].map(asn) },
        { type: "sequence", asns: [7].map(asn) },
      ],
    },
    loser: { path: [7, 8] },
  },
  {
    rule: "IGP wins over EGP, whatever the MED",
    section: "RFC 4271 §9.1.2.2 (b)",
    winner: { origin: 0, med: 50 },
    loser: { origin: 1, med: 10 },
  },
  {
    rule: "EGP wins over INCOMPLETE",
    section: "RFC 4271 §9.1.2.2 (b)",
    winner: { origin: 1 },
    loser: { origin: 2 },
  },
  {
    rule: "the lower MED from one neighbour AS wins, even from an internal peer",
    section: "RFC 4271 §9.1.2.2 (c)",
    winner: { med: 10, peer: { internal: true } },
    loser: { med: 20 },
  },
  {
    rule: "a path without MED has the lowest",
    section: "RFC 4271 §9.1.2.2 (c)",
    winner: { peer: { routerId: 9 } },
    loser: { med: 1, peer: { routerId: 1 } },
  },
  {
    rule: "missingMedAsWorst: a path without MED has the highest",
    section: "RFC 4271 §9.1.2.2 (c)",
    options: { missingMedAsWorst: true },
    winner: { med: 0xfffffffe, peer: { routerId: 9 } },
    loser: { peer: { routerId: 1 } },
  },
  {
    rule: "MED of different neighbour ASes is not compared",
    section: "RFC 4271 §9.1.2.2 (f)",
    winner: { path: [1], med: 20, peer: { routerId: 1 } },
    loser: { path: [2], med: 10, peer: { routerId: 9 } },
    equal: true,
  },
  {
    rule: "alwaysCompareMed: it is",
    section: "RFC 4271 §9.1.2.2 (c)",
    options: { alwaysCompareMed: true },
    winner: { path: [2], med: 10, peer: { routerId: 9 } },
    loser: { path: [1], med: 20, peer: { routerId: 1 } },
  },
  {
    rule: "eBGP wins over iBGP, whatever the interior cost",
    section: "RFC 4271 §9.1.2.2 (d)",
    winner: { nextHop: "192.0.2.2" },
    loser: { peer: { internal: true } },
    metrics: { "192.0.2.2": 100 },
  },
  {
    rule: "the nearer next hop wins over the lower identifier",
    section: "RFC 4271 §9.1.2.2 (e)",
    winner: { nextHop: "192.0.2.1", peer: { routerId: 9 } },
    loser: { nextHop: "192.0.2.2", peer: { routerId: 1 } },
    metrics: { "192.0.2.1": 5, "192.0.2.2": 10 },
  },
  {
    rule: "the lower BGP Identifier wins over the lower address, as unsigned numbers",
    section: "RFC 4271 §9.1.2.2 (f)",
    winner: { peer: { routerId: 0x7f000001, address: 9 } },
    loser: { peer: { routerId: 0x80000001, address: 1 } },
    equal: true,
  },
  {
    rule: "ORIGINATOR_ID stands for the identifier (RFC 4456 §9)",
    section: "RFC 4271 §9.1.2.2 (f)",
    winner: { originatorId: "0.0.0.1", clusterList: [1, 2], peer: { internal: true, routerId: 9 } },
    loser: { peer: { internal: true, routerId: 2 } },
    equal: true,
  },
  {
    rule: "the shorter CLUSTER_LIST wins over the lower address",
    section: "RFC 4456 §9",
    winner: { originatorId: "0.0.0.1", clusterList: [1], peer: { internal: true, address: 9 } },
    loser: { originatorId: "0.0.0.1", clusterList: [1, 2], peer: { internal: true, address: 1 } },
    equal: true,
  },
  {
    rule: "the lower peer address wins, as unsigned numbers",
    section: "RFC 4271 §9.1.2.2 (g)",
    winner: { peer: { address: 0x7f000001 } },
    loser: { peer: { address: -1 } },
    equal: true,
  },
  {
    rule: "two sessions with one address: the first name wins",
    section: "ours, after RFC 4271 §9.1.2.2 (g)",
    winner: { peer: { name: "a winner" } },
    loser: { peer: { name: "loser" } },
    equal: true,
  },
];

function run({ winner, loser, options, metrics }: Case, order: readonly ("winner" | "loser")[]) {
  const rib = newRib(options);
  rib.nextHops.onNew = (id, address) =>
    rib.nextHops.set(id, { reachable: true, metric: metrics?.[`${address}`] ?? 0, interface: null });
  for (const which of order) {
    const { peer, ...path } = which === "winner" ? winner : loser;
    announce(rib, addPeer(rib, { name: which, ...peer }), PREFIX, path);
    workAll(rib);
  }
  return rib;
}

describe("the decision process", () => {
  test.each(CASES)("$section: $rule", (its) => {
    const name = its.winner.peer?.name ?? "winner";
    for (const order of [["winner", "loser"] as const, ["loser", "winner"] as const]) {
      const rib = run(its, order);
      expect(bestPeer(rib, PREFIX)).toBe(name);
      expect(multipathPeers(rib, PREFIX)).toEqual(its.equal ? [name, "loser"] : [name]);
    }
  });

  test.each(CASES)("explain names the step: $section: $rule", (its) => {
    const { candidates } = explain(run(its, ["loser", "winner"]), Family.Ipv4Unicast, prefix(PREFIX));
    expect(candidates.map(({ verdict }) => verdict)).toEqual(["best", its.equal ? "multipath" : "lost"]);
    expect(candidates[1]!.lostAt!.section).toBe(its.section);
    expect(candidates[1]!.reason).toContain(`${candidates[1]!.lostAt!.value} against ${candidates[1]!.lostAt!.against}`);
    expect(candidates[0]!.reason).toContain(its.section);
  });
});

describe("MULTI_EXIT_DISC (RFC 4271 §9.1.2.2 c)", () => {
  /** The usual example: compared in pairs, each of the three loses to one of the others, depending on the order. */
  const THREE: [string, PathText & { readonly peer: Partial<NaivePeer> }][] = [
    ["a", { path: [1], med: 10, peer: { routerId: 2 } }],
    ["b", { path: [2], med: 20, peer: { routerId: 1 } }],
    ["c", { path: [2], med: 5, peer: { routerId: 3 } }],
  ];
  const ORDERS = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ];

  test.each(ORDERS)("one path of three wins whatever the order: %i %i %i", (...order) => {
    const rib = newRib();
    for (const index of order) {
      const [name, { peer, ...path }] = THREE[index]!;
      announce(rib, addPeer(rib, { name, ...peer }), PREFIX, path);
      workAll(rib);
    }
    expect(bestPeer(rib, PREFIX)).toBe("a");
    expect(multipathPeers(rib, PREFIX)).toEqual(["a", "c"]);
  });
});

describe("preferOldestExternal (RFC 5004 §3)", () => {
  const options = { preferOldestExternal: true };

  test("the external path chosen before stays against a lower identifier", () => {
    const rib = newRib(options);
    announce(rib, addPeer(rib, { name: "old", routerId: 9 }), PREFIX);
    workAll(rib);
    announce(rib, addPeer(rib, { name: "new", routerId: 1 }), PREFIX);
    workAll(rib);
    expect(bestPeer(rib, PREFIX)).toBe("old");
  });

  test("but not against a better path, and not when it is internal", () => {
    const rib = newRib(options);
    announce(rib, addPeer(rib, { name: "old", routerId: 9 }), PREFIX, { path: [1, 2] });
    workAll(rib);
    announce(rib, addPeer(rib, { name: "new", routerId: 1 }), PREFIX, { path: [1] });
    workAll(rib);
    expect(bestPeer(rib, PREFIX)).toBe("new");

    const internal = newRib(options);
    announce(internal, addPeer(internal, { name: "old", routerId: 9, internal: true }), PREFIX);
    workAll(internal);
    announce(internal, addPeer(internal, { name: "new", routerId: 1, internal: true }), PREFIX);
    workAll(internal);
    expect(bestPeer(internal, PREFIX)).toBe("new");
  });
});

describe("multipath", () => {
  test("has the best path first and maximumPaths at most", () => {
    const rib = newRib({ maximumPaths: 3 });
    for (let i = 5; i >= 1; i--) announce(rib, addPeer(rib, { name: `p${i}`, routerId: i }), PREFIX);
    workAll(rib);
    const names = multipathPeers(rib, PREFIX);
    expect(names[0]).toBe("p1");
    expect(names).toHaveLength(3);
  });

  test("is the best path alone when maximumPaths is 1", () => {
    const rib = newRib({ maximumPaths: 1 });
    announce(rib, addPeer(rib, { name: "a", routerId: 1 }), PREFIX);
    announce(rib, addPeer(rib, { name: "b", routerId: 2 }), PREFIX);
    workAll(rib);
    expect(multipathPeers(rib, PREFIX)).toEqual(["a"]);
  });
});

describe("explain", () => {
  test("says why a route is no candidate", () => {
    const rib = newRib();
    announce(rib, addPeer(rib, { name: "loop" }), PREFIX, { path: [1, 64512] });
    announce(rib, addPeer(rib, { name: "reflected", internal: true }), PREFIX, { originatorId: "10.0.0.1", clusterList: [5] });
    announce(rib, addPeer(rib, { name: "cluster", internal: true }), PREFIX, { originatorId: "10.0.0.9", clusterList: [77] });
    announce(rib, addPeer(rib, { name: "far" }), PREFIX, { nextHop: "198.51.100.1" });
    const refused = addPeer(rib, { name: "refused" });
    rib.setImportPolicy(refused, { name: "none", statements: [], otherwise: "reject" });
    announce(rib, refused, PREFIX);
    rib.nextHops.set(nextHopOf(rib, "198.51.100.1"), { reachable: false, metric: 0, interface: null });
    workAll(rib);
    const { candidates } = explain(rib, Family.Ipv4Unicast, prefix(PREFIX));
    expect(candidates.map(({ verdict }) => verdict)).toEqual(Array.from({ length: 5 }, () => "ineligible"));
    expect(Object.fromEntries(candidates.map(({ peer, reason }) => [peer.name, reason]))).toEqual({
      loop: "AS_PATH has our AS 64512 1 time, 0 tolerated (RFC 4271 §9.1.2)",
      reflected: "ORIGINATOR_ID is our router id (RFC 4456 §8)",
      cluster: "CLUSTER_LIST has our cluster id (RFC 4456 §8)",
      far: "next hop 198.51.100.1 cannot be resolved (RFC 4271 §9.1.2.1)",
      refused: "rejected by the import policy",
    });
    expect(candidates.find(({ peer }) => peer.name === "refused")!.policy!.verdict).toBe("reject");
  });

  test("says that a path is the only one, and that something is pending", () => {
    const rib = newRib();
    announce(rib, addPeer(rib), PREFIX);
    expect(explain(rib, Family.Ipv4Unicast, prefix(PREFIX)).isPending).toBe(true);
    workAll(rib);
    const { candidates, isPending } = explain(rib, Family.Ipv4Unicast, prefix(PREFIX));
    expect(isPending).toBe(false);
    expect(candidates[0]!.reason).toBe("the only eligible path");
    expect(explain(rib, Family.Ipv4Unicast, prefix("11.0.0.0/8")).candidates).toEqual([]);
  });
});

function nextHopOf(rib: ReturnType<typeof newRib>, text: string): NextHopId {
  const ids = Array.from({ length: rib.nextHops.highest }, (_, i) => (i + 1) as NextHopId);
  return ids.find((id) => `${rib.nextHops.addressOf(id)}` === text)!;
}
