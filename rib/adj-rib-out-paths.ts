import type { AdvertisedPrefixes } from "./export/advertised-prefixes.js";
import { type PathId, sourceOf } from "./path-id.js";
import { NO_ROW, PathLists, type PathRow } from "./path-lists.js";
import type { AttributeSetTable } from "./store/attribute-set-table.js";
import { capacityFor, grown } from "./store/column.js";
import { type AttributeSetId, NO_ATTRIBUTES, type PeerId, type PrefixId } from "./store/ids.js";
import type { PrefixTable } from "./store/prefix-table.js";

/**
 * What one update group has been told under ADD-PATH: for each prefix and path the attributes after policy, before they are
 * rewritten. The peer that a path was learned from was not told of it.
 *
 *   #lists             the paths of each prefix
 *   #bySource[peer]    how many paths came from it
 *
 * Every path holds one counted reference on its attribute set, and every prefix with paths one on itself.
 */
export class AdjRibOutPaths implements AdvertisedPrefixes {
  readonly #attributes: AttributeSetTable;
  readonly #prefixes: PrefixTable;
  readonly #lists = new PathLists();
  #bySource = new Int32Array(16);
  #cleared = 0; // prefixes up to this one have been let go by `clear`

  constructor(attributes: AttributeSetTable, prefixes: PrefixTable) {
    this.#attributes = attributes;
    this.#prefixes = prefixes;
  }

  /** To read. */
  get lists(): PathLists {
    return this.#lists;
  }

  get count(): number {
    return this.#lists.count;
  }

  get capacity(): number {
    return this.#lists.capacity;
  }

  has(prefix: PrefixId): boolean {
    return this.#lists.first(prefix) !== NO_ROW;
  }

  tells(peer: PeerId, prefix: PrefixId): boolean {
    const lists = this.#lists;
    for (let row = lists.first(prefix); row !== NO_ROW; row = lists.next(row))
      if (sourceOf(lists.path(row)) !== peer) return true;
    return false;
  }

  countFor(peer: PeerId): number {
    return this.count - (this.#bySource[peer] ?? 0);
  }

  /** The path is told with another set from now on. */
  replace(row: PathRow, set: AttributeSetId): void {
    this.#attributes.retain(set);
    this.#attributes.release(this.#lists.set(row));
    this.#lists.replace(row, set);
  }

  /** A path is told that was not. */
  add(prefix: PrefixId, path: PathId, set: AttributeSetId): void {
    this.#attributes.retain(set);
    if (!this.has(prefix)) this.#prefixes.retain(prefix);
    this.#lists.add(prefix, path, set);
    const source = sourceOf(path);
    if (source >= this.#bySource.length) this.#bySource = grown(this.#bySource, capacityFor(source, this.#bySource.length));
    this.#bySource[source]++;
  }

  /** The path is told no more. */
  drop(prefix: PrefixId, row: PathRow): void {
    this.#bySource[sourceOf(this.#lists.path(row))]--;
    this.#attributes.release(this.#lists.set(row));
    this.#lists.remove(prefix, row);
    if (!this.has(prefix)) this.#prefixes.release(prefix);
  }

  clear(limit: number): boolean {
    const end = Math.min(this.capacity, this.#cleared + limit);
    for (let id = this.#cleared as PrefixId; id < end; id++) {
      for (let row = this.#lists.first(id); row !== NO_ROW; row = this.#lists.first(id)) this.drop(id, row);
    }
    this.#cleared = end;
    return this.count > 0;
  }

  checkInvariants(visit: (set: AttributeSetId) => void): void {
    let count = 0;
    const bySource = new Int32Array(this.#bySource.length);
    for (let id = 1 as PrefixId; id < this.capacity; id++) {
      const paths = new Set<PathId>();
      for (let row = this.#lists.first(id); row !== NO_ROW; row = this.#lists.next(row)) {
        paths.add(this.#lists.path(row));
        bySource[sourceOf(this.#lists.path(row))]++;
        visit(this.#lists.set(row));
        if (this.#lists.set(row) === NO_ATTRIBUTES) throw new Error(`prefix ${id} has a path without attributes`);
        count++;
      }
      if (paths.size > 0 && !this.#prefixes.isLive(id)) throw new Error(`prefix ${id} is advertised and gone`);
    }
    if (count !== this.count) throw new Error(`${this.count} paths counted, ${count} advertised`);
    if (bySource.some((n, peer) => n !== this.#bySource[peer])) throw new Error("the counters by source are wrong");
  }
}
