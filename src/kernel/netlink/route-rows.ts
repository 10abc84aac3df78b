import { Family } from "../../../protocol/net/address-family.js";
import { capacityFor, grown } from "../../../rib/store/column.js";
import { IdQueue } from "../../../rib/store/id-queue.js";
import type { PrefixId } from "../../../rib/store/ids.js";
import { PrefixTable } from "../../../rib/store/prefix-table.js";
import { RowBag } from "./row-bag.js";

/** A row holds one reference to its prefix from the first of these facts on until none is left. */
const Flag = {
  Adopted: 1, // in the kernel since a run before this one, and not wanted so far
  Conflict: 2, // wanted, but a foreign route of that metric is in the way
  Foreign: 4, // there is a foreign route to this prefix, of whatever metric
  Seen: 8, // by the dump that is going on
  Held: 16, // the reference is taken
} as const;

const FIRST_ROWS = 1024;

/**
 * What we know of each prefix of one family, in columns by prefix id: what is wanted, what is in the kernel, what stands between.
 *
 *   wantedGroup[id]       forwarding group, 0: not wanted
 *   wantedMetric[id]      32 bits unsigned, kept as signed
 *   installed[id]         fingerprint of what the kernel does with the route of ours, 0: there is none
 *   installedMetric[id]   32 bits unsigned, kept as signed
 *   error[id]             number of the text with which the kernel refused it, 0: not refused
 *   flags[id]             see Flag
 *
 * 23 bytes a row, and 15 (IPv4) or 27 (IPv6) for the prefix.
 */
export class RouteRows {
  readonly prefixes: PrefixTable;
  /** Rows to look at: IPv4 in random order, IPv6 as they came, which is what each costs the kernel least. */
  readonly waiting: RowBag | IdQueue;
  #wantedGroup = new Int32Array(FIRST_ROWS);
  #wantedMetric = new Int32Array(FIRST_ROWS);
  #installed = new Float64Array(FIRST_ROWS);
  #installedMetric = new Int32Array(FIRST_ROWS);
  #error = new Uint16Array(FIRST_ROWS);
  #flags = new Uint8Array(FIRST_ROWS);
  readonly #strays = new Map<PrefixId, number[]>();
  wantedCount = 0;
  installedCount = 0;
  failedCount = 0;
  conflictCount = 0;

  constructor(family: Family, seed: number) {
    this.prefixes = new PrefixTable(family, seed);
    this.waiting = family === Family.Ipv4Unicast ? new RowBag() : new IdQueue();
  }

  /** The row of a prefix, made if need be; `settle` must be called when the caller is done with it. */
  row(w0: number, w1: number, w2: number, w3: number, length: number): PrefixId {
    const row = this.prefixes.intern(w0, w1, w2, w3, length);
    if (row >= this.#flags.length) this.#grow(row);
    if ((this.#flags[row] & Flag.Held) === 0) {
      this.#flags[row] = Flag.Held;
      this.prefixes.retain(row);
    }
    return row;
  }

  /** The row of a prefix, or 0. */
  find(w0: number, w1: number, w2: number, w3: number, length: number): PrefixId {
    return this.prefixes.find(w0, w1, w2, w3, length);
  }

  /** Gives the row up when nothing is known of its prefix any more. */
  settle(row: PrefixId): void {
    const isUsed = this.#wantedGroup[row] !== 0 || this.#installed[row] !== 0 || (this.#flags[row] & Flag.Foreign) !== 0;
    if (isUsed || this.waiting.has(row) || this.#strays.has(row) || (this.#flags[row] & Flag.Held) === 0) return;
    this.#flags[row] = 0;
    this.prefixes.release(row);
  }

  want(row: PrefixId, group: number, metric: number): void {
    if (this.#wantedGroup[row] === 0) this.wantedCount++;
    this.#wantedGroup[row] = group;
    this.#wantedMetric[row] = metric;
    this.#flags[row] &= ~Flag.Adopted;
    this.setError(row, 0);
  }

  unwant(row: PrefixId): void {
    if (this.#wantedGroup[row] !== 0) this.wantedCount--;
    this.#wantedGroup[row] = 0;
    this.#flags[row] &= ~Flag.Adopted;
    this.setConflict(row, false);
    this.setError(row, 0);
  }

  wantedGroup(row: PrefixId): number {
    return this.#wantedGroup[row];
  }

  wantedMetric(row: PrefixId): number {
    return this.#wantedMetric[row] >>> 0;
  }

  /** @param fingerprint 0: the kernel has no route of ours for the prefix */
  setInstalled(row: PrefixId, fingerprint: number, metric: number): void {
    if (this.#installed[row] === 0 && fingerprint !== 0) this.installedCount++;
    if (this.#installed[row] !== 0 && fingerprint === 0) this.installedCount--;
    this.#installed[row] = fingerprint;
    this.#installedMetric[row] = metric;
    if (fingerprint === 0) this.#flags[row] &= ~Flag.Adopted;
  }

  installed(row: PrefixId): number {
    return this.#installed[row];
  }

  installedMetric(row: PrefixId): number {
    return this.#installedMetric[row] >>> 0;
  }

  error(row: PrefixId): number {
    return this.#error[row];
  }

  setError(row: PrefixId, error: number): void {
    if (this.#error[row] !== 0) this.failedCount--;
    if (error !== 0) this.failedCount++;
    this.#error[row] = error;
  }

  hasConflict(row: PrefixId): boolean {
    return (this.#flags[row] & Flag.Conflict) !== 0;
  }

  setConflict(row: PrefixId, conflict: boolean): void {
    if (conflict === this.hasConflict(row)) return;
    this.conflictCount += conflict ? 1 : -1;
    this.#flags[row] ^= Flag.Conflict;
  }

  hasForeign(row: PrefixId): boolean {
    return (this.#flags[row] & Flag.Foreign) !== 0;
  }

  setForeign(row: PrefixId, foreign: boolean): void {
    this.#flags[row] = foreign ? this.#flags[row] | Flag.Foreign : this.#flags[row] & ~Flag.Foreign;
  }

  /** Beside the route of ours there is another one with our protocol number, at that metric. */
  addStray(row: PrefixId, metric: number): void {
    this.#strays.set(row, [...(this.#strays.get(row) ?? []), metric]);
  }

  hasStray(row: PrefixId): boolean {
    return this.#strays.has(row);
  }

  /** The metric of a stray, which is one no more; undefined: there is none. */
  takeStray(row: PrefixId): number | undefined {
    const strays = this.#strays.get(row);
    const metric = strays?.pop();
    if (strays?.length === 0) this.#strays.delete(row);
    return metric;
  }

  isAdopted(row: PrefixId): boolean {
    return (this.#flags[row] & Flag.Adopted) !== 0;
  }

  adopt(row: PrefixId): void {
    this.#flags[row] |= Flag.Adopted;
  }

  disown(row: PrefixId): void {
    this.#flags[row] &= ~Flag.Adopted;
  }

  isSeen(row: PrefixId): boolean {
    return (this.#flags[row] & Flag.Seen) !== 0;
  }

  see(row: PrefixId): void {
    this.#flags[row] |= Flag.Seen;
  }

  /** Nothing has been seen. */
  beginDump(): void {
    this.#strays.clear();
    for (let row = 0; row < this.#flags.length; row++) this.#flags[row] &= ~Flag.Seen;
  }

  /** Visits every row in use. */
  each(visit: (row: PrefixId) => void): void {
    for (let row = 1; row <= this.prefixes.highest; row++) {
      if ((this.#flags[row] & Flag.Held) !== 0) visit(row as PrefixId);
    }
  }

  #grow(row: number): void {
    const capacity = capacityFor(row, this.#flags.length);
    this.#wantedGroup = grown(this.#wantedGroup, capacity);
    this.#wantedMetric = grown(this.#wantedMetric, capacity);
    this.#installed = grown(this.#installed, capacity);
    this.#installedMetric = grown(this.#installedMetric, capacity);
    this.#error = grown(this.#error, capacity);
    this.#flags = grown(this.#flags, capacity);
  }
}
