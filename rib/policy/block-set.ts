import { maskWord, type Prefix } from "../../protocol/net/prefix.js";

/** Words of a block: address and length. */
const WIDTH = 5;

/**
 * Address blocks of one family, of which any number are found in as many steps as their count has bits.
 *
 *   #words[5 i .. 5 i + 3]   address of block i, as signed words; blocks ascend, and none lies in another
 *   #words[5 i + 4]          its length
 */
export class BlockSet {
  readonly #words: Int32Array;

  constructor(blocks: readonly Prefix[]) {
    const outer: Prefix[] = [];
    for (const block of [...blocks].sort((a, b) => a.compare(b))) if (!outer.at(-1)?.contains(block)) outer.push(block);
    this.#words = Int32Array.from(outer.flatMap(({ address: { w0, w1, w2, w3 }, length }) => [w0, w1, w2, w3, length]));
  }

  /** True when the prefix is one of the blocks, or lies in one. */
  holds(w0: number, w1: number, w2: number, w3: number, length: number): boolean {
    const words = this.#words;
    let low = 0;
    let high = words.length / WIDTH;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = middle * WIDTH;
      const difference =
        compareWords(words[at], w0) ||
        compareWords(words[at + 1], w1) ||
        compareWords(words[at + 2], w2) ||
        compareWords(words[at + 3], w3);
      if (difference > 0) high = middle;
      else low = middle + 1;
    }
    if (low === 0) return false;
    const at = (low - 1) * WIDTH; // the last block that begins before the prefix, or with it
    const within = words[at + 4];
    return (
      length >= within &&
      (w0 & maskWord(within, 0)) === words[at] &&
      (w1 & maskWord(within, 1)) === words[at + 1] &&
      (w2 & maskWord(within, 2)) === words[at + 2] &&
      (w3 & maskWord(within, 3)) === words[at + 3]
    );
  }
}

function compareWords(a: number, b: number): number {
  return a === b ? 0 : a >>> 0 < b >>> 0 ? -1 : 1;
}
