import { Family } from "../../protocol/net/address-family.js";
import { IpAddress } from "../../protocol/net/ip-address.js";
import { maskWord, Prefix } from "../../protocol/net/prefix.js";
import { grown, nextCapacity } from "./column.js";
import { type HashKeys, hashKeys } from "./hash.js";
import { IdPool } from "./id-pool.js";
import { type HashedRows, IdTable } from "./id-table.js";
import { NO_PREFIX, type PrefixId } from "./ids.js";

/**
 * Prefix ⇄ PrefixId, for one address family. Address words are signed, in network order, host bits clear (as `NlriCursor` gives
 * them); IPv4 uses w0 and ignores the rest.
 *
 * Ids are counted: whoever keeps one beyond the call retains it, and it is given out again once nobody does. A freed id still
 * reads as its prefix until the next `intern`.
 */
export interface PrefixTable {
  readonly family: Family;
  /** Every id is below this; it grows. */
  readonly capacity: number;
  /** The highest id ever given out. */
  readonly highest: number;
  /** Prefixes that have an id. */
  readonly count: number;
  /** The id of the prefix, made if need be. Takes no reference: a new id without one lives until somebody retains and releases it. */
  intern(w0: number, w1: number, w2: number, w3: number, length: number): PrefixId;
  /** The id of the prefix, or 0. */
  find(w0: number, w1: number, w2: number, w3: number, length: number): PrefixId;
  /**
   * The longest prefix that has an id and holds the address, or 0. One probe for each length in use: 0.5 µs.
   * @param accept asked from the longest down; the first accepted is the answer
   */
  longestMatch(w0: number, w1: number, w2: number, w3: number, accept?: (prefix: PrefixId) => boolean): PrefixId;
  retain(prefix: PrefixId): void;
  release(prefix: PrefixId): void;
  /** True while somebody holds a reference. */
  isLive(prefix: PrefixId): boolean;
  /** How many references there are: for tests. */
  references(prefix: PrefixId): number;
  w0(prefix: PrefixId): number;
  w1(prefix: PrefixId): number;
  w2(prefix: PrefixId): number;
  w3(prefix: PrefixId): number;
  length(prefix: PrefixId): number;
  read(prefix: PrefixId): Prefix;
  /** @throws Error when the columns, counts and the hash table disagree: for tests */
  checkInvariants(): void;
}

/** @param seed see `hashKeys` */
export function prefixTableOf(family: Family, seed: number): PrefixTable {
  return family === Family.Ipv4Unicast ? new PrefixTable4(seed) : new PrefixTable6(seed);
}

const FIRST_ROWS = 1024;

/**
 * What both tables share.
 *
 *   lengths[id]      in bits
 *   references[id]   16 bits suffice: one each from the table, from every queue and every consumer
 */
abstract class CountedPrefixes implements HashedRows {
  protected readonly keys: HashKeys;
  protected readonly pool = new IdPool();
  protected readonly ids = new IdTable(this);
  protected readonly lengthsInUse: Int32Array; // prefixes of each length
  protected lengths = new Uint8Array(FIRST_ROWS);
  #references = new Uint16Array(FIRST_ROWS);

  constructor(seed: number, bits: number) {
    this.keys = hashKeys(seed);
    this.lengthsInUse = new Int32Array(bits + 1);
  }

  abstract hashOf(id: number): number;
  protected abstract growWords(capacity: number): void;

  get capacity(): number {
    return this.lengths.length;
  }

  get highest(): number {
    return this.pool.highest;
  }

  get count(): number {
    return this.pool.count;
  }

  retain(prefix: PrefixId): void {
    this.#references[prefix]++;
  }

  release(prefix: PrefixId): void {
    if (--this.#references[prefix] > 0) return;
    this.ids.remove(this.hashOf(prefix), prefix);
    this.lengthsInUse[this.lengths[prefix]]--;
    this.pool.giveBack(prefix);
  }

  isLive(prefix: PrefixId): boolean {
    return this.#references[prefix] > 0;
  }

  references(prefix: PrefixId): number {
    return this.#references[prefix];
  }

  length(prefix: PrefixId): number {
    return this.lengths[prefix];
  }

  checkInvariants(): void {
    const total = this.lengthsInUse.reduce((sum, count) => sum + count, 0);
    if (total !== this.count) throw new Error(`prefixes by length ${total}, ids in use ${this.count}`);
    this.ids.checkInvariants(this.count);
  }

  /** A row for a new prefix, found under `hash`; the caller fills in the words. */
  protected newRow(hash: number, length: number): PrefixId {
    const id = this.pool.take();
    if (id >= this.lengths.length) this.#grow();
    this.lengths[id] = length;
    this.lengthsInUse[length]++;
    this.ids.insert(hash, id);
    return id as PrefixId;
  }

  #grow(): void {
    const capacity = nextCapacity(this.lengths.length);
    this.lengths = grown(this.lengths, capacity);
    this.#references = grown(this.#references, capacity);
    this.growWords(capacity);
  }
}

/**
 * IPv4 prefixes, 15 bytes each: `#words[id]` is the address.
 */
export class PrefixTable4 extends CountedPrefixes implements PrefixTable {
  readonly family = Family.Ipv4Unicast;
  #words = new Int32Array(FIRST_ROWS);

  constructor(seed: number) {
    super(seed, 32);
  }

  intern(w0: number, _w1: number, _w2: number, _w3: number, length: number): PrefixId {
    const hash = this.#hash(w0, length);
    const words = this.#words;
    const lengths = this.lengths;
    for (let id = this.ids.first(hash); id !== 0; id = this.ids.next()) {
      if (words[id] === w0 && lengths[id] === length) return id as PrefixId;
    }
    const id = this.newRow(hash, length);
    this.#words[id] = w0;
    return id;
  }

  find(w0: number, _w1: number, _w2: number, _w3: number, length: number): PrefixId {
    const words = this.#words;
    const lengths = this.lengths;
    for (let id = this.ids.first(this.#hash(w0, length)); id !== 0; id = this.ids.next()) {
      if (words[id] === w0 && lengths[id] === length) return id as PrefixId;
    }
    return NO_PREFIX;
  }

  longestMatch(w0: number, _w1: number, _w2: number, _w3: number, accept?: (prefix: PrefixId) => boolean): PrefixId {
    for (let length = 32; length >= 0; length--) {
      if (this.lengthsInUse[length] === 0) continue;
      const id = this.find(w0 & maskWord(length, 0), 0, 0, 0, length);
      if (id !== NO_PREFIX && (accept === undefined || accept(id))) return id;
    }
    return NO_PREFIX;
  }

  w0(prefix: PrefixId): number {
    return this.#words[prefix];
  }

  w1(_prefix: PrefixId): number {
    return 0;
  }

  w2(_prefix: PrefixId): number {
    return 0;
  }

  w3(_prefix: PrefixId): number {
    return 0;
  }

  read(prefix: PrefixId): Prefix {
    return Prefix.of(IpAddress.v4(this.#words[prefix]), this.lengths[prefix]);
  }

  hashOf(id: number): number {
    return this.#hash(this.#words[id], this.lengths[id]);
  }

  protected growWords(capacity: number): void {
    this.#words = grown(this.#words, capacity);
  }

  #hash(w0: number, length: number): number {
    const keys = this.keys;
    let h = Math.imul(keys.start ^ w0, keys.first);
    h = Math.imul(h ^ (h >>> 15) ^ length, keys.second);
    return h ^ (h >>> 15);
  }
}

/**
 * IPv6 prefixes, 27 bytes each: `#words[4 * id .. 4 * id + 3]` is the address.
 */
export class PrefixTable6 extends CountedPrefixes implements PrefixTable {
  readonly family = Family.Ipv6Unicast;
  #words = new Int32Array(4 * FIRST_ROWS);

  constructor(seed: number) {
    super(seed, 128);
  }

  intern(w0: number, w1: number, w2: number, w3: number, length: number): PrefixId {
    const hash = this.#hash(w0, w1, w2, w3, length);
    for (let id = this.ids.first(hash); id !== 0; id = this.ids.next()) {
      if (this.#is(id, w0, w1, w2, w3, length)) return id as PrefixId;
    }
    const id = this.newRow(hash, length);
    const at = 4 * id;
    this.#words[at] = w0;
    this.#words[at + 1] = w1;
    this.#words[at + 2] = w2;
    this.#words[at + 3] = w3;
    return id;
  }

  find(w0: number, w1: number, w2: number, w3: number, length: number): PrefixId {
    for (let id = this.ids.first(this.#hash(w0, w1, w2, w3, length)); id !== 0; id = this.ids.next()) {
      if (this.#is(id, w0, w1, w2, w3, length)) return id as PrefixId;
    }
    return NO_PREFIX;
  }

  longestMatch(w0: number, w1: number, w2: number, w3: number, accept?: (prefix: PrefixId) => boolean): PrefixId {
    for (let length = 128; length >= 0; length--) {
      if (this.lengthsInUse[length] === 0) continue;
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

  w0(prefix: PrefixId): number {
    return this.#words[4 * prefix];
  }

  w1(prefix: PrefixId): number {
    return this.#words[4 * prefix + 1];
  }

  w2(prefix: PrefixId): number {
    return this.#words[4 * prefix + 2];
  }

  w3(prefix: PrefixId): number {
    return this.#words[4 * prefix + 3];
  }

  read(prefix: PrefixId): Prefix {
    const address = IpAddress.v6(this.w0(prefix), this.w1(prefix), this.w2(prefix), this.w3(prefix));
    return Prefix.of(address, this.lengths[prefix]);
  }

  hashOf(id: number): number {
    const at = 4 * id;
    return this.#hash(this.#words[at], this.#words[at + 1], this.#words[at + 2], this.#words[at + 3], this.lengths[id]);
  }

  protected growWords(capacity: number): void {
    this.#words = grown(this.#words, 4 * capacity);
  }

  #is(id: number, w0: number, w1: number, w2: number, w3: number, length: number): boolean {
    const words = this.#words;
    const at = 4 * id;
    return (
      words[at] === w0 && words[at + 1] === w1 && words[at + 2] === w2 && words[at + 3] === w3 && this.lengths[id] === length
    );
  }

  #hash(w0: number, w1: number, w2: number, w3: number, length: number): number {
    const { first, second, start } = this.keys;
    let h = Math.imul(start ^ w0, first);
    h = Math.imul(h ^ (h >>> 15), second);
    h = Math.imul(h ^ w1, first);
    h = Math.imul(h ^ (h >>> 15), second);
    h = Math.imul(h ^ w2, first);
    h = Math.imul(h ^ (h >>> 15), second);
    h = Math.imul(h ^ w3, first);
    h = Math.imul(h ^ (h >>> 15) ^ length, second);
    return h ^ (h >>> 15);
  }
}
