import { capacityFor, grown } from "../../../rib/store/column.js";

const FIRST_ROWS = 1024;

/**
 * Rows that wait to be written, each once, handed out in random order.
 *
 * Why random: routes that leave in the order of their addresses make the kernel reshape its IPv4 trie again and again. Taking
 * out a million costs 30 s of kernel time in order, 17 s when mixed within 65 536 neighbours, 2.1 s when mixed within 262 144 or
 * all; the longest send() is 0.5 s against 0.08 s. Putting them in costs 4.4 s against 3.5 s. `bench/fib.ts` shows it.
 * The IPv6 tree is another: there random order costs up to twice as much as that of the addresses.
 */
export class RowBag {
  #rows = new Int32Array(FIRST_ROWS); // `#size` of them
  #size = 0;
  #isWaiting = new Uint8Array(FIRST_ROWS); // by row

  get size(): number {
    return this.#size;
  }

  has(row: number): boolean {
    return row < this.#isWaiting.length && this.#isWaiting[row] === 1;
  }

  add(row: number): void {
    if (this.has(row)) return;
    if (row >= this.#isWaiting.length) this.#isWaiting = grown(this.#isWaiting, capacityFor(row, this.#isWaiting.length));
    if (this.#size === this.#rows.length) this.#rows = grown(this.#rows, capacityFor(this.#size, this.#size));
    this.#isWaiting[row] = 1;
    this.#rows[this.#size++] = row;
  }

  /** A row, taken out; 0 when there is none. */
  take(): number {
    if (this.#size === 0) return 0;
    const index = Math.floor(Math.random() * this.#size);
    const row = this.#rows[index];
    this.#rows[index] = this.#rows[--this.#size];
    this.#isWaiting[row] = 0;
    return row;
  }
}
