import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Family } from "../../protocol/net/address-family.js";
import type { ChangeQueue } from "../../rib/changes.js";
import type { Policy, Statement } from "../../rib/policy/policy.js";
import type { Rib } from "../../rib/rib.js";
import type { NextHopId, PeerId } from "../../rib/store/ids.js";
import { type NaiveImport, type NaivePeer, NaiveRib, routeKey } from "../models/naive-rib.js";
import { attributeSet, type PathText, prefix } from "./attribute-lists.js";
import {
  announce,
  announcePath,
  multipathPeers,
  newRib,
  OWN_AS,
  PEER,
  ribPeer,
  withdrawPath,
  workAll,
} from "./rib-under-test.js";

const PREFIXES = ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "192.0.2.0/24", "0.0.0.0/0", "198.51.100.7/32"];
const NEXT_HOPS = ["192.0.2.1", "192.0.2.2", "192.0.2.3"];

const PEERS: NaivePeer[] = [
  { ...PEER, name: "a", routerId: 3, address: 1 },
  { ...PEER, name: "b", routerId: 2, address: 2, addPath: true },
  { ...PEER, name: "c", routerId: 2, address: 3, allowOwnAs: 1 },
  { ...PEER, name: "d", routerId: 4, address: 4, internal: true, addPath: true },
  { ...PEER, name: "e", routerId: 1, address: 4, internal: true },
  { ...PEER, name: "static", source: "static", address: 0 },
  { ...PEER, name: "kernel", source: "kernel", address: 0 },
];

const paths: fc.Arbitrary<PathText> = fc.record(
  {
    path: fc.constantFrom([], [1], [2], [1, 2], [2, 3], [1, OWN_AS], [1, OWN_AS, OWN_AS]),
    origin: fc.constantFrom<0 | 1>(0, 1),
    med: fc.constantFrom(0, 1, 2),
    localPref: fc.constantFrom(100, 200),
    nextHop: fc.constantFrom(...NEXT_HOPS),
    originatorId: fc.constantFrom("0.0.0.1", "0.0.0.2"),
    clusterList: fc.constantFrom([1], [1, 2]),
  },
  { requiredKeys: ["nextHop"] },
);

function statement(cidr: string, verdict: Statement["verdict"], modifications: Statement["modifications"] = []): Statement {
  const conditions = [{ type: "prefix", cidr: prefix(cidr), operator: "in", not: false, minLength: 0, maxLength: 32 }] as const;
  return { name: cidr, conditions, modifications, verdict };
}

const inTen = (text: string) => prefix("10.0.0.0/8").contains(prefix(text));

/** Policies of the Rib with their twins. */
const IMPORTS: { policy: Policy | null; naive: NaiveImport; modifies: boolean }[] = [
  { policy: null, naive: (_prefix, set) => set, modifies: false },
  {
    policy: { name: "none", statements: [], otherwise: "reject" },
    naive: () => undefined,
    modifies: false,
  },
  {
    policy: { name: "ten", statements: [statement("10.0.0.0/8", "reject")], otherwise: "accept" },
    naive: (text, set) => (inTen(text) ? undefined : set),
    modifies: false,
  },
  {
    policy: {
      name: "prefer",
      statements: [statement("10.0.0.0/8", "accept", [{ type: "set-local-pref", value: 150 }])],
      otherwise: "accept",
    },
    naive: (text, set) => (inTen(text) ? { ...set, localPref: 150 } : set),
    modifies: true,
  },
];

/** The Rib and its twin, taking the same steps. */
class Both {
  readonly rib: Rib;
  readonly model = new NaiveRib();
  readonly ids = new Map<NaivePeer, PeerId>();
  readonly queues: { queue: ChangeQueue; told: Map<string, string> }[] = [];
  readonly reachability = new Map<string, { reachable: boolean; metric: number; interface: null }>();
  modifies = false;

  constructor(seed: number) {
    this.rib = newRib({}, seed);
    this.rib.nextHops.onNew = (id, address) => {
      const state = this.reachability.get(`${address}`);
      if (state !== undefined) this.rib.nextHops.set(id, state);
    };
  }

  id(peer: NaivePeer): PeerId {
    const known = this.ids.get(peer);
    if (known !== undefined) return known;
    const id = this.rib.addPeer(ribPeer(peer));
    this.ids.set(peer, id);
    return id;
  }

  announce(peer: NaivePeer, text: string, path: PathText): void {
    announce(this.rib, this.id(peer), text, path);
    this.model.announce(peer, text, attributeSet(path));
  }

  announcePath(peer: NaivePeer, text: string, pathId: number, path: PathText): void {
    announcePath(this.rib, this.id(peer), text, pathId, path);
    this.model.announce(peer, text, attributeSet(path), pathId);
  }

  withdrawPath(peer: NaivePeer, text: string, pathId: number): void {
    withdrawPath(this.rib, this.id(peer), text, pathId);
    this.model.withdraw(peer, text, pathId);
  }

  withdraw(peer: NaivePeer, text: string): void {
    this.rib.withdrawPrefix(this.id(peer), prefix(text));
    this.model.withdraw(peer, text);
  }

  remove(peer: NaivePeer): void {
    this.rib.removePeer(this.id(peer));
    this.ids.delete(peer);
    this.model.remove(peer);
  }

  /** The session goes down, and its routes stay; or what is stale is swept (RFC 4724 §4.2). */
  restart(peer: NaivePeer, phase: "down" | "end-of-rib"): void {
    const id = this.id(peer);
    if (phase === "down") {
      this.rib.markStale(id, Family.Ipv4Unicast);
      this.model.markStale(peer);
    } else {
      this.rib.sweepStale(id, Family.Ipv4Unicast);
      this.model.sweepStale(peer);
    }
  }

  setImport(peer: NaivePeer, which: number): void {
    const { policy, naive, modifies } = IMPORTS[which]!;
    this.rib.setImportPolicy(this.id(peer), policy);
    this.model.imports.set(peer, naive);
    this.modifies ||= modifies;
  }

  setNextHop(text: string, reachable: boolean, metric: number): void {
    const state = { reachable, metric, interface: null };
    this.reachability.set(text, state);
    const { nextHops } = this.rib;
    for (let id = 1 as NextHopId; id <= nextHops.highest; id++) {
      if (nextHops.references(id) > 0 && `${nextHops.addressOf(id)}` === text) nextHops.set(id, state);
    }
    this.model.metrics.set(text, metric);
    if (reachable) this.model.unreachable.delete(text);
    else this.model.unreachable.add(text);
  }

  subscribe(): void {
    this.queues.push({ queue: this.rib.table(Family.Ipv4Unicast).subscribe(), told: new Map() });
  }

  /** Lets one consumer read on: it keeps what it hears, as a kernel table would. */
  read(count: number, which: number): void {
    const reader = this.queues[which % this.queues.length];
    if (reader === undefined) return;
    const table = this.rib.table(Family.Ipv4Unicast);
    for (let i = 0; i < count; i++) {
      const id = reader.queue.next();
      if (id === 0) return;
      const text = table.prefixes.read(id).toString();
      if (table.best(id) === 0) reader.told.delete(text);
      else reader.told.set(text, multipathPeers(this.rib, text).join());
    }
  }

  /** The policies' own caches hold references on modified sets: then the counts are only a lower bound. */
  check(): void {
    this.rib.checkInvariants(this.modifies ? undefined : new Map());
  }

  expectEqual(): void {
    workAll(this.rib, 3);
    this.check();
    const table = this.rib.table(Family.Ipv4Unicast);
    const bests = new Map<string, string>();
    for (const text of PREFIXES) {
      const expected = this.model.best(text);
      const id = table.find(prefix(text));
      expect(table.bestPeer(id), text).toBe(expected === undefined ? 0 : this.ids.get(expected.best.peer));
      if (expected === undefined) continue;
      expect(this.rib.attributes.decode(table.best(id))).toEqual(expected.best.set);
      const names = multipathPeers(this.rib, text);
      expect(names[0]).toBe(expected.best.peer.name);
      expect(names.toSorted()).toEqual(expected.multipath.map(({ peer }) => peer.name).toSorted());
      bests.set(text, names.join());
    }
    expect(table.prefixCount).toBe(bests.size);
    for (const [peer, id] of this.ids) {
      expect(table.routeCount(id)).toBe(this.model.routes(peer).size);
      expect(table.acceptedCount(id)).toBe(this.model.accepted(peer).length);
      const routes = PREFIXES.flatMap((text) =>
        table.candidatesOf(id, table.find(prefix(text))).map((route) => ({ text, ...route })),
      );
      const keys = (some: typeof routes) => new Set(some.map(({ text, pathId }) => routeKey(text, pathId ?? 0)));
      expect(keys(routes)).toEqual(new Set(this.model.routes(peer).keys()));
      const stale = routes.filter(({ isStale }) => isStale);
      expect(keys(stale)).toEqual(this.model.stale.get(peer) ?? new Set());
      expect(table.staleCount(id)).toBe(stale.length);
    }
    this.queues.forEach(({ told }, which) => {
      this.read(1000, which);
      expect(told).toEqual(bests);
    });
  }
}

type Step = (both: Both) => void;

const peer = fc.constantFrom(...PEERS);
const text = fc.constantFrom(...PREFIXES);
const pathId = fc.constantFrom(0, 1, 2, 0xffffffff);
const announcing: fc.Arbitrary<Step> = fc.tuple(peer, text, paths, pathId).map(
  ([p, t, path, id]) =>
    (both) =>
      p.addPath ? both.announcePath(p, t, id, path) : both.announce(p, t, path),
);
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: announcing },
  {
    weight: 4,
    arbitrary: fc.tuple(peer, text, pathId).map(
      ([p, t, id]) =>
        (both: Both) =>
          p.addPath ? both.withdrawPath(p, t, id) : both.withdraw(p, t),
    ),
  },
  { weight: 1, arbitrary: peer.map((p) => (both: Both) => both.remove(p)) },
  {
    weight: 3,
    arbitrary: fc.tuple(peer, fc.constantFrom("down", "end-of-rib")).map(
      ([p, phase]) =>
        (both: Both) =>
          both.restart(p, phase),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(peer, fc.nat({ max: 3 })).map(
      ([p, which]) =>
        (both: Both) =>
          both.setImport(p, which),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom(...NEXT_HOPS), fc.boolean(), fc.constantFrom(0, 10)).map(
      ([hop, reachable, metric]) =>
        (both: Both) =>
          both.setNextHop(hop, reachable, metric),
    ),
  },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 5 }).map((limit) => (both: Both) => void both.rib.work(limit)) },
  { weight: 1, arbitrary: fc.constant((both: Both) => both.subscribe()) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.nat({ max: 4 }), fc.nat()).map(
      ([n, which]) =>
        (both: Both) =>
          both.read(n, which),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat().map((which) => (both: Both) => both.queues[which % (both.queues.length || 1)]?.queue.restart()),
  },
  { weight: 1, arbitrary: fc.constant((both: Both) => both.expectEqual()) },
);

describe("Rib", () => {
  test("ends where a naive RIB ends, whatever happens in whatever order and slices", () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(steps, { maxLength: 80 }), (seed, script) => {
        const both = new Both(seed);
        for (const step of script) {
          step(both);
          both.check();
        }
        both.expectEqual();
      }),
      { numRuns: 300 },
    );
  });

  test("the best path does not depend on the order of arrival", () => {
    const one = fc.tuple(peer, paths, pathId).map(([p, path, id]) => [p, path, p.addPath ? id : 0] as const);
    const arrivals = fc.uniqueArray(one, { selector: ([p, , id]) => `${p.name} ${id}`, maxLength: PEERS.length });
    fc.assert(
      fc.property(
        arrivals.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([one, other]) => {
          const bests = [one, other].map((order) => {
            const rib = newRib();
            const ids = new Map(PEERS.map((p) => [p, rib.addPeer(ribPeer(p))]));
            for (const [p, path, id] of order) {
              if (p.addPath) announcePath(rib, ids.get(p)!, "10.0.0.0/8", id, path);
              else announce(rib, ids.get(p)!, "10.0.0.0/8", path);
              workAll(rib);
            }
            const table = rib.table(Family.Ipv4Unicast);
            const set = table.best(table.find(prefix("10.0.0.0/8")));
            return [multipathPeers(rib, "10.0.0.0/8")[0], set === 0 ? null : rib.attributes.decode(set)];
          });
          expect(bests[0]).toEqual(bests[1]);
        },
      ),
    );
  });

  test("gives everything back when all peers are gone", () => {
    fc.assert(
      fc.property(fc.array(announcing, { maxLength: 50 }), (script) => {
        const both = new Both(1);
        for (const step of script) step(both);
        for (const p of PEERS) both.remove(p);
        workAll(both.rib, 2);
        both.rib.checkInvariants(new Map());
        const table = both.rib.table(Family.Ipv4Unicast);
        expect([table.prefixCount, table.prefixes.count, both.rib.attributes.count, both.rib.nextHops.count]).toEqual([
          0, 0, 0, 0,
        ]);
      }),
    );
  });
});
