import { describe, expect, it } from "vitest";
import type { AttributeSet } from "../../protocol/attributes/attribute-set.js";
import { asn } from "../../protocol/net/asn.js";
import { IpAddress } from "../../protocol/net/ip-address.js";
import { Prefix } from "../../protocol/net/prefix.js";
import { routerId } from "../../protocol/net/router-id.js";
import type { ExportProfile } from "../../rib/export/export-profile.js";
import type { GroupMember } from "../../rib/export/recipient.js";
import type { Policy } from "../../rib/policy/policy.js";
import type { PeerId } from "../../rib/store/ids.js";
import type { JoinOptions, Membership } from "../../rib/update-groups.js";
import { ExportReceiver } from "../models/export-receiver.js";
import { ACCEPT_ALL, cidr, ExportWorld, ip, path, profileOf } from "../models/export-world.js";

const VIA: AttributeSet = { origin: 0, asPath: path(65001), nextHop: ip("10.0.0.99") };
const VIA_LONGER: AttributeSet = { ...VIA, asPath: path(65001, 65009) };

/** Refuses what is inside 10.0.0.0/16. */
const NOT_LOW: Policy = {
  name: "not low",
  statements: [
    {
      ...{ name: "low", verdict: "reject", modifications: [] },
      conditions: [{ type: "inside-any", cidrs: [cidr("10.0.0.0/16")] }],
    },
  ],
  otherwise: "accept",
};

const block = (i: number) => Prefix.of(IpAddress.v4((10 << 24) | (i << 8)), 24);

class Setting {
  readonly world = new ExportWorld();
  readonly feeder = this.world.addPeer({ name: "feeder", routerId: routerId(1) });

  /** The feeder announces 10.0.`from`.0/24 and those after it. */
  feed(count: number, set: AttributeSet = VIA, from = 0): void {
    for (let i = from; i < from + count; i++) this.world.announce(this.feeder, block(i), set);
  }

  member(changes: Partial<ExportProfile> = {}, options: JoinOptions = {}, peer = this.world.addPeer({ name: "member" })) {
    const profile = profileOf(changes);
    const receiver = new ExportReceiver(peer, profile);
    return { receiver, membership: this.world.groups.join(receiver, profile, options) };
  }
}

describe("UpdateGroups: what members are told", () => {
  it("a member gets what there is, then End-of-RIB (RFC 4724 §2)", () => {
    const setting = new Setting();
    setting.feed(2);
    const { receiver } = setting.member();
    setting.world.settle();
    expect([...receiver.routes.keys()]).toEqual(["10.0.0.0/24", "10.0.1.0/24"]);
    expect(receiver.routes.get("10.0.0.0/24")).toBe("asPath=({asns:(65000 65001),type:sequence}) nextHop=10.0.0.1 origin=0");
    expect([receiver.messages, receiver.markers]).toEqual([2, ["End-of-RIB"]]);
  });

  it("End-of-RIB comes for an empty table too, and in every portion size after everything else", () => {
    const empty = new Setting();
    const first = empty.member().receiver;
    empty.world.settle();
    expect(first.markers).toEqual(["End-of-RIB"]);
    const setting = new Setting();
    setting.feed(700);
    const { receiver } = setting.member();
    setting.world.rib.work(1000);
    while (receiver.markers.length === 0) setting.world.groups.work(1);
    expect(receiver.routes.size).toBe(700);
  });

  it("what comes out the same is not sent again", () => {
    const setting = new Setting();
    setting.feed(5);
    const { receiver } = setting.member();
    setting.world.settle();
    const told = receiver.messages;
    setting.feed(5, { ...VIA, localPref: 200 }); // never told to external peers, but another set
    setting.world.settle();
    expect(receiver.repeated).toBe(5);
    setting.feed(5, { ...VIA, localPref: 200 });
    setting.world.rib.updatePeer(setting.feeder, setting.world.rib.peer(setting.feeder)); // everything is looked at again
    setting.world.settle();
    expect(receiver.messages).toBe(told + 1);
  });

  it("equal profiles, of whatever objects, make one group", () => {
    const setting = new Setting();
    setting.member();
    setting.member({ policy: { ...ACCEPT_ALL }, selfAddress: ip("10.0.0.1") });
    expect(setting.world.groups.groupCount).toBe(1);
    setting.member({ nextHop: "self" });
    expect(setting.world.groups.groupCount).toBe(2);
  });

  it("a route does not go back to its source, and a member that becomes the source loses what it was told", () => {
    const setting = new Setting();
    const { world } = setting;
    const a = world.addPeer({ name: "a", routerId: routerId(2) });
    const b = world.addPeer({ name: "b", routerId: routerId(3) });
    const toA = setting.member({}, {}, a).receiver;
    const toB = setting.member({}, {}, b).receiver;
    world.announce(a, "192.0.2.0/24", VIA_LONGER);
    world.settle();
    expect([toA.routes.size, toB.routes.size]).toEqual([0, 1]);
    world.announce(b, "192.0.2.0/24", VIA);
    world.settle();
    expect([toA.routes.size, toB.routes.size]).toEqual([1, 0]);
    world.withdraw(b, "192.0.2.0/24");
    world.settle();
    expect([toA.routes.size, toB.routes.size]).toEqual([0, 1]);
    world.withdraw(a, "192.0.2.0/24");
    world.settle();
    expect([toA.routes.size, toB.routes.size, toA.needless, toB.needless]).toEqual([0, 0, 0, 0]);
  });
});

/** Notes which buffers it was handed. */
class Watcher implements GroupMember {
  readonly peer: PeerId;
  readonly backlog = 0;
  readonly pieces: string[] = [];
  readonly chunks: Uint8Array[] = [];

  constructor(peer: PeerId) {
    this.peer = peer;
  }

  write(chunk: Uint8Array, start: number, end: number, flushed: () => void): void {
    if (!this.chunks.includes(chunk)) this.chunks.push(chunk);
    this.pieces.push(`${this.chunks.indexOf(chunk)}: ${start}-${end}`);
    flushed();
  }
}

describe("UpdateGroups: members share what is encoded", () => {
  it("fifty that join together get the same octets of the same buffers, also when they come late", () => {
    const setting = new Setting();
    setting.feed(3000);
    setting.member();
    setting.world.settle();
    const watchers = Array.from({ length: 50 }, (_, i) => new Watcher(setting.world.addPeer({ name: `late ${i}` })));
    for (const watcher of watchers) setting.world.groups.join(watcher, profileOf());
    setting.world.settle(500);
    expect(watchers[0].pieces.length).toBeGreaterThan(3);
    const [first, ...others] = watchers;
    for (const { pieces, chunks } of others) {
      expect(pieces).toEqual(first.pieces);
      expect(chunks.every((chunk, i) => chunk === first.chunks[i] || chunk.length < 100)).toBe(true);
    }
  });

  it("after the last member has left nothing is held", () => {
    const setting = new Setting();
    setting.feed(100);
    const memberships = [setting.member(), setting.member(), setting.member({ nextHop: "self" })];
    setting.world.settle();
    for (const { membership } of memberships) membership.leave();
    setting.world.settle(10);
    setting.world.checkReleased();
  });

  it("a member that leaves is written nothing more, even in the middle of a turn", () => {
    const setting = new Setting();
    setting.feed(100);
    let writes = 0;
    let membership: Membership | null = null;
    const member: GroupMember = {
      peer: setting.world.addPeer(),
      backlog: 0,
      write: (_chunk, _start, _end, flushed) => {
        writes++;
        membership?.leave();
        flushed();
      },
    };
    membership = setting.world.groups.join(member, profileOf());
    setting.world.settle();
    expect(writes).toBe(1);
    setting.world.checkReleased();
  });
});

describe("UpdateGroups: slow members", () => {
  it("one far behind does not hold back the others, and is told each prefix once when it takes again", () => {
    const setting = new Setting();
    const quick = setting.member().receiver;
    const slow = setting.member().receiver;
    setting.world.settle();
    slow.isQuick = false;
    slow.weight = 1 << 20; // five octets are beyond what it may be behind
    setting.feed(300);
    setting.world.settle();
    const written = slow.backlog;
    for (let med = 0; med < 10; med++) {
      setting.feed(300, { ...VIA, communities: [med] });
      setting.world.settle();
    }
    expect(slow.backlog).toBe(written);
    expect([quick.messages, quick.routes.size]).toEqual([12, 300]);
    slow.isQuick = true;
    slow.take();
    const before = slow.messages;
    setting.world.settle();
    expect([...slow.routes]).toEqual([...quick.routes]);
    expect(slow.messages - before).toBe(1);
  });

  it("routes that came and went meanwhile are not told, those it had are withdrawn", () => {
    const setting = new Setting();
    setting.member();
    const slow = setting.member().receiver;
    setting.feed(10);
    setting.world.settle();
    slow.isQuick = false;
    slow.weight = 1 << 20;
    setting.feed(10, VIA, 10);
    setting.world.settle();
    setting.feed(10, VIA, 20);
    setting.world.settle();
    for (let i = 5; i < 30; i++) setting.world.withdraw(setting.feeder, block(i));
    setting.world.settle();
    slow.isQuick = true;
    slow.take();
    setting.world.settle();
    expect([...slow.routes.keys()]).toEqual(Array.from({ length: 5 }, (_, i) => `10.0.${i}.0/24`));
    expect(slow.needless).toBe(0);
  });

  it("when nobody is ready work rests, and onWork says when it can go on", () => {
    const setting = new Setting();
    const { receiver } = setting.member();
    setting.world.settle();
    receiver.isQuick = false;
    receiver.weight = 1 << 20;
    setting.feed(600);
    setting.world.rib.work(1000);
    expect(setting.world.groups.work(256)).toBe(false);
    const written = receiver.backlog;
    expect(setting.world.groups.work(256)).toBe(false);
    expect(receiver.backlog).toBe(written);
    let calls = 0;
    setting.world.groups.onWork = () => calls++;
    receiver.take();
    expect(calls).toBe(1);
    receiver.isQuick = true;
    setting.world.settle();
    expect(receiver.routes.size).toBe(600);
  });
});

describe("UpdateGroups: ROUTE-REFRESH", () => {
  it("everything goes to the member again, and to it alone (RFC 2918 §4)", () => {
    const setting = new Setting();
    setting.feed(20);
    const asks = setting.member();
    const other = setting.member();
    setting.world.settle();
    const told = other.receiver.messages;
    asks.membership.refresh();
    setting.world.settle();
    expect([asks.receiver.repeated, asks.receiver.needless, asks.receiver.markers]).toEqual([20, 0, ["End-of-RIB"]]);
    expect(other.receiver.messages).toBe(told);
  });

  it("between BoRR and EoRR when the peer knows them (RFC 7313 §4)", () => {
    const setting = new Setting();
    setting.feed(20);
    const { receiver, membership } = setting.member({}, { enhancedRefresh: true });
    setting.world.settle();
    membership.refresh();
    setting.world.settle();
    expect(receiver.markers).toEqual(["End-of-RIB", "begin", "end"]);
    expect(receiver.repeated).toBe(20);
  });

  it("no BoRR comes before End-of-RIB (RFC 7313 §4)", () => {
    const setting = new Setting();
    setting.feed(20);
    const { receiver, membership } = setting.member({}, { enhancedRefresh: true });
    membership.refresh();
    setting.world.settle();
    expect(receiver.markers).toEqual(["End-of-RIB", "begin", "end"]);
  });

  it("what changes meanwhile is told as it is, and withdrawn when it is gone", () => {
    const setting = new Setting();
    setting.feed(600);
    const { receiver, membership } = setting.member({}, { enhancedRefresh: true });
    setting.world.settle();
    membership.refresh();
    setting.world.work(256);
    setting.feed(1, VIA_LONGER, 599);
    setting.world.withdraw(setting.feeder, block(598));
    setting.world.withdraw(setting.feeder, block(1));
    setting.world.settle(256);
    expect(receiver.routes.size).toBe(598);
    expect(receiver.routes.get("10.2.87.0/24")).toContain("65009");
    expect([receiver.needless, receiver.markers.at(-1)]).toEqual([0, "end"]);
  });
});

describe("UpdateGroups: another policy or profile", () => {
  it("all members of a group are told only what differs, with no reset", () => {
    const setting = new Setting();
    setting.feed(300);
    const members = [setting.member(), setting.member()];
    setting.world.settle();
    for (const { membership } of members) membership.setPolicy(NOT_LOW);
    setting.world.settle();
    expect(setting.world.groups.groupCount).toBe(1);
    for (const { receiver, membership } of members) {
      expect([receiver.routes.size, receiver.repeated, receiver.needless]).toEqual([44, 0, 0]);
      expect(membership.profile.policy).toBe(NOT_LOW);
    }
    for (const { membership } of members) membership.setPolicy(ACCEPT_ALL);
    setting.world.settle();
    for (const { receiver } of members) expect([receiver.routes.size, receiver.repeated]).toEqual([300, 0]);
  });

  it("one member of several moves to another group, and is told only what differs", () => {
    const setting = new Setting();
    setting.feed(600);
    const [moves, stays] = [setting.member(), setting.member()];
    setting.world.settle();
    const told = stays.receiver.messages;
    moves.membership.setPolicy(NOT_LOW);
    setting.world.settle(256);
    expect([moves.receiver.routes.size, moves.receiver.repeated, moves.receiver.needless]).toEqual([344, 0, 0]);
    expect([stays.receiver.routes.size, stays.receiver.messages]).toEqual([600, told]);
    expect(setting.world.groups.groupCount).toBe(2);
    moves.membership.setPolicy(ACCEPT_ALL);
    setting.world.settle(256);
    expect([moves.receiver.routes.size, moves.receiver.repeated]).toEqual([600, 0]);
    expect(setting.world.groups.groupCount).toBe(1);
    expect(moves.receiver.markers).toEqual(["End-of-RIB"]);
  });

  it("with another next hop everything is told again", () => {
    const setting = new Setting();
    setting.feed(10);
    const { receiver, membership } = setting.member();
    setting.world.settle();
    membership.setProfile(profileOf({ selfAddress: ip("10.0.0.2") }));
    setting.world.settle();
    expect([...receiver.routes.values()].every((text) => text.includes("nextHop=10.0.0.2"))).toBe(true);
    expect([receiver.routes.size, setting.world.groups.groupCount]).toEqual([10, 1]);
  });

  it("a policy that begins or ends to prepend re-sends all that was accepted (reference 1.3)", () => {
    const setting = new Setting();
    setting.feed(10);
    const { receiver, membership } = setting.member();
    setting.world.settle();
    const statement = { name: "prepend", conditions: [], verdict: "accept" } as const;
    const prepends = { ...statement, modifications: [{ type: "prepend-as-path", asns: [asn(65100)] }] } as const;
    membership.setPolicy({ name: "prepends", statements: [prepends], otherwise: "reject" });
    setting.world.settle();
    expect(receiver.routes.get("10.0.0.0/24")).toContain("(65100 65000 65001)");
    membership.setPolicy(ACCEPT_ALL);
    setting.world.settle();
    expect(receiver.routes.get("10.0.0.0/24")).toContain("(65000 65001)");
    membership.leave();
    setting.world.settle();
    setting.world.checkReleased();
  });

  it("changes of mind before the next turn count by the last one", () => {
    const setting = new Setting();
    setting.feed(300);
    const [moves] = [setting.member(), setting.member()];
    setting.world.settle();
    moves.membership.setPolicy(NOT_LOW);
    setting.world.work(256);
    moves.membership.setPolicy(ACCEPT_ALL);
    setting.world.settle();
    expect([moves.receiver.routes.size, moves.receiver.repeated]).toEqual([300, 0]);
    expect(setting.world.groups.groupCount).toBe(1);
  });
});

describe("Membership.explain", () => {
  it("says why a prefix is, or is not, sent", () => {
    const { world, feeder } = new Setting();
    world.announce(feeder, "192.0.2.0/24", VIA);
    world.announce(feeder, "10.0.3.0/24", VIA);
    world.announce(feeder, "198.51.100.0/24", { ...VIA, communities: [0xffffff01] });
    const profile = profileOf({ policy: NOT_LOW });
    const receiver = new ExportReceiver(world.addPeer({ name: "member", routerId: routerId(5) }), profile);
    const membership = world.groups.join(receiver, profile);
    world.announce(receiver.peer, "203.0.113.0/24", VIA);
    const explain = (text: string) => membership.explain(cidr(text))[0];
    expect(explain("192.0.2.0/24")?.path).toBeNull();
    world.rib.work(1000);
    expect(explain("192.0.2.0/24")).toMatchObject({ isWanted: true, isPending: true, advertised: null });
    world.settle();
    const sent = explain("192.0.2.0/24");
    expect(sent).toMatchObject({ refusal: null, isOwn: false, isWanted: true, isPending: false });
    expect(sent?.path).toMatchObject({ peer: "feeder", attributes: { asPath: path(65001) } });
    expect(sent?.advertised).toMatchObject({ asPath: path(65000, 65001), nextHop: ip("10.0.0.1") });
    expect(sent?.policy).toMatchObject({ verdict: "accept", decidedBy: null });
    const low = explain("10.0.3.0/24");
    expect(low).toMatchObject({ isWanted: false, advertised: null, policy: { verdict: "reject", decidedBy: "low" } });
    const noExport = explain("198.51.100.0/24");
    expect(noExport).toMatchObject({ isWanted: false, policy: null, refusal: expect.stringContaining("NO_EXPORT") });
    expect(explain("203.0.113.0/24")).toMatchObject({ isOwn: true, isWanted: false, advertised: null });
    expect(explain("203.0.114.0/24")).toMatchObject({ path: null, isWanted: false, isPending: false });
    expect(explain("2001:db8::/32")).toMatchObject({ path: null, isWanted: false });
    expect(membership.advertisedCount).toBe(1);
  });
});
