import { bitsOf } from "../../protocol/net/address-family.js";
import type { Prefix } from "../../protocol/net/prefix.js";
import type { PrefixId } from "../../rib/store/ids.js";
import type { PrefixTable } from "../../rib/store/prefix-table.js";

/** Words of a row: what to do and IP version, the four address words, length, metric (32 bits unsigned), group. */
const ROW_WORDS = 8;
const WANT = 0x100;

/**
 * Wanted routes on their way to the kernel worker, as rows of 32-bit words in one ArrayBuffer that is transferred, not copied:
 *
 *   0  IP version, plus 0x100 when the route is wanted (else it is not any more)
 *   1  to 4: the address
 *   5  prefix length
 *   6  metric
 *   7  group: how to forward, defined earlier
 */
export class RouteBatch {
  #rows: Int32Array<ArrayBuffer>;
  #count = 0;

  constructor(capacity = 1024) {
    this.#rows = new Int32Array(capacity * ROW_WORDS);
  }

  get size(): number {
    return this.#count;
  }

  want(prefixes: PrefixTable, prefix: PrefixId, metric: number, group: number): void {
    this.#add(prefixes, prefix, WANT, metric, group);
  }

  drop(prefixes: PrefixTable, prefix: PrefixId): void {
    this.#add(prefixes, prefix, 0, 0, 0);
  }

  wantPrefix(prefix: Prefix, metric: number, group: number): void {
    this.#addPrefix(prefix, WANT, metric, group);
  }

  dropPrefix(prefix: Prefix): void {
    this.#addPrefix(prefix, 0, 0, 0);
  }

  /** The rows as one buffer to transfer; the batch is empty afterwards. */
  take(): ArrayBuffer {
    const rows = this.#rows.slice(0, this.#count * ROW_WORDS).buffer;
    this.#count = 0;
    return rows;
  }

  #addPrefix(prefix: Prefix, flags: number, metric: number, group: number): void {
    const { version, w0, w1, w2, w3 } = prefix.address;
    this.#write(version | flags, w0, w1, w2, w3, prefix.length, metric, group);
  }

  #add(table: PrefixTable, prefix: PrefixId, flags: number, metric: number, group: number): void {
    const version = bitsOf(table.family) === 32 ? 4 : 6;
    const length = table.length(prefix);
    this.#write(version | flags, table.w0(prefix), table.w1(prefix), table.w2(prefix), table.w3(prefix), length, metric, group);
  }

  #write(head: number, w0: number, w1: number, w2: number, w3: number, length: number, metric: number, group: number): void {
    let at = this.#count++ * ROW_WORDS;
    if (at === this.#rows.length) this.#grow();
    const rows = this.#rows;
    rows[at++] = head;
    rows[at++] = w0;
    rows[at++] = w1;
    rows[at++] = w2;
    rows[at++] = w3;
    rows[at++] = length;
    rows[at++] = metric;
    rows[at] = group;
  }

  #grow(): void {
    const rows = new Int32Array(this.#rows.length * 2);
    rows.set(this.#rows);
    this.#rows = rows;
  }
}

/** Reads what `RouteBatch.take` gave, row by row: `next` fills the fields. */
export class RouteBatchReader {
  version: 4 | 6 = 4;
  isWanted = false;
  w0 = 0;
  w1 = 0;
  w2 = 0;
  w3 = 0;
  length = 0;
  metric = 0; // unsigned
  group = 0;
  readonly #rows: Int32Array;
  #at = 0;

  constructor(buffer: ArrayBuffer) {
    this.#rows = new Int32Array(buffer);
  }

  next(): boolean {
    const rows = this.#rows;
    const at = this.#at;
    if (at >= rows.length) return false;
    this.version = (rows[at] & 0xff) === 4 ? 4 : 6;
    this.isWanted = (rows[at] & WANT) !== 0;
    this.w0 = rows[at + 1];
    this.w1 = rows[at + 2];
    this.w2 = rows[at + 3];
    this.w3 = rows[at + 4];
    this.length = rows[at + 5];
    this.metric = rows[at + 6] >>> 0;
    this.group = rows[at + 7];
    this.#at = at + ROW_WORDS;
    return true;
  }
}
