import { describe, expect, test } from "vitest";
import { Family } from "../../protocol/net/address-family.js";
import { asn } from "../../protocol/net/asn.js";
import { NlriBlock, nlriOctets, writeNlri } from "../../protocol/nlri/nlri-block.js";
import type { Policy, Statement } from "../../rib/policy/policy.js";
import type { Rib } from "../../rib/rib.js";
import type { AttributeSetId, NextHopId, PrefixId } from "../../rib/store/ids.js";
import { attributeList, type PathText, prefix } from "./attribute-lists.js";
import { addPeer, announce, bestPeer, drain, newRib, OWN_AS, PEER, ribPeer, workAll } from "./rib-under-test.js";

const V4 = Family.Ipv4Unicast;

function blockOf(texts: readonly string[]): NlriBlock {
  const prefixes = texts.map(prefix);
  const bytes = new Uint8Array(prefixes.reduce((sum, { length }) => sum + nlriOctets(length), 0));
  let at = 0;
  for (const { address, length } of prefixes) at = writeNlri(bytes, at, address.w0, address.w1, address.w2, address.w3, length);
  const block = new NlriBlock();
  block.set(bytes, 0, at, prefixes[0]!.family, false);
  return block;
}

function intern(rib: Rib, path: PathText, family: Family = V4): AttributeSetId {
  const bytes = attributeList(path, family);
  return rib.attributes.intern(bytes, 0, bytes.length);
}

/** `count` different /24s. */
function many(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `10.${(i >> 8) & 255}.${i & 255}.0/24`);
}

const REJECT: Policy = { name: "none", statements: [], otherwise: "reject" };

describe("Rib.announce and Rib.withdraw", () => {
  test.each([
    [Family.Ipv4Unicast, ["10.0.0.0/8", "10.1.0.0/16", "0.0.0.0/0"], "192.0.2.1"],
    [Family.Ipv6Unicast, ["2001:db8::/32", "2001:db8:0:1::/64", "::/0"], "2001:db8::1"],
  ])("store and remove a route for every prefix of the block: %s", (family, texts, nextHop) => {
    const rib = newRib();
    const table = rib.table(family);
    const peer = addPeer(rib);
    const set = intern(rib, { nextHop }, family);
    rib.announce(peer, blockOf(texts), set);
    rib.attributes.release(set);
    workAll(rib);
    expect(table.routeCount(peer)).toBe(3);
    expect(table.prefixCount).toBe(3);
    for (const text of texts) expect(table.best(table.find(prefix(text)))).toBe(set);
    rib.withdraw(peer, blockOf([...texts.slice(1), texts[1]!]));
    workAll(rib);
    expect(table.routeCount(peer)).toBe(1);
    expect(table.find(prefix(texts[1]!))).toBe(0);
    rib.checkInvariants(new Map());
  });

  test("a withdrawal of what was never announced does nothing", () => {
    const rib = newRib();
    rib.withdraw(addPeer(rib), blockOf(["10.0.0.0/8"]));
    expect(rib.work(10)).toBe(false);
    expect(rib.table(V4).prefixes.count).toBe(0);
  });

  test("announcing the same again is not a change", () => {
    const rib = newRib();
    const peer = addPeer(rib);
    announce(rib, peer, "10.0.0.0/8");
    workAll(rib);
    announce(rib, peer, "10.0.0.0/8");
    expect(rib.table(V4).dirtyCount).toBe(0);
  });

  test("a path worse in rank than the best one makes no work, unless it was the best", () => {
    const rib = newRib();
    const good = addPeer(rib, { name: "good" });
    const bad = addPeer(rib, { name: "bad" });
    announce(rib, good, "10.0.0.0/8", { path: [1] });
    workAll(rib);
    announce(rib, bad, "10.0.0.0/8", { path: [1, 2] });
    expect(rib.table(V4).dirtyCount).toBe(0);
    announce(rib, good, "10.0.0.0/8", { path: [1, 2, 3] });
    expect(rib.table(V4).dirtyCount).toBe(1);
    workAll(rib);
    expect(bestPeer(rib, "10.0.0.0/8")).toBe("bad");
  });

  test("best and bestPeer are 0 for ids never seen", () => {
    const table = newRib().table(V4);
    expect([table.best(999_999 as PrefixId), table.bestPeer(999_999 as PrefixId)]).toEqual([0, 0]);
  });
});

describe("Rib.work", () => {
  test("selects at most `limit` prefixes a call, in the order of their changes", () => {
    const rib = newRib();
    const queue = rib.table(V4).subscribe();
    const peer = addPeer(rib);
    for (const text of many(10)) announce(rib, peer, text);
    expect(rib.work(4)).toBe(true);
    expect(drain(rib, V4, queue)).toEqual(many(10).slice(0, 4));
    expect(rib.work(4)).toBe(true);
    expect(rib.work(4)).toBe(false);
    expect(drain(rib, V4, queue)).toEqual(many(10).slice(4));
  });

  test("a peer's routes leave in parts, and the others take over", () => {
    const rib = newRib();
    const table = rib.table(V4);
    const first = addPeer(rib, { name: "first", routerId: 1 });
    const second = addPeer(rib, { name: "second", routerId: 2 });
    for (const text of many(2500)) {
      announce(rib, first, text);
      announce(rib, second, text);
    }
    workAll(rib);
    rib.removePeer(first);
    expect(rib.work(1000)).toBe(true);
    expect(table.routeCount(first)).toBe(1500);
    expect(rib.peer(first).name).toBe("first");
    workAll(rib);
    expect(table.routeCount(first)).toBe(0);
    expect(many(2500).every((text) => bestPeer(rib, text) === "second")).toBe(true);
    rib.checkInvariants(new Map());
  });

  test("a peer back at once has another id, and what it announced before is gone", () => {
    const rib = newRib();
    const before = addPeer(rib);
    for (const text of many(10)) announce(rib, before, text);
    workAll(rib);
    rib.removePeer(before);
    const after = addPeer(rib);
    expect(after).not.toBe(before);
    announce(rib, after, many(1)[0]!);
    workAll(rib);
    expect(rib.table(V4).prefixCount).toBe(1);
    expect(rib.table(V4).bestPeer(rib.table(V4).find(prefix(many(1)[0]!)))).toBe(after);
  });

  test("a next hop that goes away and comes back takes its routes with it, in parts", () => {
    const rib = newRib();
    const peer = addPeer(rib, { name: "near", routerId: 1 });
    const other = addPeer(rib, { name: "far", routerId: 2 });
    for (const text of many(100)) {
      announce(rib, peer, text, { nextHop: "192.0.2.1" });
      announce(rib, other, text, { nextHop: "192.0.2.2" });
    }
    workAll(rib);
    const nearest = rib.attributes.nextHop(rib.table(V4).best(1 as PrefixId));
    rib.nextHops.set(nearest, { reachable: false, metric: 0, interface: null });
    expect(bestPeer(rib, many(1)[0]!)).toBe("near");
    expect(rib.work(10)).toBe(true);
    workAll(rib, 10);
    expect(many(100).every((text) => bestPeer(rib, text) === "far")).toBe(true);
    rib.nextHops.set(nearest, { reachable: true, metric: 0, interface: null });
    workAll(rib, 10);
    expect(many(100).every((text) => bestPeer(rib, text) === "near")).toBe(true);
  });

  test("a next hop that a resolver knows to be unreachable from the start is never used", () => {
    const rib = newRib();
    rib.nextHops.onNew = (id: NextHopId) => rib.nextHops.set(id, { reachable: false, metric: 0, interface: null });
    const peer = addPeer(rib);
    announce(rib, peer, "10.0.0.0/8");
    workAll(rib);
    expect(bestPeer(rib, "10.0.0.0/8")).toBeNull();
    expect(rib.table(V4).acceptedCount(peer)).toBe(1);
  });
});

describe("import", () => {
  test("another policy is applied to what was received, in parts, without asking the peer", () => {
    const rib = newRib();
    const table = rib.table(V4);
    const peer = addPeer(rib);
    for (const text of many(2000)) announce(rib, peer, text);
    workAll(rib);
    rib.setImportPolicy(peer, REJECT);
    announce(rib, peer, "192.0.2.0/24");
    expect(table.candidatesOf(peer, table.find(prefix("192.0.2.0/24")))[0]?.accepted).toBe(0);
    expect(rib.work(500)).toBe(true);
    expect(table.acceptedCount(peer)).toBe(1500);
    workAll(rib);
    expect([table.prefixCount, table.acceptedCount(peer), table.routeCount(peer)]).toEqual([0, 0, 2001]);
    rib.checkInvariants(new Map());
    rib.setImportPolicy(peer, null);
    workAll(rib);
    expect(table.prefixCount).toBe(2001);
    rib.checkInvariants(new Map());
  });

  test("a policy replaced while the one before is being applied is the one that counts", () => {
    const rib = newRib();
    const peer = addPeer(rib);
    for (const text of many(100)) announce(rib, peer, text);
    rib.setImportPolicy(peer, REJECT);
    rib.work(50);
    rib.setImportPolicy(peer, null);
    workAll(rib);
    expect(rib.table(V4).prefixCount).toBe(100);
  });

  test("a policy that is replaced leaves no modified sets behind, not even when it was still being applied", () => {
    const rib = newRib();
    const peer = addPeer(rib);
    for (const [i, text] of many(100).entries()) announce(rib, peer, text, { med: i });
    const prefer: Statement = {
      name: "prefer",
      conditions: [],
      modifications: [{ type: "set-local-pref", value: 200 }],
      verdict: "accept",
    };
    rib.setImportPolicy(peer, { name: "prefer", statements: [prefer], otherwise: "reject" });
    rib.work(50);
    expect(rib.attributes.count).toBe(150);
    rib.setImportPolicy(peer, null);
    workAll(rib);
    expect(rib.attributes.count).toBe(100);
    rib.checkInvariants(new Map());
  });

  test("a route with our AS in its path is kept but not accepted (RFC 4271 §9.1.2)", () => {
    const rib = newRib();
    const table = rib.table(V4);
    const strict = addPeer(rib);
    const lenient = addPeer(rib, { allowOwnAs: 1 });
    for (const peer of [strict, lenient]) announce(rib, peer, "10.0.0.0/8", { path: [1, OWN_AS] });
    announce(rib, lenient, "11.0.0.0/8", { path: [1, OWN_AS, OWN_AS] });
    workAll(rib);
    expect([table.routeCount(strict), table.acceptedCount(strict)]).toEqual([1, 0]);
    expect([table.routeCount(lenient), table.acceptedCount(lenient)]).toEqual([2, 1]);
  });

  test("the AS that a session uses as ours is the one that loops there", () => {
    const rib = newRib();
    const table = rib.table(V4);
    const early = addPeer(rib);
    announce(rib, early, "10.0.0.0/8", { path: [1, 65099] });
    const disguised = addPeer(rib, { localAs: 65099 });
    announce(rib, disguised, "10.0.0.0/8", { path: [1, 65099] });
    announce(rib, disguised, "11.0.0.0/8", { path: [1, OWN_AS] });
    expect(table.acceptedCount(early)).toBe(1);
    expect([table.routeCount(disguised), table.acceptedCount(disguised)]).toEqual([2, 1]);
  });

  test("updatePeer tells consumers of every best path of the peer, though it stays (RFC 4456 §6: who may hear of it)", () => {
    const rib = newRib();
    const queue = rib.table(V4).subscribe();
    const a = addPeer(rib, { name: "a", routerId: 1, internal: true });
    const b = addPeer(rib, { name: "b", routerId: 2, internal: true });
    for (const peer of [a, b]) announce(rib, peer, "10.0.0.0/8");
    announce(rib, b, "11.0.0.0/8");
    workAll(rib);
    drain(rib, V4, queue);
    rib.updatePeer(b, { ...rib.peer(b), rrClient: true });
    workAll(rib);
    expect(drain(rib, V4, queue)).toEqual(["11.0.0.0/8"]);
  });

  test("updatePeer sees the routes anew: other tolerance, other identifier", () => {
    const rib = newRib();
    const a = addPeer(rib, { name: "a", routerId: 1 });
    const b = addPeer(rib, { name: "b", routerId: 2 });
    for (const peer of [a, b]) announce(rib, peer, "10.0.0.0/8");
    announce(rib, a, "11.0.0.0/8", { path: [OWN_AS] });
    workAll(rib);
    expect(bestPeer(rib, "11.0.0.0/8")).toBeNull();
    rib.updatePeer(a, ribPeer({ ...PEER, name: "a", routerId: 3, allowOwnAs: 1 }));
    workAll(rib);
    expect(bestPeer(rib, "10.0.0.0/8")).toBe("b");
    expect(bestPeer(rib, "11.0.0.0/8")).toBe("a");
  });
});

describe("stale routes (RFC 4724 §4.2)", () => {
  test("stay until they are swept; those announced again stay after it", () => {
    const rib = newRib();
    const table = rib.table(V4);
    const queue = table.subscribe();
    const peer = addPeer(rib);
    for (const text of many(10)) announce(rib, peer, text);
    workAll(rib);
    drain(rib, V4, queue);
    rib.markStale(peer, V4);
    workAll(rib);
    expect(table.prefixCount).toBe(10);
    for (const text of many(4)) announce(rib, peer, text);
    rib.sweepStale(peer, V4);
    workAll(rib, 3);
    expect(table.routeCount(peer)).toBe(4);
    expect(drain(rib, V4, queue)).toEqual(many(10).slice(4));
    rib.checkInvariants(new Map());
  });

  test("a peer that never comes back is removed with them", () => {
    const rib = newRib();
    const peer = addPeer(rib);
    announce(rib, peer, "10.0.0.0/8");
    rib.markStale(peer, V4);
    rib.removePeer(peer);
    workAll(rib);
    expect(rib.table(V4).prefixes.count).toBe(0);
  });
});

describe("sources of our own", () => {
  test("are not checked for loops", () => {
    const rib = newRib();
    const direct = addPeer(rib, { name: "direct", source: "direct" });
    announce(rib, direct, "10.0.0.0/8", { path: [OWN_AS] });
    workAll(rib);
    expect(bestPeer(rib, "10.0.0.0/8")).toBe("direct");
    expect(rib.peer(direct).localAs).toBe(asn(OWN_AS));
  });
});
