import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AttributeSet } from "../../protocol/attributes/attribute-set.js";
import { Family } from "../../protocol/net/address-family.js";
import { asn } from "../../protocol/net/asn.js";
import { routerId } from "../../protocol/net/router-id.js";
import type { ExportProfile } from "../../rib/export/export-profile.js";
import type { RibPeer } from "../../rib/peer-table.js";
import type { Policy } from "../../rib/policy/policy.js";
import { type NextHopId, NO_ATTRIBUTES, type PeerId, type PrefixId } from "../../rib/store/ids.js";
import type { Membership } from "../../rib/update-groups.js";
import { exportNaively, type NaivePath } from "../models/export-model.js";
import { attributesText, ExportReceiver, routeKey } from "../models/export-receiver.js";
import { ACCEPT_ALL, cidr, ExportWorld, ip, OUR_AS, path, profileOf } from "../models/export-world.js";

const PREFIXES = [
  ...Array.from({ length: 40 }, (_, i) => cidr(`10.${i}.0.0/${16 + (i % 9)}`)),
  ...Array.from({ length: 8 }, (_, i) => cidr(`2001:db8:${i}::/48`)),
];

/** Attribute sets as peers of each kind send them; the next hop is put in by family. */
const SETS: readonly AttributeSet[] = [
  { origin: 0, asPath: path(65001) },
  { origin: 0, asPath: path(65001, 65009), multiExitDisc: 5 },
  { origin: 1, asPath: path(65002, 65009), communities: [0xfde80001] },
  { origin: 0, asPath: path(65002), communities: [0xffffff01] },
  { origin: 0, asPath: path(65003), communities: [0xffffff02] },
  { origin: 2, asPath: [{ type: "set", asns: [asn(65004), asn(65005)] }], atomicAggregate: true },
  { origin: 0, asPath: path(4200000001), largeCommunities: [[1, 2, 3]], onlyToCustomer: asn(65001) },
  { origin: 0, asPath: [], localPref: 300, originatorId: routerId(77), clusterList: [3, 4] },
  {
    ...{ origin: 0, asPath: path(65006), extendedCommunities: [Uint8Array.of(0x40, 4, 0, 0, 0, 0, 0, 1)] },
    unknown: [{ code: 99, flags: 0xc0, value: Uint8Array.of(1) }],
  },
];

const POLICIES: readonly Policy[] = [
  ACCEPT_ALL,
  { name: "none", statements: [], otherwise: "reject" },
  {
    name: "marks",
    statements: [
      {
        ...{ name: "low", modifications: [{ type: "add-communities", communities: [0x10001] }], verdict: "next" },
        conditions: [{ type: "inside-any", cidrs: [cidr("10.0.0.0/12"), cidr("2001:db8::/46")] }],
      },
      {
        ...{ name: "tagged", verdict: "reject", modifications: [] },
        conditions: [{ type: "community", community: 0xfde80001 }],
      },
      {
        ...{ name: "preferred", modifications: [{ type: "set-local-pref", value: 400 }], verdict: "accept" },
        conditions: [{ type: "local-pref", operator: "above", value: 200 }],
      },
      { name: "rest", conditions: [{ type: "source", sources: ["bgp"] }], modifications: [], verdict: "accept" },
    ],
    otherwise: "reject",
  },
  {
    name: "prepends",
    statements: [
      {
        ...{ name: "twice", modifications: [{ type: "prepend-as-path", asns: [asn(65100), asn(65101)] }], verdict: "accept" },
        conditions: [{ type: "prefix", cidr: cidr("10.16.0.0/12"), operator: "in", not: true, minLength: 12, maxLength: 32 }],
      },
      {
        name: "ours",
        conditions: [{ type: "as-path-prefix", asns: [OUR_AS, asn(65001)] }],
        modifications: [],
        verdict: "accept",
      },
    ],
    otherwise: "reject",
  },
];

const PEERS: readonly Partial<RibPeer>[] = [
  { name: "e1", asNumber: asn(65001), routerId: routerId(1) },
  { name: "e2", asNumber: asn(65002), routerId: routerId(2) },
  { name: "i1", asNumber: OUR_AS, internal: true, routerId: routerId(3) },
  { name: "i2", asNumber: OUR_AS, internal: true, routerId: routerId(4) },
  { name: "c1", asNumber: OUR_AS, internal: true, rrClient: true, routerId: routerId(5) },
  { name: "c2", asNumber: OUR_AS, internal: true, rrClient: true, routerId: routerId(6) },
  { name: "e3", asNumber: asn(65001), routerId: routerId(8) },
  { name: "static", source: "static", routerId: routerId(7) },
  { name: "kernel", source: "kernel", routerId: routerId(7) },
];
const SESSIONS = 7; // the first ones may be members
const SENDS_PATHS = [true, false, true, false, true, false, false, false, false]; // which peers announce with path identifiers

function profileFor(peer: number, family: Family, policy: number, isReflector: boolean, addPath: boolean): ExportProfile {
  const { internal = false, rrClient = false } = PEERS[peer];
  return profileOf({
    ...{ family, internal, rrClient, policy: POLICIES[policy], clusterId: isReflector ? 42 : null },
    selfAddress: ip(family === Family.Ipv4Unicast ? "10.0.0.1" : "2001:db8::1"),
    nextHop: peer === 1 ? "keep" : "auto",
    fourOctetAs: peer !== 1,
    addPath,
    maxMessageLength: peer === 3 ? 65535 : 4096,
  });
}

interface Member {
  readonly receiver: ExportReceiver;
  readonly membership: Membership;
  readonly enhanced: boolean;
  profile: ExportProfile;
  refreshes: number;
}

/** The system under test and what is known of it. */
class Scenario {
  readonly world = new ExportWorld();
  readonly peers: PeerId[] = PEERS.map((facts) => this.world.addPeer(facts));
  readonly members = new Map<number, Member>();
  /** What each peer announces, by prefix and path identifier. */
  readonly announced: Map<string, NaivePath>[] = PEERS.map(() => new Map());
  readonly unreachable = new Set<string>();
  readonly #receivers: ExportReceiver[] = [];
  readonly #isReflector: boolean;

  constructor(isReflector: boolean) {
    this.#isReflector = isReflector;
    const { nextHops } = this.world.rib;
    nextHops.onNew = (id, address) => {
      if (this.unreachable.has(`${address}`)) nextHops.set(id, { reachable: false, metric: 0, interface: null });
    };
  }

  step([kind, a, b]: readonly [number, number, number]): void {
    const peer = a % PEERS.length;
    const session = a % SESSIONS;
    const member = this.members.get(session);
    const path = b % 4;
    if (kind < 10) this.announce(peer, b % PREFIXES.length, (a * 7 + b) % SETS.length, path);
    else if (kind < 14) this.withdraw(peer, b % PREFIXES.length, path);
    else if (kind < 16) for (let i = 0; i < 12; i++) this.announce(peer, (b + i) % PREFIXES.length, b % SETS.length, path);
    else if (kind < 19) this.join(session, b);
    else if (kind === 19) this.leave(session);
    else if (kind === 20) this.restart(session);
    else if (kind === 21 && member) this.refresh(member);
    else if (kind === 22 && member) this.setPolicy(session, b % POLICIES.length);
    else if (kind === 23) for (const other of this.members.keys()) this.setPolicy(other, b % POLICIES.length);
    else if (kind === 24 && member) this.slow(member, b);
    else if (kind === 25 && member) member.receiver.take(b % 4);
    else if (kind === 26) this.world.settle();
    else if (kind === 27) this.setNextHop(1 + (a % 3), b % 2 === 0);
    else this.world.work(1 + (b % 20));
    this.world.checkInvariants();
  }

  announce(peer: number, which: number, set: number, path: number): void {
    const prefix = PREFIXES[which];
    const nextHop = ip(`${prefix.family === Family.Ipv4Unicast ? "10.9.9." : "2001:db8:9::"}${1 + (set % 3)}`); // so peers share sets
    const attributes = PEERS[peer].source === "static" ? SETS[set] : { ...SETS[set], nextHop };
    const id = this.peers[peer];
    if (SENDS_PATHS[peer]) this.world.announcePath(id, prefix, path, attributes);
    else this.world.announce(id, prefix, attributes);
    const key = routeKey(prefix, SENDS_PATHS[peer] ? path : null);
    this.announced[peer].set(key, { prefix, attributes, from: this.world.rib.peer(id) });
  }

  withdraw(peer: number, which: number, path: number): void {
    const prefix = PREFIXES[which];
    if (SENDS_PATHS[peer]) this.world.withdrawPath(this.peers[peer], prefix, path);
    else this.world.withdraw(this.peers[peer], prefix);
    this.announced[peer].delete(routeKey(prefix, SENDS_PATHS[peer] ? path : null));
  }

  /** The way to next hop `n` of either family comes or goes. */
  setNextHop(n: number, reachable: boolean): void {
    const texts = [`10.9.9.${n}`, `2001:db8:9::${n}`];
    for (const text of texts) {
      if (reachable) this.unreachable.delete(text);
      else this.unreachable.add(text);
    }
    const { nextHops } = this.world.rib;
    for (let id = 1 as NextHopId; id <= nextHops.highest; id++) {
      const isMeant = nextHops.references(id) > 0 && texts.includes(`${nextHops.addressOf(id)}`);
      if (isMeant) nextHops.set(id, { reachable, metric: 0, interface: null });
    }
  }

  join(session: number, choice: number): void {
    if (this.members.has(session)) return;
    const family = choice % 5 === 0 ? Family.Ipv6Unicast : Family.Ipv4Unicast;
    const profile = profileFor(session, family, choice % POLICIES.length, this.#isReflector, choice % 7 < 4);
    const receiver = new ExportReceiver(this.peers[session], profile);
    this.#receivers.push(receiver);
    const enhanced = choice % 2 === 0;
    const membership = this.world.groups.join(receiver, profile, { enhancedRefresh: enhanced });
    this.members.set(session, { receiver, membership, enhanced, profile, refreshes: 0 });
  }

  leave(session: number): void {
    this.members.get(session)?.membership.leave();
    this.members.delete(session);
  }

  /** The session goes down and comes up: its routes go, and another id stands for the peer. */
  restart(session: number): void {
    this.leave(session);
    this.world.rib.removePeer(this.peers[session]);
    this.peers[session] = this.world.addPeer(PEERS[session]);
    this.announced[session].clear();
  }

  refresh(member: Member): void {
    member.membership.refresh();
    member.refreshes++;
  }

  setPolicy(session: number, policy: number): void {
    const member = this.members.get(session)!;
    member.profile = { ...member.profile, policy: POLICIES[policy] };
    member.membership.setPolicy(POLICIES[policy]);
  }

  slow({ receiver }: Member, weight: number): void {
    receiver.isQuick = false;
    receiver.weight = [1, 3_000, 60_000][weight % 3];
  }

  /** Everybody takes what is written until nothing comes any more. */
  quiesce(): void {
    for (const { receiver } of this.members.values()) {
      receiver.isQuick = true;
      receiver.take();
    }
    this.world.settle();
  }

  /** "prefix attributes" of all that the member is to have. */
  expected(member: Member): readonly string[] {
    return (member.profile.addPath ? this.#everyPath(member) : this.#bestPaths(member)).sort();
  }

  /** From what was announced, without asking the Rib. */
  #everyPath({ profile, receiver }: Member): string[] {
    return this.announced
      .filter((_, peer) => this.peers[peer] !== receiver.peer)
      .flatMap((routes) => [...routes.values()])
      .filter(({ prefix, attributes }) => prefix.family === profile.family && !this.unreachable.has(`${attributes.nextHop}`))
      .flatMap((route) => {
        const attributes = exportNaively(route, profile);
        return attributes === null ? [] : [`${route.prefix} ${attributesText(attributes)}`];
      });
  }

  #bestPaths({ profile, receiver }: Member): string[] {
    const table = this.world.rib.table(profile.family);
    const wanted: string[] = [];
    for (let id = 1 as PrefixId; id <= table.prefixes.highest; id++) {
      const set = table.best(id);
      if (set === NO_ATTRIBUTES || table.bestPeer(id) === receiver.peer) continue;
      const prefix = table.prefixes.read(id);
      const from = this.world.rib.peer(table.bestPeer(id));
      const attributes = exportNaively({ prefix, attributes: this.world.rib.attributes.decode(set), from }, profile);
      if (attributes !== null) wanted.push(`${prefix} ${attributesText(attributes)}`);
    }
    return wanted;
  }

  check(): void {
    for (const member of this.members.values()) {
      const { receiver, membership, profile } = member;
      const wanted = this.expected(member);
      expect([...receiver.routes].map(([key, attributes]) => `${key.split(" ")[0]} ${attributes}`).sort()).toEqual(wanted);
      expect(membership.advertisedCount).toBe(wanted.length);
      const prefixes = PREFIXES.filter(({ family }) => family === profile.family);
      const told = prefixes.flatMap((prefix) =>
        membership
          .advertised(prefix)
          .map(({ pathId, attributes }) => [routeKey(prefix, pathId), attributesText(attributes)] as const),
      );
      expect(new Map(told)).toEqual(receiver.routes);
      const explained = prefixes.flatMap((prefix) => membership.explain(prefix));
      expect(explained.filter(({ isPending }) => isPending)).toEqual([]);
      expect(explained.filter(({ isWanted }) => isWanted)).toHaveLength(wanted.length);
      this.checkMarkers(member);
    }
  }

  checkMarkers({ receiver, enhanced, refreshes }: Member): void {
    expect(receiver.markers[0]).toBe("End-of-RIB");
    const rest = receiver.markers.slice(1);
    if (!enhanced || refreshes === 0) expect(rest).toEqual([]);
    else {
      expect(rest.at(-1)).toBe("end");
      expect(rest[0]).toBe("begin");
    }
  }

  end(): void {
    for (const session of [...this.members.keys()]) this.leave(session);
    for (const receiver of this.#receivers) receiver.take();
    this.world.settle();
    this.world.checkReleased();
  }
}

describe("UpdateGroups against a naive twin", () => {
  it("every member holds what the rules say, whatever the order of joins, leaves, slow sockets, changes and policies", () => {
    const step = fc.tuple(fc.nat({ max: 31 }), fc.nat({ max: 62 }), fc.nat({ max: 1000 }));
    fc.assert(
      fc.property(fc.boolean(), fc.array(step, { maxLength: 120, minLength: 20 }), (isReflector, steps) => {
        const scenario = new Scenario(isReflector);
        for (const one of steps) scenario.step(one);
        scenario.quiesce();
        scenario.check();
        scenario.end();
      }),
      { numRuns: 200 },
    );
  }, 60_000);
});
