import { grown } from "./column.js";

const FIRST_SLOTS = 64;

/**
 * A first-in first-out queue of row ids, each in it at most once.
 *
 *   #queued   one bit for each id: it is in the queue
 *   #ring     a power of two of slots; `#size` of them from `#head` on
 */
export class IdQueue {
  #queued = new Int32Array(32);
  #ring = new Int32Array(FIRST_SLOTS);
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(id: number): boolean {
    const word = id >>> 5;
    return word < this.#queued.length && (this.#queued[word] & (1 << (id & 31))) !== 0;
  }

  /** @returns false when `id` was in the queue already */
  add(id: number): boolean {
    const word = id >>> 5;
    if (word >= this.#queued.length) this.#growBits(word);
    const bit = 1 << (id & 31);
    if ((this.#queued[word] & bit) !== 0) return false;
    this.#queued[word] |= bit;
    if (this.#size === this.#ring.length) this.#growRing();
    this.#ring[(this.#head + this.#size++) & (this.#ring.length - 1)] = id;
    return true;
  }

  /** The id that came first, taken out; 0 when the queue is empty. */
  take(): number {
    if (this.#size === 0) return 0;
    const id = this.#ring[this.#head];
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#size--;
    this.#queued[id >>> 5] &= ~(1 << (id & 31));
    return id;
  }

  #growBits(word: number): void {
    let length = this.#queued.length * 2;
    while (length <= word) length *= 2;
    this.#queued = grown(this.#queued, length);
  }

  #growRing(): void {
    const ring = new Int32Array(this.#ring.length * 2);
    for (let i = 0; i < this.#size; i++) ring[i] = this.#ring[(this.#head + i) & (this.#ring.length - 1)];
    this.#ring = ring;
    this.#head = 0;
  }
}
