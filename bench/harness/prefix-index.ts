import type { PrefixColumns } from "./route-table.js";
import { sharedInt32 } from "./shared-array.js";

/**
 * Prefix → row of its columns: an open-addressing table of rows plus one, shared between threads.
 * Looked up in the order of the rows, as tables mostly arrive, it is not even probed.
 */
export class PrefixIndex {
  readonly slots: Int32Array;
  readonly #prefixes: PrefixColumns;
  readonly #mask: number;
  #next = 0; // the row that follows the one found last

  /** @param slots of an index over the same prefixes, made by another thread */
  constructor(prefixes: PrefixColumns, slots?: Int32Array) {
    this.#prefixes = prefixes;
    this.slots = slots ?? sharedInt32(2 ** Math.ceil(Math.log2(prefixes.words.length + 1) + 1));
    this.#mask = this.slots.length - 1;
  }

  /** Adds row `row`. @returns false when that prefix is there already */
  add(row: number): boolean {
    const { family, words, lengths } = this.#prefixes;
    const at = family === 4 ? row : 4 * row;
    const found =
      family === 4
        ? this.#probe4(words[at]!, lengths[row]!)
        : this.#probe6(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!, lengths[row]!);
    if (this.slots[found] !== 0) return false;
    this.slots[found] = row + 1;
    return true;
  }

  /** @returns the row, -1 when there is none */
  find4(word: number, length: number): number {
    const { words, lengths, count } = this.#prefixes;
    const guess = this.#next;
    if (guess < count && words[guess] === word && lengths[guess] === length) {
      this.#next = guess + 1;
      return guess;
    }
    const row = this.slots[this.#probe4(word, length)]! - 1;
    this.#next = row + 1;
    return row;
  }

  /** @returns the row, -1 when there is none */
  find6(w0: number, w1: number, w2: number, w3: number, length: number): number {
    const guess = this.#next;
    const isGuessed = guess < this.#prefixes.count && this.#is6(guess, w0, w1, w2, w3, length);
    const row = isGuessed ? guess : this.slots[this.#probe6(w0, w1, w2, w3, length)]! - 1;
    this.#next = row + 1;
    return row;
  }

  #probe4(word: number, length: number): number {
    const { words, lengths } = this.#prefixes;
    let slot = scramble(word ^ Math.imul(length, 0x9e3779b1)) & this.#mask;
    for (; ; slot = (slot + 1) & this.#mask) {
      const row = this.slots[slot]! - 1;
      if (row < 0 || (words[row] === word && lengths[row] === length)) return slot;
    }
  }

  #probe6(w0: number, w1: number, w2: number, w3: number, length: number): number {
    const mixed = Math.imul(w0, 0x85ebca6b) ^ Math.imul(w1, 0xc2b2ae35) ^ Math.imul(w2, 0x27d4eb2f) ^ w3;
    let slot = scramble(mixed ^ Math.imul(length, 0x9e3779b1)) & this.#mask;
    for (; ; slot = (slot + 1) & this.#mask) {
      const row = this.slots[slot]! - 1;
      if (row < 0 || this.#is6(row, w0, w1, w2, w3, length)) return slot;
    }
  }

  #is6(row: number, w0: number, w1: number, w2: number, w3: number, length: number): boolean {
    const { words, lengths } = this.#prefixes;
    const at = 4 * row;
    const isSame = words[at] === w0 && words[at + 1] === w1 && words[at + 2] === w2 && words[at + 3] === w3;
    return isSame && lengths[row] === length;
  }
}

function scramble(word: number): number {
  const once = Math.imul(word ^ (word >>> 16), 0x7feb352d);
  const twice = Math.imul(once ^ (once >>> 15), 0x846ca68b);
  return twice ^ (twice >>> 16);
}
