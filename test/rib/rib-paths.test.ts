import { describe, expect, test } from "vitest";
import { Family } from "../../protocol/net/address-family.js";
import { explain } from "../../rib/decision/explain.js";
import { prefix } from "./attribute-lists.js";
import { addPeer, announce, announcePath, bestPeer, multipathPeers, newRib, withdrawPath, workAll } from "./rib-under-test.js";

const V4 = Family.Ipv4Unicast;
const TEN = "10.0.0.0/8";

/** A Rib with one peer that sends path identifiers. */
function withPaths() {
  const rib = newRib();
  const peer = addPeer(rib, { name: "many" });
  const table = rib.table(V4);
  const candidates = () => table.candidates(table.find(prefix(TEN)));
  const bestPath = () => rib.attributes.decode(table.best(table.find(prefix(TEN)))).asPath?.[0]?.asns;
  return { rib, peer, table, candidates, bestPath };
}

describe("Rib: several paths of a prefix by one peer (RFC 7911)", () => {
  test("another announcement replaces the path of the same identifier, and no other (§5)", () => {
    const { rib, peer, table, candidates, bestPath } = withPaths();
    announcePath(rib, peer, TEN, 1, { path: [1, 2] });
    announcePath(rib, peer, TEN, 2, { path: [1, 2, 3] });
    workAll(rib);
    expect([candidates().map(({ pathId }) => pathId), bestPath()]).toEqual([
      [1, 2],
      [1, 2],
    ]);
    announcePath(rib, peer, TEN, 2, { path: [4] });
    workAll(rib);
    expect([table.routeCount(peer), bestPath()]).toEqual([2, [4]]);
    rib.checkInvariants(new Map());
  });

  test("a withdrawal takes the path of its identifier; one never seen is passed over (§5)", () => {
    const { rib, peer, table, bestPath } = withPaths();
    announcePath(rib, peer, TEN, 1, { path: [1, 2] });
    announcePath(rib, peer, TEN, 2, { path: [4] });
    withdrawPath(rib, peer, TEN, 3);
    withdrawPath(rib, peer, "10.0.0.0/9", 1);
    withdrawPath(rib, peer, TEN, 2);
    workAll(rib);
    expect([table.routeCount(peer), bestPath()]).toEqual([1, [1, 2]]);
    withdrawPath(rib, peer, TEN, 1);
    workAll(rib);
    expect([table.prefixCount, table.prefixes.count]).toEqual([0, 0]);
    rib.checkInvariants(new Map());
  });

  test("paths of one peer by different next hops are used together; the same one told twice counts once", () => {
    const { rib, peer } = withPaths();
    for (const id of [1, 2]) announcePath(rib, peer, TEN, id, { nextHop: "192.0.2.1" });
    for (const id of [3, 4]) announcePath(rib, peer, TEN, id, { nextHop: "192.0.2.2" });
    workAll(rib);
    expect(multipathPeers(rib, TEN)).toEqual(["many", "many"]);
  });

  test("the end of the session takes all its paths, and those of others stay", () => {
    const { rib, peer, candidates } = withPaths();
    announce(rib, addPeer(rib, { name: "other", routerId: 9 }), TEN);
    for (const id of [1, 2, 3]) announcePath(rib, peer, TEN, id, { path: [id] });
    workAll(rib);
    rib.removePeer(peer);
    workAll(rib, 1);
    expect([candidates().length, bestPeer(rib, TEN)]).toEqual([1, "other"]);
  });

  test("another import policy is applied to every path", () => {
    const { rib, peer, table } = withPaths();
    for (const id of [1, 2, 3]) announcePath(rib, peer, TEN, id, { localPref: id * 100 });
    workAll(rib);
    const condition = { type: "local-pref", operator: "above", value: 150 } as const;
    const statement = { name: "high", conditions: [condition], modifications: [], verdict: "reject" } as const;
    rib.setImportPolicy(peer, { name: "not high", statements: [statement], otherwise: "accept" });
    workAll(rib, 1);
    expect([table.acceptedCount(peer), table.routeCount(peer)]).toEqual([1, 3]);
  });

  test("a peer back from a restart refreshes path by path, whatever identifiers it uses now (RFC 4724 §4.2)", () => {
    const { rib, peer, table, candidates } = withPaths();
    for (const id of [1, 2, 3]) announcePath(rib, peer, TEN, id, { path: [id] });
    rib.markStale(peer, V4);
    expect(table.staleCount(peer)).toBe(3);
    announcePath(rib, peer, TEN, 2, { path: [2] });
    announcePath(rib, peer, TEN, 77, { path: [3] });
    rib.sweepStale(peer, V4);
    workAll(rib);
    expect(
      candidates()
        .map(({ pathId }) => pathId)
        .sort(),
    ).toEqual([2, 77]);
    expect(table.staleCount(peer)).toBe(0);
    rib.checkInvariants(new Map());
  });

  test("a peer back from a restart without ADD-PATH has one path a prefix, and what it had before is swept", () => {
    const { rib, peer, table, candidates } = withPaths();
    for (const id of [1, 2]) announcePath(rib, peer, TEN, id, { path: [id] });
    rib.markStale(peer, V4);
    const its = prefix(TEN);
    const set = table.best(table.find(its)) || candidates()[0]!.received;
    rib.announcePrefix(peer, its, set);
    rib.sweepStale(peer, V4);
    workAll(rib);
    expect(candidates()).toHaveLength(1);
  });

  test("more paths than are kept are counted to the caller", () => {
    const { rib, peer, table } = withPaths();
    let excess = 0;
    for (let id = 0; id < 1500; id++) excess += announcePath(rib, peer, TEN, id);
    expect([excess, table.routeCount(peer)]).toEqual([476, 1024]);
  });
});

describe("explain with several paths by one peer", () => {
  test("names each by its identifier, says what decided between them, and which say the same", () => {
    const { rib, peer } = withPaths();
    announcePath(rib, peer, TEN, 5, { path: [1, 2] });
    announcePath(rib, peer, TEN, 6, { path: [1], nextHop: "192.0.2.1" });
    announcePath(rib, peer, TEN, 7, { path: [1], nextHop: "192.0.2.2" });
    announcePath(rib, peer, TEN, 8, { path: [1], nextHop: "192.0.2.1" });
    workAll(rib);
    const { candidates } = explain(rib, V4, prefix(TEN));
    expect(candidates.map(({ pathId, verdict, lostAt }) => [pathId, verdict, lostAt?.step ?? null])).toEqual([
      [6, "best", null],
      [7, "multipath", "first attributes, octet by octet"],
      [5, "lost", "shortest AS_PATH"],
      [8, "lost", null],
    ]);
    expect(candidates[3]!.reason).toBe("the same as the peer's path 6");
  });
});
