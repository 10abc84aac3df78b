import { describe, expect, it } from "vitest";
import type { AttributeSet } from "../../protocol/attributes/attribute-set.js";
import { asn } from "../../protocol/net/asn.js";
import { routerId } from "../../protocol/net/router-id.js";
import type { ExportProfile } from "../../rib/export/export-profile.js";
import type { Policy } from "../../rib/policy/policy.js";
import { type NextHopId, NO_PEER, type PeerId } from "../../rib/store/ids.js";
import type { JoinOptions } from "../../rib/update-groups.js";
import { attributesText, ExportReceiver } from "../models/export-receiver.js";
import { ACCEPT_ALL, cidr, ExportWorld, ip, path, peerFacts, profileOf } from "../models/export-world.js";

const NET = "192.0.2.0/24";
const SHORT: AttributeSet = { origin: 0, asPath: path(65001), nextHop: ip("10.0.0.91") };
const LONG: AttributeSet = { origin: 0, asPath: path(65002, 65009), nextHop: ip("10.0.0.92") };

/** Refuses what has community 7. */
const NOT_TAGGED: Policy = {
  name: "not tagged",
  statements: [{ name: "tagged", conditions: [{ type: "community", community: 7 }], modifications: [], verdict: "reject" }],
  otherwise: "accept",
};

/** Two upstreams and members under ADD-PATH. */
class Setting {
  readonly world = new ExportWorld();
  readonly one = this.world.addPeer({ name: "one", asNumber: asn(65001), routerId: routerId(1) });
  readonly two = this.world.addPeer({ name: "two", asNumber: asn(65002), routerId: routerId(2) });

  readonly member = (changes: Partial<ExportProfile> = {}, options: JoinOptions = {}, peer: PeerId = NO_PEER) => {
    const profile = profileOf({ addPath: true, ...changes });
    const receiver = new ExportReceiver(peer === NO_PEER ? this.world.addPeer({ name: "member" }) : peer, profile);
    return { receiver, membership: this.world.groups.join(receiver, profile, options) };
  };
}

/** Neighbour ASes of what a receiver has, as told by us. */
function neighbors({ routes }: ExportReceiver): string[] {
  return [...routes.values()].map((text) => /\(65000 (\d+)/.exec(text)?.[1] ?? "ours").sort();
}

describe("PathGroup: every eligible path is told (RFC 7911 §5)", () => {
  it("those that are not the best too, each with an identifier of its own, and nothing of it without ADD-PATH", () => {
    const { world, one, two, member } = new Setting();
    const all = member().receiver;
    const best = member({ addPath: false }).receiver;
    world.announce(one, NET, SHORT);
    world.announce(two, NET, LONG);
    world.settle();
    expect([neighbors(all), neighbors(best)]).toEqual([["65001", "65002"], ["65001"]]);
    expect([...best.routes.keys()]).toEqual([NET]);
    expect(world.groups.groupCount).toBe(2);
  });

  it("a worse path that comes, changes and goes is told, though the best one stays (rank worse: no selection)", () => {
    const { world, one, two, member } = new Setting();
    const { receiver } = member();
    world.announce(one, NET, SHORT);
    world.settle();
    world.announce(two, NET, LONG);
    world.settle();
    world.announce(two, NET, { ...LONG, communities: [9] });
    world.settle();
    expect([...receiver.routes.values()].filter((text) => text.includes("communities=(9)"))).toHaveLength(1);
    world.withdraw(two, NET);
    world.settle();
    expect([neighbors(receiver), receiver.needless]).toEqual([["65001"], 0]);
  });

  it("an identifier stays while the path does: other attributes replace, without a withdrawal", () => {
    const { world, one, two, member } = new Setting();
    const { receiver } = member();
    world.announce(one, NET, SHORT);
    world.announcePath(two, NET, 5, LONG);
    world.announcePath(two, NET, 6, { ...LONG, communities: [6] });
    world.settle();
    const before = [...receiver.routes.keys()].sort();
    world.announcePath(two, NET, 6, { ...SHORT, communities: [66] });
    world.announce(one, NET, { ...LONG, communities: [1] });
    world.withdrawPath(two, NET, 5);
    world.settle();
    const after = [...receiver.routes.keys()].sort();
    expect(before).toHaveLength(3);
    expect(after).toEqual(before.filter((key) => after.includes(key)));
    expect(after).toHaveLength(2);
  });

  it("paths that a peer has told with equal identifiers to ours, or each other's, are told apart", () => {
    const { world, one, two, member } = new Setting();
    const { receiver } = member();
    for (const peer of [one, two]) for (const id of [1, 2]) world.announcePath(peer, NET, id, { ...SHORT, communities: [id] });
    world.settle();
    expect(receiver.routes.size).toBe(4);
  });

  it("no path goes back to the peer that it came from, however the best moves", () => {
    const { world, one, two, member } = new Setting();
    const toOne = member({}, {}, one).receiver;
    const toTwo = member({}, {}, two).receiver;
    world.announce(one, NET, LONG);
    world.announce(two, NET, SHORT);
    world.settle();
    expect([neighbors(toOne), neighbors(toTwo)]).toEqual([["65001"], ["65002"]]); // SHORT is two's, LONG one's
    world.announce(two, NET, { ...LONG, asPath: path(65001, 1, 2, 3) });
    world.settle();
    expect([neighbors(toOne), neighbors(toTwo)]).toEqual([["65001"], ["65002"]]);
    world.withdraw(one, NET);
    world.settle();
    expect([toOne.routes.size, toTwo.routes.size, toOne.needless, toTwo.needless]).toEqual([1, 0, 0, 0]);
  });

  it("policy is asked about each path", () => {
    const { world, one, two, member } = new Setting();
    const { receiver, membership } = member({ policy: NOT_TAGGED });
    world.announce(one, NET, { ...SHORT, communities: [7] });
    world.announce(two, NET, LONG);
    world.settle();
    expect(neighbors(receiver)).toEqual(["65002"]);
    membership.setPolicy(ACCEPT_ALL);
    world.settle();
    expect([neighbors(receiver), receiver.repeated]).toEqual([["65001", "65002"], 0]);
  });

  it("what is learned over iBGP goes to no internal peer that is no client, and to every external one (RFC 4456 §6)", () => {
    const { world, one, member } = new Setting();
    const inside = world.addPeer({ name: "inside", internal: true, asNumber: asn(65000), routerId: routerId(3) });
    world.announce(one, NET, SHORT);
    world.announce(inside, NET, LONG);
    const internal = member({ internal: true, clusterId: 1 }).receiver;
    const external = member().receiver;
    world.settle();
    expect([internal.routes.size, external.routes.size]).toEqual([1, 2]);
    world.rib.updatePeer(inside, peerFacts({ name: "inside", internal: true, routerId: routerId(3), rrClient: true }));
    world.settle();
    expect(internal.routes.size).toBe(2);
  });

  it("a path whose next hop is lost is withdrawn, and told again when it is back (RFC 4271 §9.1.2.1)", () => {
    const { world, one, two, member } = new Setting();
    const { receiver } = member();
    world.announce(one, NET, SHORT);
    world.announce(two, NET, LONG);
    world.settle();
    const { nextHops } = world.rib;
    const lost = [1, 2].find((id) => nextHops.addressOf(id as NextHopId).equals(ip("10.0.0.92"))) as NextHopId;
    nextHops.set(lost, { reachable: false, metric: 0, interface: null });
    world.settle();
    expect(neighbors(receiver)).toEqual(["65001"]);
    nextHops.set(lost, { reachable: true, metric: 0, interface: null });
    world.settle();
    expect(neighbors(receiver)).toEqual(["65001", "65002"]);
  });

  it("the end of a session takes its paths, and nothing is held when everybody has gone", () => {
    const { world, one, two, member } = new Setting();
    const { receiver, membership } = member();
    world.announce(one, NET, SHORT);
    for (const id of [1, 2, 3]) world.announcePath(two, NET, id, { ...LONG, communities: [id] });
    world.settle();
    expect([receiver.routes.size, membership.advertisedCount]).toEqual([4, 4]);
    world.rib.removePeer(two);
    world.settle(1);
    expect([neighbors(receiver), membership.advertisedCount]).toEqual([["65001"], 1]);
    membership.leave();
    world.settle();
    world.checkReleased();
  });
});

describe("PathGroup: messages", () => {
  it("prefixes with the same attributes share a message; a route takes 4 octets more (RFC 7911 §3)", () => {
    const { world, one, member } = new Setting();
    const count = 2000;
    for (let i = 0; i < count; i++) world.announce(one, cidr(`10.${i >> 8}.${i & 255}.0/24`), SHORT);
    const { receiver } = member();
    world.settle(100_000);
    const room = 4096 - 23 - (4 + 13 + 7);
    expect(receiver.lengths.filter((length) => length > 30)).toHaveLength(Math.ceil(count / Math.floor(room / 8)));
    expect([receiver.routes.size, receiver.markers]).toEqual([count, ["End-of-RIB"]]);
    world.rib.removePeer(one);
    receiver.lengths.length = 0;
    world.settle(100_000);
    expect([receiver.routes.size, receiver.lengths.length]).toEqual([0, Math.ceil(count / Math.floor((4096 - 23) / 8))]);
  });

  it("a path too long for a message is not told, and the others are (RFC 8654 §4)", () => {
    const { world, one, two, member } = new Setting();
    const { receiver, membership } = member();
    world.announce(one, NET, { ...SHORT, communities: Array.from({ length: 1020 }, (_, i) => i) });
    world.announce(two, NET, LONG);
    world.settle();
    expect(neighbors(receiver)).toEqual(["65002"]);
    const explained = membership.explain(cidr(NET));
    expect(explained.map(({ isTooLong, isWanted, isPending }) => [isTooLong, isWanted, isPending])).toEqual([
      [true, false, false],
      [false, true, false],
    ]);
  });
});

describe("PathGroup: members that are behind", () => {
  it("one that comes late gets every path, then End-of-RIB", () => {
    const { world, one, two, member } = new Setting();
    member();
    world.announce(one, NET, SHORT);
    world.announce(two, NET, LONG);
    world.settle();
    const { receiver } = member();
    world.settle();
    expect([neighbors(receiver), receiver.markers]).toEqual([["65001", "65002"], ["End-of-RIB"]]);
  });

  it("a refresh tells every path again, and takes nothing back (RFC 2918 §4)", () => {
    const { world, one, two, member } = new Setting();
    world.announce(one, NET, SHORT);
    world.announce(two, NET, LONG);
    const { receiver, membership } = member({}, { enhancedRefresh: true });
    world.settle();
    membership.refresh();
    world.settle();
    expect([receiver.repeated, receiver.needless, receiver.markers]).toEqual([2, 0, ["End-of-RIB", "begin", "end"]]);
  });

  it("one that took too little is told what is left, and what it had and is gone; paths that came and went it never hears of", () => {
    const { world, one, two, member } = new Setting();
    const quick = member().receiver;
    const slow = member().receiver;
    for (const id of [1, 2]) world.announcePath(one, NET, id, { ...SHORT, communities: [id] });
    world.settle();
    slow.isQuick = false;
    slow.weight = 1 << 20;
    world.announce(two, "198.51.100.0/24", LONG);
    world.settle();
    world.withdrawPath(one, NET, 1);
    world.settle();
    world.announce(two, NET, LONG);
    world.settle();
    world.withdraw(two, NET);
    world.settle();
    slow.isQuick = true;
    slow.take();
    world.settle();
    expect([...slow.routes].sort()).toEqual([...quick.routes].sort());
    expect([slow.routes.size, slow.needless]).toEqual([2, 0]);
  });

  it("one that moves to another group is told only of prefixes that differ, of those every path", () => {
    const { world, one, two, member } = new Setting();
    world.announce(one, NET, { ...SHORT, communities: [7] });
    world.announce(two, NET, LONG);
    for (const i of [1, 2, 3]) world.announce(two, `10.${i}.0.0/16`, LONG);
    const [moves, stays] = [member(), member()];
    world.settle();
    moves.membership.setPolicy(NOT_TAGGED);
    world.settle();
    expect([moves.receiver.routes.size, moves.receiver.repeated, moves.receiver.needless]).toEqual([4, 1, 0]);
    expect([stays.receiver.routes.size, world.groups.groupCount]).toEqual([5, 2]);
    moves.membership.setPolicy(ACCEPT_ALL);
    world.settle();
    expect([moves.receiver.routes.size, moves.receiver.repeated]).toEqual([5, 2]);
  });
});

describe("Membership.explain under ADD-PATH", () => {
  it("answers for each path, with the identifier that the peer is sent", () => {
    const { world, one, two, member } = new Setting();
    const { receiver, membership } = member({ policy: NOT_TAGGED }, {}, two);
    world.announce(one, NET, SHORT);
    world.announce(two, NET, LONG);
    const third = world.addPeer({ name: "third", routerId: routerId(3) });
    world.announce(third, NET, { ...LONG, communities: [7] });
    world.settle();
    const [ofOne, ofTwo, ofThird] = membership.explain(cidr(NET));
    expect(ofOne).toMatchObject({ path: { peer: "one" }, isWanted: true, isPending: false, pathId: one });
    expect(ofTwo).toMatchObject({ path: { peer: "two" }, isOwn: true, isWanted: false, advertised: null });
    expect(ofThird).toMatchObject({ path: { peer: "third" }, isWanted: false, policy: { decidedBy: "tagged" } });
    const [told] = membership.advertised(cidr(NET));
    expect([told?.pathId, attributesText(told!.attributes)]).toEqual([one, receiver.routes.get(`${NET} #${one}`)]);
    expect(membership.explain(cidr("203.0.113.0/24"))).toMatchObject([{ path: null, pathId: null, isWanted: false }]);
  });
});
