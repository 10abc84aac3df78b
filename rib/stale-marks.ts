import { PAGE_BITS, PAGE_SIZE } from "./contributors.js";
import type { PrefixId } from "./store/ids.js";

const WORDS = PAGE_SIZE / 32;

/**
 * Which routes of one peer have not been heard of again since its session went down (RFC 4724 §4.2).
 *
 *   #stale[p]       bit s: the route of prefix id p * 1024 + s is stale
 *   #condemned[p]   bit s: it was stale when its time was up, and is about to be taken away
 *
 * Two kinds, as the session may go down again while a sweep is under way. Pages are made when routes are marked; without marks
 * a look costs one comparison.
 */
export class StaleMarks {
  #stale: (Int32Array | undefined)[] = [];
  #condemned: (Int32Array | undefined)[] = [];
  #count = 0;
  #isEmpty = true;

  /** Stale routes; those about to go are not counted any more. */
  get count(): number {
    return this.#count;
  }

  isStale(prefix: PrefixId): boolean {
    return !this.#isEmpty && hasBit(this.#stale, prefix);
  }

  isCondemned(prefix: PrefixId): boolean {
    return !this.#isEmpty && hasBit(this.#condemned, prefix);
  }

  /** Marks all routes of a page. @param page attribute-set ids, 0: no route */
  mark(block: number, page: Int32Array): void {
    const stale = makePage(this.#stale, block);
    const condemned = this.#condemned[block];
    this.#isEmpty = false;
    for (let slot = 0; slot < PAGE_SIZE; slot++) {
      const word = slot >>> 5;
      const bit = 1 << (slot & 31);
      if (page[slot] === 0 || (stale[word] & bit) !== 0) continue;
      if (condemned !== undefined && (condemned[word] & bit) !== 0) continue;
      stale[word] |= bit;
      this.#count++;
    }
  }

  /** The peer has announced the prefix again, or withdrawn it. Hot. */
  clear(prefix: PrefixId): void {
    if (this.#isEmpty) return;
    if (takeBit(this.#stale, prefix)) this.#count--;
    takeBit(this.#condemned, prefix);
  }

  /** What is stale now is to go. */
  condemn(): void {
    for (let block = 0; block < this.#stale.length; block++) {
      const stale = this.#stale[block];
      if (stale === undefined) continue;
      const condemned = makePage(this.#condemned, block);
      for (let word = 0; word < WORDS; word++) condemned[word] |= stale[word];
    }
    this.#stale = [];
    this.#count = 0;
  }

  /** Lets go of the memory when no mark is left. */
  tidy(): void {
    const isClear = this.#condemned.every((page) => page === undefined || page.every((word) => word === 0));
    if (!isClear) return;
    this.#condemned = [];
    this.#isEmpty = this.#count === 0;
    if (this.#isEmpty) this.#stale = [];
  }
}

function makePage(pages: (Int32Array | undefined)[], block: number): Int32Array {
  while (pages.length <= block) pages.push(undefined);
  const page = pages[block] ?? new Int32Array(WORDS);
  pages[block] = page;
  return page;
}

function hasBit(pages: readonly (Int32Array | undefined)[], prefix: PrefixId): boolean {
  const page = pages[prefix >>> PAGE_BITS];
  return page !== undefined && (page[(prefix & (PAGE_SIZE - 1)) >>> 5] & (1 << (prefix & 31))) !== 0;
}

function takeBit(pages: readonly (Int32Array | undefined)[], prefix: PrefixId): boolean {
  if (!hasBit(pages, prefix)) return false;
  pages[prefix >>> PAGE_BITS]![(prefix & (PAGE_SIZE - 1)) >>> 5] &= ~(1 << (prefix & 31));
  return true;
}
