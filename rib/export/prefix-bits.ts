import { capacityFor, grown } from "../store/column.js";
import { NO_PREFIX, type PrefixId } from "../store/ids.js";

const FIRST_WORDS = 32;

/** A set of prefixes: one bit for each id (125 KB per million). */
export class PrefixBits {
  #words = new Int32Array(FIRST_WORDS);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  has(prefix: PrefixId): boolean {
    const word = prefix >>> 5;
    return word < this.#words.length && (this.#words[word] & (1 << (prefix & 31))) !== 0;
  }

  /** @returns false when it was there already */
  add(prefix: PrefixId): boolean {
    const word = prefix >>> 5;
    if (word >= this.#words.length) this.#words = grown(this.#words, capacityFor(word, this.#words.length));
    const bit = 1 << (prefix & 31);
    if ((this.#words[word] & bit) !== 0) return false;
    this.#words[word] |= bit;
    this.#count++;
    return true;
  }

  /** @returns false when it was not there */
  remove(prefix: PrefixId): boolean {
    if (!this.has(prefix)) return false;
    this.#words[prefix >>> 5] &= ~(1 << (prefix & 31));
    this.#count--;
    return true;
  }

  /** The first prefix from `from` on, or 0 when there is none. */
  nextFrom(from: number): PrefixId {
    const words = this.#words;
    let word = from >>> 5;
    if (word >= words.length) return NO_PREFIX;
    let bits = words[word] & (-1 << (from & 31));
    while (bits === 0) {
      if (++word === words.length) return NO_PREFIX;
      bits = words[word];
    }
    return (word * 32 + 31 - Math.clz32(bits & -bits)) as PrefixId;
  }

  clone(): PrefixBits {
    const copy = new PrefixBits();
    copy.#words = this.#words.slice();
    copy.#count = this.#count;
    return copy;
  }
}
