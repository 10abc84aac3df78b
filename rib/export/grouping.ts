import { capacityFor, grown } from "../store/column.js";

/** So few that they grow in the daemon's rehearsal: code compiled without that is thrown away when they do. */
const FIRST_ROWS = 64;

/**
 * Brings items with equal keys together: a counting sort over small integer keys that costs what the items cost, however wide
 * the keys' range. Stable: groups come in the order of their first item, and items in a group in the order given.
 * (A quarter of the time of a `Map` of arrays: bench/packing.ts.)
 */
export class Grouping {
  #counts = new Int32Array(FIRST_ROWS); // by key; all 0 between calls
  #keysMet = new Int32Array(FIRST_ROWS);

  /**
   * @param keys the key of each item
   * @param from the items to group, `count` of them
   * @param to where they go, grouped
   */
  group(keys: Int32Array, from: Int32Array, to: Int32Array, count: number): void {
    this.#reserve(keys, count);
    const counts = this.#counts;
    const met = this.#keysMet;
    let groups = 0;
    for (let i = 0; i < count; i++) {
      const key = keys[from[i]];
      if (counts[key]++ === 0) met[groups++] = key;
    }
    for (let i = 0, start = 0; i < groups; i++) {
      const size = counts[met[i]];
      counts[met[i]] = start;
      start += size;
    }
    for (let i = 0; i < count; i++) to[counts[keys[from[i]]]++] = from[i];
    for (let i = 0; i < groups; i++) counts[met[i]] = 0;
  }

  #reserve(keys: Int32Array, count: number): void {
    let highest = 0;
    for (let i = 0; i < count; i++) if (keys[i] > highest) highest = keys[i];
    if (highest >= this.#counts.length) this.#counts = new Int32Array(capacityFor(highest, this.#counts.length));
    if (count > this.#keysMet.length) this.#keysMet = grown(this.#keysMet, capacityFor(count, this.#keysMet.length));
  }
}
