import { type Contributors, PAGE_BITS, PAGE_SIZE } from "./contributors.js";
import { pathOf } from "./path-id.js";
import { StaleMarks } from "./stale-marks.js";
import type { AttributeSetTable } from "./store/attribute-set-table.js";
import { type AttributeSetId, NO_ATTRIBUTES, NO_PREFIX, type PeerId, type PrefixId } from "./store/ids.js";

/**
 * What one peer has announced in one family: for each prefix the attribute set as received, and as import let it through. Under
 * ADD-PATH one lane of that (see `PathLanes`).
 *
 *   #received[p][s]   AttributeSetId of prefix id p * 1024 + s, or 0
 *   #accepted[p][s]   what is left of it after loop checks and import policy; the very same page while nothing differs
 *   #counts[p]        received routes in the page; a page with none is dropped
 *   #pathIds[p][s]    path identifier, as signed number; a page is made when one that is not 0 comes (RFC 7911 §3)
 *
 * 4 to 4.4 bytes a route at full table, twice that where import changes or refuses something. Every entry holds a reference
 * into AttributeSetTable, a shared page one for both.
 */
export class AdjRibIn {
  readonly peer: PeerId;
  readonly lane: number;
  readonly stale = new StaleMarks();
  readonly #attributes: AttributeSetTable;
  readonly #contributors: Contributors;
  readonly #received: (Int32Array | undefined)[] = [];
  readonly #accepted: (Int32Array | undefined)[] = [];
  readonly #counts: number[] = [];
  readonly #pathIds: (Int32Array | undefined)[] = [];
  #pageCount = 0;
  #routeCount = 0;
  #acceptedCount = 0;

  constructor(peer: PeerId, lane: number, attributes: AttributeSetTable, contributors: Contributors) {
    this.peer = peer;
    this.lane = lane;
    this.#attributes = attributes;
    this.#contributors = contributors;
  }

  /** Routes received. */
  get routeCount(): number {
    return this.#routeCount;
  }

  /** Routes that import let through. */
  get acceptedCount(): number {
    return this.#acceptedCount;
  }

  /** Blocks of prefixes in which there are routes. */
  get pageCount(): number {
    return this.#pageCount;
  }

  /** True when a route to this prefix needs no page of its own. */
  hasPage(prefix: PrefixId): boolean {
    return this.#received[prefix >>> PAGE_BITS] !== undefined;
  }

  /** The path identifier of the route, as it was sent; 0 without ADD-PATH. */
  pathId(prefix: PrefixId): number {
    const page = this.#pathIds[prefix >>> PAGE_BITS];
    return page === undefined ? 0 : page[prefix & (PAGE_SIZE - 1)] >>> 0;
  }

  /** True when there is a route with this path identifier. */
  holds(prefix: PrefixId, pathId: number): boolean {
    return this.received(prefix) !== NO_ATTRIBUTES && this.pathId(prefix) === pathId;
  }

  /** To be called before the route is put. */
  setPathId(prefix: PrefixId, pathId: number): void {
    const block = prefix >>> PAGE_BITS;
    if (pathId === 0 && this.#pathIds[block] === undefined) return;
    while (this.#pathIds.length <= block) this.#pathIds.push(undefined);
    this.#pathIds[block] ??= new Int32Array(PAGE_SIZE);
    this.#pathIds[block][prefix & (PAGE_SIZE - 1)] = pathId;
  }

  received(prefix: PrefixId): AttributeSetId {
    const page = this.#received[prefix >>> PAGE_BITS];
    return page === undefined ? NO_ATTRIBUTES : (page[prefix & (PAGE_SIZE - 1)] as AttributeSetId);
  }

  accepted(prefix: PrefixId): AttributeSetId {
    const page = this.#accepted[prefix >>> PAGE_BITS];
    return page === undefined ? NO_ATTRIBUTES : (page[prefix & (PAGE_SIZE - 1)] as AttributeSetId);
  }

  /** The first prefix after `prefix` with a received route, or 0. */
  next(prefix: PrefixId): PrefixId {
    let id = prefix + 1;
    for (let block = id >>> PAGE_BITS; block < this.#received.length; id = ++block << PAGE_BITS) {
      const page = this.#received[block];
      if (page === undefined) continue;
      for (let slot = id & (PAGE_SIZE - 1); slot < PAGE_SIZE; slot++) {
        if (page[slot] !== 0) return ((block << PAGE_BITS) | slot) as PrefixId;
      }
    }
    return NO_PREFIX;
  }

  /** Replaces the route of `prefix`; 0 and 0 withdraws it. Hot. */
  put(prefix: PrefixId, received: AttributeSetId, accepted: AttributeSetId): void {
    const block = prefix >>> PAGE_BITS;
    const slot = prefix & (PAGE_SIZE - 1);
    let page = this.#received[block];
    if (page === undefined) {
      if (received === NO_ATTRIBUTES) return;
      page = this.#makePage(block);
    }
    if (accepted !== received && page === this.#accepted[block]) this.#split(block);
    const acceptedPage = this.#accepted[block]!;
    this.#acceptedCount += difference(acceptedPage[slot], accepted);
    if (page !== acceptedPage) this.#replace(acceptedPage, slot, accepted);
    const change = difference(page[slot], received);
    this.#replace(page, slot, received);
    if (received === NO_ATTRIBUTES) this.stale.clear(prefix);
    if (change !== 0) this.#countRoutes(block, change);
  }

  /** Marks every route that is not about to go as stale: the session went down, but its routes stay for a while (RFC 4724 §4.2). */
  markStale(): void {
    for (let block = 0; block < this.#received.length; block++) {
      const page = this.#received[block];
      if (page !== undefined) this.stale.mark(block, page);
    }
  }

  /**
   * @param count called for every reference that the pages hold
   * @throws Error when counters and pages disagree: for tests
   */
  checkInvariants(count: (set: AttributeSetId) => void): void {
    let routes = 0;
    let accepted = 0;
    let stale = 0;
    this.#received.forEach((page, block) => {
      if (page === undefined) return;
      page.forEach((set, slot) => {
        if (set !== NO_ATTRIBUTES && this.stale.isStale(((block << PAGE_BITS) | slot) as PrefixId)) stale++;
      });
      const inPage = page.filter((set) => set !== 0).length;
      if (inPage === 0 || inPage !== this.#counts[block])
        throw new Error(`page ${block} counts ${this.#counts[block]}, holds ${inPage}`);
      routes += inPage;
      accepted += this.#accepted[block]!.filter((set) => set !== 0).length;
      for (const set of page) if (set !== 0) count(set as AttributeSetId);
      if (!this.#isShared(block)) for (const set of this.#accepted[block]!) if (set !== 0) count(set as AttributeSetId);
      const listed = this.#contributors.of(block);
      const index = listed.received.indexOf(page);
      if (listed.peers[index] !== this.peer || listed.accepted[index] !== this.#accepted[block]) {
        throw new Error(`page ${block} of peer ${this.peer} is not the one that contributes`);
      }
    });
    if (routes !== this.#routeCount) throw new Error(`peer ${this.peer} counts ${this.#routeCount} routes, has ${routes}`);
    if (stale !== this.stale.count) throw new Error(`peer ${this.peer} counts ${this.stale.count} stale routes, has ${stale}`);
    if (accepted !== this.#acceptedCount)
      throw new Error(`peer ${this.peer} counts ${this.#acceptedCount} accepted, has ${accepted}`);
  }

  #isShared(block: number): boolean {
    return this.#accepted[block] === this.#received[block];
  }

  #countRoutes(block: number, change: number): void {
    this.#routeCount += change;
    this.#counts[block] += change;
    if (this.#counts[block] === 0) this.#dropPage(block);
  }

  /** The new reference is taken first: it may be the old one. */
  #replace(page: Int32Array, slot: number, set: AttributeSetId): void {
    const old = page[slot] as AttributeSetId;
    if (set !== NO_ATTRIBUTES) this.#attributes.retain(set);
    page[slot] = set;
    this.#attributes.release(old);
  }

  #makePage(block: number): Int32Array {
    while (this.#received.length <= block) {
      this.#received.push(undefined);
      this.#accepted.push(undefined);
      this.#counts.push(0);
    }
    const page = new Int32Array(PAGE_SIZE);
    this.#received[block] = page;
    this.#accepted[block] = page;
    this.#pageCount++;
    this.#contributors.add(block, this.peer, pathOf(this.peer, this.lane), page);
    return page;
  }

  #split(block: number): void {
    const page = this.#received[block]!.slice();
    for (const set of page) if (set !== NO_ATTRIBUTES) this.#attributes.retain(set as AttributeSetId);
    this.#accepted[block] = page;
    this.#contributors.replaceAccepted(block, this.#received[block]!, page);
  }

  #dropPage(block: number): void {
    this.#contributors.remove(block, this.#received[block]!);
    this.#received[block] = undefined;
    this.#accepted[block] = undefined;
    if (block < this.#pathIds.length) this.#pathIds[block] = undefined;
    this.#pageCount--;
  }
}

/** What replacing `before` by `after` adds to a count of routes. */
function difference(before: number, after: number): number {
  if (before === NO_ATTRIBUTES) return after === NO_ATTRIBUTES ? 0 : 1;
  return after === NO_ATTRIBUTES ? -1 : 0;
}
