import type { AttributeSet } from "../../protocol/attributes/attribute-set.js";
import { decodeCanonical } from "../../protocol/attributes/decode-attributes.js";
import { copyOctets, WordView } from "../../protocol/attributes/octets.js";
import type { NextHopTable } from "../next-hop-table.js";
import { AttributeFacts, type OwnIdentity } from "./attribute-facts.js";
import { ByteArena } from "./byte-arena.js";
import { grown, nextCapacity } from "./column.js";
import { DecisionColumns } from "./decision-columns.js";
import { type HashKeys, hashKeys } from "./hash.js";
import { IdPool } from "./id-pool.js";
import { IdTable } from "./id-table.js";
import { type AttributeSetId, type NextHopId, NO_ATTRIBUTES, NO_NEXT_HOP } from "./ids.js";
import { InterfaceTable } from "./interface-table.js";
import { equalBytes, hashBytes } from "./words.js";

/**
 * The kinds of session for which bytes have been found good as they stand, as bits: what is clean from an internal peer may
 * not be from an external one (LOCAL_PREF, ORIGINATOR_ID; RFC 7606 §7.5, §7.9).
 */
export const DecodeContext = { External: 1, Internal: 2 } as const;
export type DecodeContext = (typeof DecodeContext)[keyof typeof DecodeContext];

export interface AttributeSetTableOptions {
  readonly seed: number; // see hashKeys
  readonly nextHops: NextHopTable;
  readonly own?: OwnIdentity; // for MayLoop; without it no set has the flag
}

export interface InternOptions {
  /** The bytes came from a session of this kind and are valid there as they stand: `find` may answer for it. */
  readonly context?: DecodeContext;
  /** The interface of a local route or of a link-local next hop; 0 for none. */
  readonly interfaceId?: number;
  /** Import policy has raised the route's preference. */
  readonly isRaised?: boolean;
}

/** So few that they grow in the daemon's rehearsal: code compiled without that is thrown away when they do. */
const FIRST_ROWS = 64;
const NOBODY: OwnIdentity = { asNumbers: [], routerId: 0, clusterId: null };

/**
 * Attribute lists ⇄ AttributeSetId: equal bytes (and tags) are one row, decoded once.
 *
 * Bytes are a valid attribute list in canonical form: 4-octet AS numbers, ascending type codes, the next hop as NEXT_HOP or as
 * MP_REACH_NLRI without NLRI. What decides between paths is in the columns of `DecisionColumns`; here are
 *
 *   #place, #length     the bytes, in the arena
 *   #hash               of the bytes and the tags
 *   #references         how many hold the id; at none the row is free
 *   #tags               what no bytes say: 1 for raised preference, 2 * the interface of a local route or of a link-local next hop
 *   #contexts           DecodeContext bits
 *
 * About 115 bytes a set at a mean list of 60.
 */
export class AttributeSetTable extends DecisionColumns {
  /** The interfaces that sets name by number. */
  readonly interfaces = new InterfaceTable();
  readonly #nextHops: NextHopTable;
  readonly #keys: HashKeys;
  readonly #arena = new ByteArena();
  readonly #pool = new IdPool();
  readonly #ids = new IdTable();
  readonly #facts = new AttributeFacts();
  readonly #words = new WordView();
  readonly #freeListeners = new Set<(id: AttributeSetId) => void>();
  #own: OwnIdentity;
  #place = new Int32Array(FIRST_ROWS);
  #length = new Uint16Array(FIRST_ROWS);
  #hash = new Int32Array(FIRST_ROWS);
  #references = new Int32Array(FIRST_ROWS);
  #tags = new Int32Array(FIRST_ROWS);
  #contexts = new Uint8Array(FIRST_ROWS);
  #last: AttributeSetId = NO_ATTRIBUTES; // what `find` or `intern` answered last: runs of equal lists skip the hash
  #searchedHash = 0; // of the search that failed last, for the insertion that follows
  #isMissing = false; // the list of the last `find` is in no row

  constructor(options: AttributeSetTableOptions) {
    super(FIRST_ROWS);
    this.#nextHops = options.nextHops;
    this.#keys = hashKeys(options.seed);
    this.#own = options.own ?? NOBODY;
  }

  /** Sets in use. */
  get count(): number {
    return this.#pool.count;
  }

  /** Every id is below this; it grows. */
  get capacity(): number {
    return this.#place.length;
  }

  /** The highest id ever given out. */
  get highest(): number {
    return this.#pool.highest;
  }

  /**
   * The id of the list `bytes[start, end)` if it is known and has been accepted in `context`, else 0. Takes no reference.
   */
  find(bytes: Uint8Array, start: number, end: number, context: DecodeContext): AttributeSetId {
    const id = this.#search(this.#words.of(bytes), start, end - start, 0);
    this.#isMissing = id === NO_ATTRIBUTES;
    return (this.#contexts[id] & context) !== 0 ? id : NO_ATTRIBUTES;
  }

  /** The id of the list, made if need be, with one more reference, which is the caller's. The bytes are copied. */
  intern(bytes: Uint8Array, start: number, end: number, options: InternOptions = {}): AttributeSetId {
    const view = this.#words.of(bytes);
    const tags = (options.interfaceId ?? 0) * 2 + (options.isRaised ? 1 : 0);
    const id = this.#search(view, start, end - start, tags) || this.#insert(view, start, end - start, tags);
    return this.#refer(id, options.context ?? 0);
  }

  /** `intern` for the list that the last `find` has answered 0 for, bytes and context the same: it is not searched again. */
  internMissing(bytes: Uint8Array, start: number, end: number, context: DecodeContext): AttributeSetId {
    if (!this.#isMissing) return this.intern(bytes, start, end, { context });
    this.#isMissing = false;
    return this.#refer(this.#insert(this.#words.of(bytes), start, end - start, 0), context);
  }

  /** From now on `find` answers with this set for sessions of that kind too. */
  confirm(id: AttributeSetId, context: DecodeContext): void {
    this.#contexts[id] |= context;
  }

  retain(id: AttributeSetId): void {
    this.#references[id]++;
  }

  /** Gives a reference back; the row is gone with the last one. Does nothing for 0. */
  release(id: AttributeSetId): void {
    if (id === NO_ATTRIBUTES || --this.#references[id] > 0) return;
    for (const listener of this.#freeListeners) listener(id);
    this.#ids.remove(this.#hash[id], id);
    this.#arena.free(this.#place[id], this.#length[id]);
    if (this.#last === id) this.#last = NO_ATTRIBUTES;
    this.#pool.giveBack(id);
    this.#nextHops.release(this.nextHop(id));
  }

  /**
   * Asks to be told just before an id is given back: for caches by id that hold no reference on it.
   * @returns ends the subscription
   */
  subscribeFree(listener: (id: AttributeSetId) => void): () => void {
    this.#freeListeners.add(listener);
    return () => this.#freeListeners.delete(listener);
  }

  references(id: AttributeSetId): number {
    return this.#references[id];
  }

  interfaceId(id: AttributeSetId): number {
    return this.#tags[id] >>> 1;
  }

  /** Import policy has raised the route's preference: see `RAISE`. */
  isRaised(id: AttributeSetId): boolean {
    return (this.#tags[id] & 1) !== 0;
  }

  /** The interface that a local source gave, or null. */
  interfaceName(id: AttributeSetId): string | null {
    return this.interfaces.nameOf(this.interfaceId(id));
  }

  /** The buffer that holds the list; together with `offset` and `byteLength` valid while the id is retained. */
  slab(id: AttributeSetId): Uint8Array {
    return this.#arena.slab(this.#place[id]);
  }

  view(id: AttributeSetId): DataView {
    return this.#arena.view(this.#place[id]);
  }

  offset(id: AttributeSetId): number {
    return this.#arena.offset(this.#place[id]);
  }

  byteLength(id: AttributeSetId): number {
    return this.#length[id];
  }

  /** The list as an object: for people, policy modifications and tests. */
  decode(id: AttributeSetId): AttributeSet {
    const start = this.offset(id);
    return decodeCanonical(this.slab(id), start, start + this.#length[id]);
  }

  /** A number that depends on the content only, not on the id: equal sets have the same, different ones hardly ever. */
  hashOf(id: number): number {
    return this.#hash[id];
  }

  /** A new identity, e.g. one more local AS: MayLoop is worked out again for all sets. Cold: 0.1 µs a set. */
  setOwnIdentity(own: OwnIdentity): void {
    this.#own = own;
    for (let id = 1 as AttributeSetId; id <= this.highest; id++) if (this.#references[id] > 0) this.#readFlags(id);
  }

  /**
   * @param known references that somebody is known to hold, by id
   * @param isComplete nobody else holds any
   * @throws Error when rows, hash table, arena or reference counts disagree: for tests
   */
  checkInvariants(known: ReadonlyMap<AttributeSetId, number>, isComplete: boolean): void {
    this.#ids.checkInvariants(this.count, (id) => this.#hash[id]);
    this.#arena.checkInvariants();
    let live = 0;
    for (let id = 1 as AttributeSetId; id <= this.highest; id++) {
      const references = this.#references[id];
      const wanted = known.get(id) ?? 0;
      if (references < wanted || (isComplete && references !== wanted)) {
        throw new Error(`attribute set ${id} has ${references} references, ${wanted} are known`);
      }
      if (references > 0) live++;
    }
    if (live !== this.count) throw new Error(`${live} attribute sets have references, ${this.count} ids are in use`);
  }

  #refer(id: AttributeSetId, context: number): AttributeSetId {
    this.#references[id]++;
    this.#contexts[id] |= context;
    this.#last = id;
    return id;
  }

  #search(view: DataView, at: number, length: number, tags: number): AttributeSetId {
    const last = this.#last;
    if (last !== NO_ATTRIBUTES && this.#is(last, view, at, length, tags)) return last;
    const hash = hashBytes(this.#keys, view, at, length, tags);
    this.#searchedHash = hash;
    let id: AttributeSetId;
    this.#ids.search(hash);
    do id = this.#ids.next() as AttributeSetId;
    while (id !== NO_ATTRIBUTES && !this.#is(id, view, at, length, tags));
    this.#last = id;
    return id;
  }

  #is(id: AttributeSetId, view: DataView, at: number, length: number, tags: number): boolean {
    if (this.#length[id] !== length || this.#tags[id] !== tags) return false;
    const place = this.#place[id];
    return equalBytes(this.#arena.view(place), this.#arena.offset(place), view, at, length);
  }

  #insert(view: DataView, at: number, length: number, tags: number): AttributeSetId {
    const id = this.#pool.take() as AttributeSetId;
    if (id >= this.capacity) this.#grow();
    const place = this.#arena.allocate(length);
    copyOctets(this.#arena.view(place), this.#arena.offset(place), view, at, length);
    this.#place[id] = place;
    this.#length[id] = length;
    this.#hash[id] = this.#searchedHash;
    this.#tags[id] = tags;
    this.#references[id] = 0;
    this.#contexts[id] = 0;
    this.#readFacts(id, view, at, length, tags);
    this.#ids.insert(this.#hash[id], id);
    return id;
  }

  #readFacts(id: AttributeSetId, view: DataView, at: number, length: number, tags: number): void {
    const facts = this.#facts;
    facts.read(view, at, at + length, this.#own);
    this.writeDecision(id, facts, this.#internNextHop(facts, tags >>> 1), (tags & 1) !== 0);
  }

  #internNextHop(facts: AttributeFacts, interfaceId: number): NextHopId {
    if (facts.nextHopVersion === 0) return NO_NEXT_HOP;
    const { nextHopVersion, nextHop0, nextHop1, nextHop2, nextHop3 } = facts;
    const scope = isLinkLocal(facts) ? interfaceId : 0;
    return this.#nextHops.internWords(nextHopVersion, nextHop0, nextHop1, nextHop2, nextHop3, scope);
  }

  #readFlags(id: AttributeSetId): void {
    const start = this.offset(id);
    this.#facts.read(this.view(id), start, start + this.#length[id], this.#own);
    this.writeFlags(id, this.#facts.flags);
  }

  #grow(): void {
    const capacity = nextCapacity(this.capacity);
    this.#place = grown(this.#place, capacity);
    this.#length = grown(this.#length, capacity);
    this.#hash = grown(this.#hash, capacity);
    this.#references = grown(this.#references, capacity);
    this.#tags = grown(this.#tags, capacity);
    this.#contexts = grown(this.#contexts, capacity);
    this.growDecision(capacity);
  }
}

/** fe80::/10 means something on one link only (RFC 4291 §2.5.6). */
function isLinkLocal(facts: AttributeFacts): boolean {
  return facts.nextHopVersion === 6 && (facts.nextHop0 & 0xffc00000) === (0xfe800000 | 0);
}
