import { grown, nextCapacity } from "./column.js";

/**
 * Gives out dense row ids from 1 and takes them back; the id freed last is given out first, while its row is still in the cache.
 *
 *   #free   stack of ids given back; `#freeCount` of them count
 */
export class IdPool {
  #free = new Int32Array(16);
  #freeCount = 0;
  #highest = 0;

  /** The largest id ever given out: tables need this many rows and one. */
  get highest(): number {
    return this.#highest;
  }

  /** Ids in use. */
  get count(): number {
    return this.#highest - this.#freeCount;
  }

  take(): number {
    if (this.#freeCount > 0) return this.#free[--this.#freeCount];
    return ++this.#highest;
  }

  giveBack(id: number): void {
    if (this.#freeCount === this.#free.length) this.#free = grown(this.#free, nextCapacity(this.#freeCount));
    this.#free[this.#freeCount++] = id;
  }
}
