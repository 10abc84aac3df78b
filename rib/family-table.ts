import type { Family } from "../protocol/net/address-family.js";
import type { Prefix } from "../protocol/net/prefix.js";
import { type NlriBlock, NlriCursor } from "../protocol/nlri/nlri-block.js";
import type { AdjRibIn } from "./adj-rib-in.js";
import { ChangeQueue } from "./changes.js";
import { PAGE_BITS, PAGE_SIZE } from "./contributors.js";
import type { EligiblePaths } from "./decision/eligible-paths.js";
import type { DecisionFacts } from "./decision/tie-breaks.js";
import type { ImportFilter } from "./import-filter.js";
import { LocRib } from "./loc-rib.js";
import { PathLanes } from "./path-lanes.js";
import { RouteWalk } from "./route-walk.js";
import { type AttributeSetId, type NextHopId, NO_ATTRIBUTES, NO_PREFIX, type PeerId, type PrefixId } from "./store/ids.js";
import { type PrefixTable, RUN } from "./store/prefix-table.js";

/** A route that a peer has announced. Plain data, for people. */
export interface Candidate {
  readonly peer: PeerId;
  readonly pathId: number | null; // RFC 7911; null: the peer sends none
  readonly received: AttributeSetId;
  readonly accepted: AttributeSetId; // 0 when import refused it
  readonly isStale: boolean; // kept of a session that went down, and not announced again (RFC 4724 §4.2)
}

/** The routes of one peer in this family, and how they come in. */
interface PeerRoutes {
  readonly lanes: PathLanes;
  filter: ImportFilter;
  evaluation: RouteWalk | null; // under way since the filter was replaced
}

/**
 * All routes of one address family: an Adj-RIB-In for each peer, the Loc-RIB, and who listens to its changes.
 *
 * Reading is for everyone; `Rib` alone calls what changes something. Work that touches many routes (a peer gone, another
 * policy, a next hop that changed) is a walk, done in parts by `work`.
 */
export class FamilyTable {
  readonly family: Family;
  readonly prefixes: PrefixTable;
  readonly facts: DecisionFacts;
  readonly #locRib: LocRib;
  readonly #peers = new Map<PeerId, PeerRoutes>();
  readonly #queues: ChangeQueue[] = [];
  readonly #pathQueues: ChangeQueue[] = [];
  readonly #walks: RouteWalk[] = [];
  readonly #cursor = new NlriCursor();
  readonly #pathCursor = new NlriCursor(); // behind #cursor, for path identifiers
  readonly #ids = new Int32Array(RUN);
  readonly #notify = (prefix: PrefixId) => this.#changed(prefix);
  #changedNextHops = new Set<NextHopId>();
  #isWalkingNextHops = false;

  constructor(prefixes: PrefixTable, facts: DecisionFacts) {
    this.family = prefixes.family;
    this.prefixes = prefixes;
    this.facts = facts;
    this.#locRib = new LocRib(prefixes, facts);
  }

  /** Prefixes with a best path. */
  get prefixCount(): number {
    return this.#locRib.prefixCount;
  }

  /** Prefixes that wait for `work`. */
  get dirtyCount(): number {
    return this.#locRib.dirtyCount;
  }

  /** The attributes of the best path, after import; 0: none, also for ids never seen. */
  best(prefix: PrefixId): AttributeSetId {
    return this.#locRib.bestSet(prefix);
  }

  bestPeer(prefix: PrefixId): PeerId {
    return this.#locRib.bestPeer(prefix);
  }

  /** Calls `visit` for the best path first, then those equal to it up to the router id, `maximumPaths` in all. */
  multipath(prefix: PrefixId, visit: (peer: PeerId, set: AttributeSetId) => void): void {
    this.#locRib.multipath(prefix, visit);
  }

  /** Every peer's routes to the prefix. */
  candidates(prefix: PrefixId): readonly Candidate[] {
    return [...this.#peers.keys()].flatMap((peer) => this.candidatesOf(peer, prefix));
  }

  /** What the peer has announced for the prefix: several routes under ADD-PATH. */
  candidatesOf(peer: PeerId, prefix: PrefixId): readonly Candidate[] {
    const lanes = this.#peers.get(peer)?.lanes;
    if (lanes === undefined) return [];
    const holding = lanes.all.filter((lane) => lane.received(prefix) !== NO_ATTRIBUTES);
    return holding.map((lane) => ({
      peer,
      pathId: lanes.usesPathIds ? lane.pathId(prefix) : null,
      received: lane.received(prefix),
      accepted: lane.accepted(prefix),
      isStale: lane.stale.isStale(prefix),
    }));
  }

  /** True when the prefix waits for `work`. */
  isDirty(prefix: PrefixId): boolean {
    return this.#locRib.isDirty(prefix);
  }

  /** A queue of the prefixes whose best path or multipath set changes, with the whole table as backlog. */
  subscribe(): ChangeQueue {
    return this.#newQueue(this.#queues);
  }

  /** A queue of the prefixes of which any eligible path changes, best or not, with the whole table as backlog. */
  subscribePaths(): ChangeQueue {
    return this.#newQueue(this.#pathQueues);
  }

  /** Puts all eligible paths of the prefix into `into`. */
  eligiblePaths(prefix: PrefixId, into: EligiblePaths): void {
    into.gather(this.#locRib.contributors.of(prefix >>> PAGE_BITS), prefix & (PAGE_SIZE - 1), this.facts);
  }

  /** The id of a prefix that somebody announces, or 0. */
  find(prefix: Prefix): PrefixId {
    const { w0, w1, w2, w3 } = prefix.address;
    return this.prefixes.find(w0, w1, w2, w3, prefix.length);
  }

  /** Routes that the peer has announced. */
  routeCount(peer: PeerId): number {
    return this.#peers.get(peer)?.lanes.routeCount ?? 0;
  }

  /** Those of them that import let through. */
  acceptedCount(peer: PeerId): number {
    return this.#peers.get(peer)?.lanes.acceptedCount ?? 0;
  }

  /** Routes kept of a session that went down, and not announced again (RFC 4724 §4.2). */
  staleCount(peer: PeerId): number {
    return this.#peers.get(peer)?.lanes.staleCount ?? 0;
  }

  /** The first prefix after `after` for which the peer has announced a route, or 0: to list what came from it. */
  nextReceived(peer: PeerId, after: PrefixId): PrefixId {
    return this.#peers.get(peer)?.lanes.next(after) ?? NO_PREFIX;
  }

  /** How the peer's routes come in: for explain. */
  filterOf(peer: PeerId): ImportFilter | undefined {
    return this.#peers.get(peer)?.filter;
  }

  /** Makes a table for the peer. */
  addPeer(peer: PeerId, filter: ImportFilter): void {
    const lanes = new PathLanes(peer, this.facts.attributes, this.#locRib.contributors);
    this.#peers.set(peer, { lanes, filter, evaluation: null });
  }

  /** Takes away all routes of the peer, in `work`. @param done called when none is left */
  removePeer(peer: PeerId, done: () => void): void {
    const routes = this.#peers.get(peer)!;
    this.#cancelEvaluation(routes);
    const withdraw = (table: AdjRibIn, prefix: PrefixId) => this.#store(table, prefix, NO_ATTRIBUTES, NO_ATTRIBUTES);
    this.#walk(routes.lanes.all, withdraw, () => {
      routes.filter.close();
      this.#peers.delete(peer);
      done();
    });
  }

  /**
   * What the peer has announced goes through the new filter, in `work`; what it announces from now on, at once.
   * @param how.reselect the peer itself is another: the decision may see its routes otherwise, and consumers hear of each best one
   */
  replaceFilter(peer: PeerId, filter: ImportFilter, how: { readonly reselect: boolean }): void {
    const routes = this.#peers.get(peer)!;
    this.#cancelEvaluation(routes);
    const old = routes.filter;
    routes.filter = filter;
    const evaluate = (table: AdjRibIn, prefix: PrefixId) => {
      const received = table.received(prefix);
      this.#store(table, prefix, received, filter.accept(prefix, received));
      if (!how.reselect) return;
      this.#locRib.markDirty(prefix);
      this.#pathsChanged(prefix);
      if (this.bestPeer(prefix) === peer) this.#changed(prefix); // who may hear of it may have changed (RFC 4456 §6)
    };
    routes.evaluation = this.#walk(routes.lanes.all, evaluate, () => {
      routes.evaluation = null;
    });
    old.close();
  }

  /** Keeps the peer's routes, but marks them (RFC 4724 §4.2). */
  markStale(peer: PeerId): void {
    for (const lane of this.#peers.get(peer)!.lanes.all) lane.markStale();
  }

  /** Takes away, in `work`, what the peer has not announced again since it was marked. */
  sweepStale(peer: PeerId): void {
    const { all } = this.#peers.get(peer)!.lanes;
    for (const lane of all) lane.stale.condemn();
    const withdraw = (table: AdjRibIn, prefix: PrefixId) => {
      if (table.stale.isCondemned(prefix)) this.#store(table, prefix, NO_ATTRIBUTES, NO_ATTRIBUTES);
    };
    this.#walk(all, withdraw, () => {
      for (const lane of all) lane.stale.tidy();
    });
  }

  /** Stores one route for every prefix of the block. Hot. @returns how many were not, as the peer has too many paths (RFC 7911) */
  announce(peer: PeerId, nlri: NlriBlock, set: AttributeSetId): number {
    const { lanes, filter } = this.#peers.get(peer)!;
    const acceptor = filter.loopFault(set) === null ? filter : null;
    if (nlri.addPath || lanes.usesPathIds) return this.#announcePaths(lanes, nlri, set, acceptor);
    const ids = this.#ids;
    this.#cursor.reset(nlri);
    for (let count = RUN; count === RUN; ) {
      count = this.prefixes.internRun(this.#cursor, ids);
      for (let i = 0; i < count; i++) this.#announceOne(lanes.first, ids[i] as PrefixId, set, acceptor);
    }
    return 0;
  }

  announcePrefix(peer: PeerId, prefix: Prefix, set: AttributeSetId): void {
    const { lanes, filter } = this.#peers.get(peer)!;
    const { w0, w1, w2, w3 } = prefix.address;
    const id = this.prefixes.intern(w0, w1, w2, w3, prefix.length);
    this.#announceOne(lanes.first, id, set, filter.loopFault(set) === null ? filter : null);
  }

  /** Takes away the peer's routes to the prefixes of the block; those it has not announced are passed over. Hot. */
  withdraw(peer: PeerId, nlri: NlriBlock): void {
    const { lanes } = this.#peers.get(peer)!;
    if (nlri.addPath || lanes.usesPathIds) {
      this.#withdrawPaths(lanes, nlri);
      return;
    }
    const ids = this.#ids;
    this.#cursor.reset(nlri);
    for (let count = RUN; count === RUN; ) {
      count = this.prefixes.findRun(this.#cursor, ids);
      for (let i = 0; i < count; i++) this.#withdrawOne(lanes.first, ids[i] as PrefixId);
    }
  }

  withdrawPrefix(peer: PeerId, prefix: Prefix): void {
    this.#withdrawOne(this.#peers.get(peer)!.lanes.first, this.find(prefix));
  }

  /** A next hop's reachability or metric changed: whatever uses it is selected anew, in `work`. */
  nextHopChanged(id: NextHopId): void {
    this.#changedNextHops.add(id);
  }

  /**
   * Walks over up to `limit` routes and then selects up to `limit` prefixes.
   * @returns true when there is more to do
   */
  work(limit: number): boolean {
    if (this.#changedNextHops.size > 0 && !this.#isWalkingNextHops) this.#walkNextHops();
    for (let budget = limit; budget > 0 && this.#walks.length > 0; ) {
      budget = this.#walks[0].step(budget);
      if (budget > 0) this.#walks.shift();
    }
    this.#locRib.select(limit, this.#notify);
    return this.#walks.length > 0 || this.#locRib.dirtyCount > 0 || this.#changedNextHops.size > 0;
  }

  /**
   * @param count called for every reference on an attribute set that the tables hold
   * @throws Error when something does not add up: for tests. Consumers must hold no prefix meanwhile
   */
  checkInvariants(count: (set: AttributeSetId) => void): void {
    this.prefixes.checkInvariants();
    this.#locRib.checkInvariants(count);
    for (const { lanes } of this.#peers.values()) for (const lane of lanes.all) lane.checkInvariants(count);
    for (let id = 1 as PrefixId; id <= this.prefixes.highest; id++) {
      let references = this.#locRib.references(id);
      for (const queue of [...this.#queues, ...this.#pathQueues]) references += queue.references(id);
      if (references !== this.prefixes.references(id)) {
        throw new Error(`prefix ${id} has ${this.prefixes.references(id)} references, ${references} are known`);
      }
    }
  }

  /** @returns how many routes were not stored */
  #announcePaths(lanes: PathLanes, nlri: NlriBlock, set: AttributeSetId, filter: ImportFilter | null): number {
    const ids = this.#ids;
    let excess = 0;
    this.#cursor.reset(nlri);
    this.#pathCursor.reset(nlri);
    for (let count = RUN; count === RUN; ) {
      count = this.prefixes.internRun(this.#cursor, ids);
      for (let i = 0; i < count; i++) {
        this.#pathCursor.next();
        const lane = lanes.laneFor(ids[i] as PrefixId, this.#pathCursor.pathId);
        if (lane === null) excess++;
        else this.#announceOne(lane, ids[i] as PrefixId, set, filter);
      }
    }
    return excess;
  }

  #withdrawPaths(lanes: PathLanes, nlri: NlriBlock): void {
    const ids = this.#ids;
    this.#cursor.reset(nlri);
    this.#pathCursor.reset(nlri);
    for (let count = RUN; count === RUN; ) {
      count = this.prefixes.findRun(this.#cursor, ids);
      for (let i = 0; i < count; i++) {
        this.#pathCursor.next();
        const lane = lanes.find(ids[i] as PrefixId, this.#pathCursor.pathId);
        if (lane !== null) this.#withdrawOne(lane, ids[i] as PrefixId);
      }
    }
  }

  #announceOne(adjRibIn: AdjRibIn, prefix: PrefixId, set: AttributeSetId, filter: ImportFilter | null): void {
    this.#locRib.admit(prefix);
    adjRibIn.stale.clear(prefix);
    this.#store(adjRibIn, prefix, set, filter === null ? NO_ATTRIBUTES : filter.acceptLoopFree(prefix, set));
  }

  #withdrawOne(adjRibIn: AdjRibIn, prefix: PrefixId): void {
    if (prefix === NO_PREFIX || adjRibIn.received(prefix) === NO_ATTRIBUTES) return;
    this.#store(adjRibIn, prefix, NO_ATTRIBUTES, NO_ATTRIBUTES);
  }

  #store(adjRibIn: AdjRibIn, prefix: PrefixId, received: AttributeSetId, accepted: AttributeSetId): void {
    const before = adjRibIn.accepted(prefix);
    const isWithdrawal = received === NO_ATTRIBUTES; // matters to the table even if import had refused the route
    if (before !== accepted || isWithdrawal) this.#locRib.candidateChanges(prefix, adjRibIn.peer, before, accepted);
    adjRibIn.put(prefix, received, accepted);
    if (before !== accepted) this.#pathsChanged(prefix);
  }

  #changed(prefix: PrefixId): void {
    for (let i = 0; i < this.#queues.length; i++) this.#queues[i].add(prefix);
  }

  #pathsChanged(prefix: PrefixId): void {
    for (let i = 0; i < this.#pathQueues.length; i++) this.#pathQueues[i].add(prefix);
  }

  #newQueue(queues: ChangeQueue[]): ChangeQueue {
    const queue = new ChangeQueue(this.prefixes, (closed) => queues.splice(queues.indexOf(closed), 1));
    queues.push(queue);
    return queue;
  }

  #walk(tables: readonly AdjRibIn[], visit: (table: AdjRibIn, prefix: PrefixId) => void, done: () => void): RouteWalk {
    const walk = new RouteWalk(tables, visit, done);
    this.#walks.push(walk);
    return walk;
  }

  #cancelEvaluation(routes: PeerRoutes): void {
    if (routes.evaluation !== null) this.#walks.splice(this.#walks.indexOf(routes.evaluation), 1);
    routes.evaluation = null;
  }

  /** Consumers hear of every dependant, also when the same path is best as before: the way to the next hop may be another. */
  #walkNextHops(): void {
    const { attributes, nextHops } = this.facts;
    const isChanged = new Uint8Array(nextHops.highest + 1);
    for (const id of this.#changedNextHops) isChanged[id] = 1;
    this.#changedNextHops = new Set();
    this.#isWalkingNextHops = true;
    const visit = (table: AdjRibIn, prefix: PrefixId) => {
      if (isChanged[attributes.nextHop(table.accepted(prefix))] !== 1) return;
      this.#locRib.markDirty(prefix);
      this.#changed(prefix);
      this.#pathsChanged(prefix);
    };
    const tables = [...this.#peers.values()].flatMap(({ lanes }) => lanes.all);
    this.#walk(tables, visit, () => {
      this.#isWalkingNextHops = false;
    });
  }
}
