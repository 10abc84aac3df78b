import { describe, expect, test } from "vitest";
import { asn } from "../../protocol/net/asn.js";
import { attributesView } from "../../src/api/attributes-view.js";
import { explainView } from "../../src/api/explain-view.js";
import { notReady } from "../../src/api/monitoring-routes.js";
import { advertisedViews, locRibViews, receivedViews } from "../../src/api/route-views.js";
import { sessionViews } from "../../src/api/status-view.js";
import type { SessionView } from "../../src/api/views.js";
import { Lab } from "../peer/lab.js";
import { clusterOf, Speaker } from "../peer/speaker.js";
import { address, attributeSet, prefix } from "../rib/attribute-lists.js";
import { addPeer, announce, newRib, workAll } from "../rib/rib-under-test.js";

const KERNEL = { state: "off", reason: "", hops: [], metric: null };

describe("attributesView", () => {
  test("shows attributes as people write them, and what is absent as null or nothing", () => {
    const set = {
      ...attributeSet({
        path: [65001, 200000],
        med: 5,
        communities: [0xfde90001],
        originatorId: "10.0.0.9",
        clusterList: [0xf4000001],
      }),
      largeCommunities: [[200000, 1, 2]] as never,
    };
    expect(attributesView(set, "eth0")).toEqual({
      nextHop: "192.0.2.1",
      asPath: "65001 200000",
      origin: "IGP",
      localPref: null,
      med: 5,
      communities: ["65001:1"],
      largeCommunities: expect.any(Array),
      originatorId: "10.0.0.9",
      clusterList: ["244.0.0.1"],
      interface: "eth0",
    });
    const empty = attributesView({}, null);
    expect(empty).toMatchObject({ nextHop: null, asPath: "", origin: "incomplete", med: null, communities: [], interface: null });
  });
});

describe("locRibViews", () => {
  test("lists prefixes by address; of each the best path first, others with `all` only", () => {
    const rib = newRib({ maximumPaths: 1 });
    const [a, b] = [addPeer(rib, { name: "a", address: 0x0a000102 }), addPeer(rib, { name: "b", address: 0x0a000103 })];
    announce(rib, a, "10.2.0.0/16", { path: [65001, 65002] });
    announce(rib, b, "10.2.0.0/16", { path: [65001] });
    announce(rib, a, "10.1.0.0/16");
    announce(rib, a, "10.1.0.0/24");
    workAll(rib);
    const rows = (all: boolean) =>
      [...locRibViews(rib, rib.table("ipv4-unicast"), all)].map(
        (view) => `${view.prefix} ${view.peer}${view.best ? " best" : ""}`,
      );
    expect(rows(false)).toEqual(["10.1.0.0/16 10.0.1.2 best", "10.1.0.0/24 10.0.1.2 best", "10.2.0.0/16 10.0.1.3 best"]);
    expect(rows(true).slice(2)).toEqual(["10.2.0.0/16 10.0.1.3 best", "10.2.0.0/16 10.0.1.2"]);
  });

  test("paths used together are marked multipath", () => {
    const rib = newRib({ maximumPaths: 16 });
    for (const [name, at] of [
      ["a", 0x0a000102],
      ["b", 0x0a000103],
    ] as const)
      announce(rib, addPeer(rib, { name, address: at, routerId: at }), "10.0.0.0/8", { nextHop: `192.0.2.${at & 255}` });
    workAll(rib);
    const views = [...locRibViews(rib, rib.table("ipv4-unicast"), false)];
    expect(views.map(({ best, multipath }) => ({ best, multipath }))).toEqual([
      { best: true, multipath: false },
      { best: false, multipath: true },
    ]);
  });

  test("a table that changes while it is read leaves out what is gone, and does not fail", () => {
    const rib = newRib();
    const peer = addPeer(rib);
    for (let i = 0; i < 10; i++) announce(rib, peer, `10.${i}.0.0/16`);
    workAll(rib);
    const table = rib.table("ipv4-unicast");
    const [all, received] = [locRibViews(rib, table, true), receivedViews(rib, table, { peer }, null)];
    const readers = [all[Symbol.iterator](), received[Symbol.iterator]()];
    for (const reader of readers) expect(reader.next().done).toBe(false);
    rib.removePeer(peer);
    workAll(rib);
    for (const reader of readers) expect(reader.next().done).toBe(true);
  });
});

describe("advertisedViews", () => {
  test("a peer whose session ends while its Adj-RIB-Out is read: the rest is left out, and nothing fails", () => {
    const lab = new Lab();
    const [one] = [1, 2].map((host) => new Speaker(lab, host, clusterOf([1, 2]))) as [Speaker];
    for (let block = 0; block < 10; block++) one.originate(`10.244.${block}.0/26`);
    lab.advance(30);
    const { routing, peer } = one.session(2);
    const rows = advertisedViews(one.rib, one.rib.table("ipv4-unicast"), routing, null)[Symbol.iterator]();
    expect(rows.next().value).toMatchObject({ prefix: "10.244.0.0/26" });
    peer.reset({ subcode: 4 });
    lab.run();
    expect(routing.membership).toBeNull();
    let left = 0;
    while (!rows.next().done) left++;
    expect(left).toBeLessThan(10);
  });
});

describe("explainView", () => {
  test("a path that may not be used says why: own AS in the path, next hop out of reach", () => {
    const rib = newRib();
    const peer = addPeer(rib);
    announce(rib, peer, "10.0.0.0/8", { path: [65001, 64512] });
    announce(rib, peer, "11.0.0.0/8", { nextHop: "192.0.2.77" });
    rib.nextHops.set(rib.nextHops.intern(address("192.0.2.77")), { reachable: false, metric: 0, interface: null });
    workAll(rib);
    const reasonOf = (text: string) => explainView(rib, [], prefix(text), KERNEL, []).candidates.map(({ reason }) => reason);
    expect(reasonOf("10.0.0.0/8")).toEqual([expect.stringContaining("64512")]);
    expect(reasonOf("11.0.0.0/8")).toEqual(["next hop 192.0.2.77 cannot be resolved (RFC 4271 §9.1.2.1)"]);
    expect(reasonOf("12.0.0.0/8")).toEqual([]);
  });

  test("of a session that is down it says so, of one that is up what was sent and by which statement", () => {
    const lab = new Lab();
    const [one, two] = [1, 2].map((host) => new Speaker(lab, host, clusterOf([1, 2, 3]))) as [Speaker, Speaker];
    one.originate("10.244.1.0/26");
    one.originate("192.0.2.0/24"); // in no pool
    lab.advance(30);
    const exports = (text: string) =>
      explainView(one.rib, one.sessions, prefix(text), KERNEL, []).exports.map(
        ({ peer, sent, reason }) => `${peer} ${sent}: ${reason}`,
      );
    expect(two.received(1)).toEqual(["10.244.1.0/26"]);
    expect(exports("10.244.1.0/26")).toEqual([
      expect.stringMatching(/^10\.0\.0\.2 true: accepted by IPPool pool pool 10\.244\.0\.0\/16 \(.*:\d+\)$/),
      expect.stringMatching(/^10\.0\.0\.3 false: the session is (Connect|Active|Idle)$/),
    ]);
    expect(exports("192.0.2.0/24")[0]).toBe('10.0.0.2 false: rejected by the end of policy "export ipv4-unicast iBGP"');
    expect(exports("198.51.100.0/24")[0]).toBe("10.0.0.2 false: there is no best path");
  });
});

describe("sessionViews", () => {
  test("an Established session shows what was negotiated and its routes; one that is down shows neither", () => {
    const lab = new Lab();
    const [one, two] = [1, 2].map((host) => new Speaker(lab, host, clusterOf([1, 2, 3]))) as [Speaker, Speaker];
    two.originate("10.244.2.0/26");
    lab.advance(30);
    const [up, down] = sessionViews(one.rib, one.sessions);
    expect(up).toMatchObject({
      name: "Mesh_10_0_0_2",
      state: "up",
      bgpState: "Established",
      info: "Established",
      lastError: null,
      remoteRouterId: "10.0.0.2",
      holdTimeSeconds: 240,
      keepaliveSeconds: 80,
      capabilities: [
        "multiprotocol 1/1",
        "route-refresh",
        "extended-message",
        `four-octet-as ${asn(64512)}`,
        "add-path 1/1 both",
        "graceful-restart 120 s",
      ],
      received: 1,
      accepted: 1,
      advertised: 0,
      resets: 0,
      faults: {},
      cause: { kind: "Node", name: "n2" },
    });
    expect(Date.parse(up!.since)).toBeGreaterThan(0);
    expect(down).toMatchObject({ state: "start", holdTimeSeconds: null, capabilities: [], received: 0, advertised: 0 });
    expect(down?.info).toBe("Passive"); // the lower address of a mesh waits
  });
});

describe("notReady", () => {
  const session = (name: string, state: SessionView["state"]) => ({ name, state }) as SessionView;
  test.each([
    ["no peers", [], 0, "over", null],
    ["all are up", [session("a", "up"), session("b", "up")], 0, "over", null],
    ["at first every one must be up", [session("a", "up"), session("b", "start")], 59, "deferring", "not Established yet: b"],
    ["and our restart over", [session("a", "up")], 59, "deferring", "graceful restart: waiting for a"],
    ["its sweep may take longer", [session("a", "up")], 59, "sweeping", null],
    ["later one is enough", [session("a", "up"), session("b", "start")], 60, "deferring", null],
    ["none is up", [session("a", "down"), session("b", "start")], 3600, "over", "no session is Established: a, b"],
  ] as const)("%s", (_, sessions, uptimeSeconds, phase, reason) => {
    expect(notReady({ sessions, uptimeSeconds, recovery: { phase, waitingFor: ["a"], until: null } })).toBe(reason);
  });
});
