import { PathReader } from "./path-reader.js";
import { PrefixIndex } from "./prefix-index.js";
import type { PrefixColumns } from "./route-table.js";

/** The prefixes that a receiver may be told, shared between threads. */
export interface CheckedPrefixes extends PrefixColumns {
  readonly slots: Int32Array; // of their PrefixIndex
  readonly sample: Uint8Array; // UPDATEs with some of them, as a daemon would send them
}

export interface CheckOptions {
  readonly ownAs: number; // of the daemon
  readonly withNextHop: boolean;
  /** Rows this receiver announced itself: whether it hears of them again does not matter. */
  readonly own: readonly [from: number, end: number];
}

/**
 * What one receiver has been told, against what it should have been told in the end.
 *
 *   got[row], expected[row]   hash of the path of that prefix; 0: none
 */
export class TableCheck {
  readonly #prefixes: CheckedPrefixes;
  readonly #index: PrefixIndex;
  readonly #path: PathReader;
  readonly #own: readonly [number, number];
  readonly #got: Int32Array;
  #expected: Int32Array;
  #right = 0;
  /** Called with the row whenever a prefix has arrived as expected. */
  onRight: ((row: number) => void) | null = null;
  /** Prefixes that are in no table, and messages that make no sense. */
  faults = 0;
  messages = 0;

  constructor(prefixes: CheckedPrefixes, options: CheckOptions) {
    this.#prefixes = prefixes;
    this.#index = new PrefixIndex(prefixes, prefixes.slots);
    this.#path = new PathReader(options.ownAs, options.withNextHop);
    this.#own = options.own;
    this.#got = new Int32Array(prefixes.count);
    this.#expected = new Int32Array(prefixes.count);
    this.#right = prefixes.count;
  }

  /** The final table from now on. @param expected hash by row, 0 where there must be no route */
  expect(expected: Int32Array): void {
    this.#expected = expected;
    const [ownFrom, ownEnd] = this.#own;
    let right = 0;
    for (let row = 0; row < expected.length; row++) {
      if (this.#got[row] === expected[row] || (row >= ownFrom && row < ownEnd)) right++;
    }
    this.#right = right;
  }

  get isComplete(): boolean {
    return this.#right === this.#prefixes.count;
  }

  /** Hash of the path by row. */
  get held(): Int32Array {
    return this.#got;
  }

  get right(): number {
    return this.#right;
  }

  /** Reads one UPDATE, header included. */
  update(bytes: Uint8Array, start: number, end: number): void {
    this.messages++;
    const withdrawnAt = start + 21;
    const withdrawnEnd = withdrawnAt + ((bytes[start + 19]! << 8) | bytes[start + 20]!);
    const attributesAt = withdrawnEnd + 2;
    const attributesEnd = attributesAt + ((bytes[withdrawnEnd]! << 8) | bytes[withdrawnEnd + 1]!);
    if (attributesEnd > end) {
      this.faults++;
      return;
    }
    if (withdrawnEnd > withdrawnAt) this.#nlri4(bytes, withdrawnAt, withdrawnEnd, 0);
    if (attributesEnd === attributesAt) return;
    this.#path.read(bytes, attributesAt, attributesEnd);
    const { hash, unreachAt, unreachEnd, reachAt, reachEnd } = this.#path;
    if (unreachAt !== 0) this.#nlri6(bytes, unreachAt, unreachEnd, 0);
    if (reachAt !== 0) this.#nlri6(bytes, reachAt, reachEnd, hash);
    this.#nlri4(bytes, attributesEnd, end, hash);
  }

  #nlri4(bytes: Uint8Array, start: number, end: number, hash: number): void {
    for (let at = start; at < end; ) {
      const length = bytes[at]!;
      const size = (length + 7) >> 3;
      let word = 0;
      if (size > 0) word = bytes[at + 1]! << 24;
      if (size > 1) word |= bytes[at + 2]! << 16;
      if (size > 2) word |= bytes[at + 3]! << 8;
      if (size > 3) word |= bytes[at + 4]!;
      this.#put(this.#index.find4(word, length), hash);
      at += size + 1;
    }
  }

  #nlri6(bytes: Uint8Array, start: number, end: number, hash: number): void {
    for (let at = start; at < end; ) {
      const length = bytes[at]!;
      const stop = at + 1 + ((length + 7) >> 3);
      const w0 = wordAt(bytes, at + 1, stop);
      const w1 = wordAt(bytes, at + 5, stop);
      this.#put(this.#index.find6(w0, w1, wordAt(bytes, at + 9, stop), wordAt(bytes, at + 13, stop), length), hash);
      at = stop;
    }
  }

  #put(row: number, hash: number): void {
    if (row < 0) {
      this.faults++;
      return;
    }
    const before = this.#got[row]!;
    if (before === hash || (row >= this.#own[0] && row < this.#own[1])) return;
    const expected = this.#expected[row]!;
    this.#got[row] = hash;
    if (before === expected) this.#right--;
    if (hash !== expected) return;
    this.#right++;
    this.onRight?.(row);
  }
}

/** Four octets from `at`, zero from `stop` on. */
function wordAt(bytes: Uint8Array, at: number, stop: number): number {
  let word = 0;
  for (let i = 0; i < 4; i++) word = (word << 8) | (at + i < stop ? bytes[at + i]! : 0);
  return word;
}
