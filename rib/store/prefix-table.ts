import { bitsOf, Family } from "../../protocol/net/address-family.js";
import { IpAddress } from "../../protocol/net/ip-address.js";
import { maskWord, Prefix } from "../../protocol/net/prefix.js";
import type { NlriCursor } from "../../protocol/nlri/nlri-block.js";
import { grown, nextCapacity } from "./column.js";
import { type HashKeys, hashKeys, hashPrefix4, hashPrefix6 } from "./hash.js";
import { IdPool } from "./id-pool.js";
import { IdTable, MOST_REMOVED } from "./id-table.js";
import { NO_PREFIX, type PrefixId } from "./ids.js";

const FIRST_ROWS = 1024;

/** Prefixes looked up at a time. */
export const RUN = 64;

/**
 * Prefix ⇄ PrefixId, for one address family. Address words are signed, in network order, host bits clear (as `NlriCursor` gives
 * them); IPv4 uses w0 and ignores the rest.
 *
 *   #w0[id]           the first word of the address
 *   #rest[3 * id …]   the other three; empty in an IPv4 table
 *   #lengths[id]      in bits
 *   #references[id]   16 bits suffice: one each from the table, from every queue and every consumer
 *
 * 15 bytes an IPv4 prefix, 27 an IPv6 one. One class for both families: two classes would make every place that reads a prefix
 * choose between them at run time, which is 20 % of a full table's time once both families are in use (`bench/pipeline.ts`).
 *
 * Ids are counted: whoever keeps one beyond the call retains it, and it is given out again once nobody does. A freed id still
 * reads as its prefix until the next `intern`.
 */
export class PrefixTable {
  readonly family: Family;
  readonly #isWide: boolean;
  readonly #keys: HashKeys;
  readonly #pool = new IdPool();
  readonly #ids = new IdTable();
  readonly #run = new PrefixRun();
  readonly #lengthsInUse: Int32Array; // prefixes of each length
  #w0 = new Int32Array(FIRST_ROWS);
  #rest: Int32Array;
  #lengths = new Uint8Array(FIRST_ROWS);
  #references = new Uint16Array(FIRST_ROWS);
  readonly #released = new Int32Array(MOST_REMOVED); // ids that nobody holds, still in the hash table
  readonly #releasedHashes = new Int32Array(MOST_REMOVED);
  #releasedCount = 0;
  #next = 1; // the id behind that of the last prefix of the last run

  /** @param seed see `hashKeys` */
  constructor(family: Family, seed: number) {
    this.family = family;
    this.#isWide = family === Family.Ipv6Unicast;
    this.#keys = hashKeys(seed);
    this.#lengthsInUse = new Int32Array(bitsOf(family) + 1);
    this.#rest = new Int32Array(this.#isWide ? 3 * FIRST_ROWS : 0);
  }

  /** Every id is below this; it grows. */
  get capacity(): number {
    return this.#lengths.length;
  }

  /** The highest id ever given out. */
  get highest(): number {
    return this.#pool.highest;
  }

  /** Prefixes that have an id. */
  get count(): number {
    return this.#pool.count - this.#releasedCount;
  }

  /** The id of the prefix, made if need be. Takes no reference: a new id without one lives until somebody retains and releases it. */
  intern(w0: number, w1: number, w2: number, w3: number, length: number): PrefixId {
    this.#removeReleased();
    return this.#intern(this.#hash(w0, w1, w2, w3, length), w0, w1, w2, w3, length);
  }

  /** The id of the prefix, or 0. */
  find(w0: number, w1: number, w2: number, w3: number, length: number): PrefixId {
    this.#removeReleased();
    return this.#find(this.#hash(w0, w1, w2, w3, length), w0, w1, w2, w3, length);
  }

  /** `intern` for the next prefixes of the cursor. @returns how many there were, at most `RUN`; their ids are in `ids` */
  internRun(cursor: NlriCursor, ids: Int32Array): number {
    const run = this.#run;
    const count = this.#look(cursor, ids);
    for (let i = 0; i < count; i++) {
      if (ids[i] === 0) ids[i] = this.#intern(run.hash[i], run.w0[i], run.w1[i], run.w2[i], run.w3[i], run.length[i]);
    }
    if (count > 0) this.#next = ids[count - 1] + 1;
    return count;
  }

  /** `find` for the next prefixes of the cursor. @returns how many there were, at most `RUN`; their ids, or 0, are in `ids` */
  findRun(cursor: NlriCursor, ids: Int32Array): number {
    const run = this.#run;
    const count = this.#look(cursor, ids);
    for (let i = 0; i < count; i++) {
      if (ids[i] === 0) ids[i] = this.#find(run.hash[i], run.w0[i], run.w1[i], run.w2[i], run.w3[i], run.length[i]);
    }
    if (count > 0) this.#next = ids[count - 1] + 1;
    return count;
  }

  /**
   * The longest prefix that has an id and holds the address, or 0. One probe for each length in use: 0.5 µs.
   * @param accept asked from the longest down; the first accepted is the answer
   */
  longestMatch(w0: number, w1: number, w2: number, w3: number, accept?: (prefix: PrefixId) => boolean): PrefixId {
    for (let length = bitsOf(this.family); length >= 0; length--) {
      if (this.#lengthsInUse[length] === 0) continue;
      const id = this.find(
        w0 & maskWord(length, 0),
        w1 & maskWord(length, 1),
        w2 & maskWord(length, 2),
        w3 & maskWord(length, 3),
        length,
      );
      if (id !== NO_PREFIX && (accept === undefined || accept(id))) return id;
    }
    return NO_PREFIX;
  }

  retain(prefix: PrefixId): void {
    this.#references[prefix]++;
  }

  release(prefix: PrefixId): void {
    if (--this.#references[prefix] > 0) return;
    this.#released[this.#releasedCount++] = prefix;
    if (this.#releasedCount === MOST_REMOVED) this.#removeReleased();
  }

  /** True while somebody holds a reference. */
  isLive(prefix: PrefixId): boolean {
    return this.#references[prefix] > 0;
  }

  /** How many references there are: for tests. */
  references(prefix: PrefixId): number {
    return this.#references[prefix];
  }

  w0(prefix: PrefixId): number {
    return this.#w0[prefix];
  }

  w1(prefix: PrefixId): number {
    return this.#isWide ? this.#rest[3 * prefix] : 0;
  }

  w2(prefix: PrefixId): number {
    return this.#isWide ? this.#rest[3 * prefix + 1] : 0;
  }

  w3(prefix: PrefixId): number {
    return this.#isWide ? this.#rest[3 * prefix + 2] : 0;
  }

  length(prefix: PrefixId): number {
    return this.#lengths[prefix];
  }

  read(prefix: PrefixId): Prefix {
    const w0 = this.w0(prefix);
    const address = this.#isWide ? IpAddress.v6(w0, this.w1(prefix), this.w2(prefix), this.w3(prefix)) : IpAddress.v4(w0);
    return Prefix.of(address, this.#lengths[prefix]);
  }

  /** @throws Error when the columns, counts and the hash table disagree: for tests */
  checkInvariants(): void {
    this.#removeReleased();
    const total = this.#lengthsInUse.reduce((sum, count) => sum + count, 0);
    if (total !== this.count) throw new Error(`prefixes by length ${total}, ids in use ${this.count}`);
    this.#ids.checkInvariants(this.count, (id) => this.#hashOf(id as PrefixId));
  }

  /**
   * Reads the next prefixes into the run, and into `ids` the id of each, or 0 where it is yet to be searched for.
   *
   * Peers mostly send a table in one order, whether it is another peer's or being withdrawn: so long as each prefix has the id
   * behind that of the one before it, only columns are read, side by side. From there on every pass touches memory at random
   * places that do not depend on one another, so that the processor fetches several at once: looking up one prefix after the
   * other takes a quarter more of a full table's time (`bench/pipeline.ts`).
   */
  #look(cursor: NlriCursor, ids: Int32Array): number {
    this.#removeReleased();
    const run = this.#run;
    const next = this.#next;
    let inOrder = 0;
    let count = 0;
    for (; count < RUN && cursor.next(); count++) {
      const { w0, w1, w2, w3, length } = cursor;
      if (count === inOrder && this.#isHeld(next + count, w0, w1, w2, w3, length)) ids[inOrder++] = next + count;
      else run.put(count, this.#hash(w0, w1, w2, w3, length), w0, w1, w2, w3, length);
    }
    for (let i = inOrder; i < count; i++) ids[i] = this.#ids.first(run.hash[i]);
    for (let i = inOrder; i < count; i++) {
      if (!this.#is(ids[i], run.w0[i], run.w1[i], run.w2[i], run.w3[i], run.length[i])) ids[i] = 0;
    }
    return count;
  }

  /** Ids are given back in runs: one by one, withdrawing a full table takes a fifth more. To be called before anything is looked for. */
  #removeReleased(): void {
    const count = this.#releasedCount;
    if (count === 0) return;
    const released = this.#released;
    for (let i = 0; i < count; i++) this.#releasedHashes[i] = this.#hashOf(released[i] as PrefixId);
    this.#ids.removeRun(this.#releasedHashes, released, count);
    for (let i = 0; i < count; i++) {
      this.#lengthsInUse[this.#lengths[released[i]]]--;
      this.#pool.giveBack(released[i]);
    }
    this.#releasedCount = 0;
  }

  #find(hash: number, w0: number, w1: number, w2: number, w3: number, length: number): PrefixId {
    let id: number;
    this.#ids.search(hash);
    do id = this.#ids.next();
    while (id !== 0 && !this.#is(id, w0, w1, w2, w3, length));
    return id as PrefixId;
  }

  #intern(hash: number, w0: number, w1: number, w2: number, w3: number, length: number): PrefixId {
    const found = this.#find(hash, w0, w1, w2, w3, length);
    if (found !== NO_PREFIX) return found;
    const id = this.#pool.take();
    if (id >= this.#lengths.length) this.#grow();
    this.#w0[id] = w0;
    if (this.#isWide) {
      this.#rest[3 * id] = w1;
      this.#rest[3 * id + 1] = w2;
      this.#rest[3 * id + 2] = w3;
    }
    this.#lengths[id] = length;
    this.#lengthsInUse[length]++;
    this.#ids.insert(hash, id);
    return id as PrefixId;
  }

  #is(id: number, w0: number, w1: number, w2: number, w3: number, length: number): boolean {
    if (this.#w0[id] !== w0 || this.#lengths[id] !== length || id === 0) return false;
    if (!this.#isWide) return true;
    const rest = this.#rest;
    return rest[3 * id] === w1 && rest[3 * id + 1] === w2 && rest[3 * id + 2] === w3;
  }

  /** `#is`, of an id that may be nobody's: freed, or not yet given out. */
  #isHeld(id: number, w0: number, w1: number, w2: number, w3: number, length: number): boolean {
    return id < this.#lengths.length && this.#is(id, w0, w1, w2, w3, length) && this.#references[id] > 0;
  }

  #hashOf(prefix: PrefixId): number {
    return this.#hash(this.#w0[prefix], this.w1(prefix), this.w2(prefix), this.w3(prefix), this.#lengths[prefix]);
  }

  #hash(w0: number, w1: number, w2: number, w3: number, length: number): number {
    return this.#isWide ? hashPrefix6(this.#keys, w0, w1, w2, w3, length) : hashPrefix4(this.#keys, w0, length);
  }

  #grow(): void {
    const capacity = nextCapacity(this.#lengths.length);
    this.#w0 = grown(this.#w0, capacity);
    if (this.#isWide) this.#rest = grown(this.#rest, 3 * capacity);
    this.#lengths = grown(this.#lengths, capacity);
    this.#references = grown(this.#references, capacity);
  }
}

/** Prefixes that are looked up together, in columns. */
class PrefixRun {
  readonly hash = new Int32Array(RUN);
  readonly w0 = new Int32Array(RUN);
  readonly w1 = new Int32Array(RUN);
  readonly w2 = new Int32Array(RUN);
  readonly w3 = new Int32Array(RUN);
  readonly length = new Uint8Array(RUN);

  put(i: number, hash: number, w0: number, w1: number, w2: number, w3: number, length: number): void {
    this.hash[i] = hash;
    this.w0[i] = w0;
    this.w1[i] = w1;
    this.w2[i] = w2;
    this.w3[i] = w3;
    this.length[i] = length;
  }
}
