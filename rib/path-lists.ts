import type { PathId } from "./path-id.js";
import { capacityFor, grown } from "./store/column.js";
import { IdPool } from "./store/id-pool.js";
import { type AttributeSetId, NO_ATTRIBUTES, type PrefixId } from "./store/ids.js";

const FIRST_ROWS = 1024;

/** Names a row of `PathLists`; 0: none. */
export type PathRow = number & { readonly __brand: "PathRow" };

export const NO_ROW = 0 as PathRow;

/**
 * For each prefix a list of paths, each with its attribute set; most lists are short. Holds no references: that is for the owner.
 *
 *   #first[prefix]   row of the path that came last, or 0
 *   #paths[row]      PathId
 *   #sets[row]       AttributeSetId
 *   #next[row]       row of the next path to the same prefix, or 0
 *
 * 4 bytes a prefix and 12 a path.
 */
export class PathLists {
  #rows = new IdPool();
  #first = new Int32Array(FIRST_ROWS);
  #paths = new Int32Array(FIRST_ROWS);
  #sets = new Int32Array(FIRST_ROWS);
  #next = new Int32Array(FIRST_ROWS);

  /** Paths of all prefixes. */
  get count(): number {
    return this.#rows.count;
  }

  /** Every prefix that has a path is below this. */
  get capacity(): number {
    return this.#first.length;
  }

  /** The first path of the prefix, or 0. */
  first(prefix: PrefixId): PathRow {
    return (prefix < this.#first.length ? this.#first[prefix] : NO_ROW) as PathRow;
  }

  /** The path after this one, or 0. */
  next(row: PathRow): PathRow {
    return this.#next[row] as PathRow;
  }

  path(row: PathRow): PathId {
    return this.#paths[row] as PathId;
  }

  set(row: PathRow): AttributeSetId {
    return this.#sets[row] as AttributeSetId;
  }

  /** The row of the path, or 0. */
  find(prefix: PrefixId, path: PathId): PathRow {
    let row = this.first(prefix);
    while (row !== NO_ROW && this.#paths[row] !== path) row = this.#next[row] as PathRow;
    return row;
  }

  /** The set of the path; 0: there is no such path. */
  setOf(prefix: PrefixId, path: PathId): AttributeSetId {
    const row = this.find(prefix, path);
    return row === NO_ROW ? NO_ATTRIBUTES : this.set(row);
  }

  /** A path that the prefix does not have yet. */
  add(prefix: PrefixId, path: PathId, set: AttributeSetId): void {
    const row = this.#rows.take();
    if (row >= this.#next.length) this.#growRows(row);
    if (prefix >= this.#first.length) this.#first = grown(this.#first, capacityFor(prefix, this.#first.length));
    this.#paths[row] = path;
    this.#sets[row] = set;
    this.#next[row] = this.#first[prefix];
    this.#first[prefix] = row;
  }

  replace(row: PathRow, set: AttributeSetId): void {
    this.#sets[row] = set;
  }

  /** Takes a path away; the rows of others stay what they are. */
  remove(prefix: PrefixId, row: PathRow): void {
    if (this.#first[prefix] === row) this.#first[prefix] = this.#next[row];
    else {
      let before = this.#first[prefix];
      while (this.#next[before] !== row) before = this.#next[before];
      this.#next[before] = this.#next[row];
    }
    this.#rows.giveBack(row);
  }

  /** True when both have the same paths to the prefix, with the same sets. */
  isSame(prefix: PrefixId, other: PathLists): boolean {
    let excess = 0;
    for (let row = this.first(prefix); row !== NO_ROW; row = this.next(row)) {
      if (other.setOf(prefix, this.path(row)) !== this.set(row)) return false;
      excess++;
    }
    for (let row = other.first(prefix); row !== NO_ROW; row = other.next(row)) excess--;
    return excess === 0;
  }

  #growRows(row: number): void {
    const rows = capacityFor(row, this.#next.length);
    this.#paths = grown(this.#paths, rows);
    this.#sets = grown(this.#sets, rows);
    this.#next = grown(this.#next, rows);
  }
}
