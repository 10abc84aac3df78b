import type { AdjRibOutPaths } from "../adj-rib-out-paths.js";
import { type PathId, sourceOf } from "../path-id.js";
import { NO_ROW, PathLists } from "../path-lists.js";
import type { AttributeSetTable } from "../store/attribute-set-table.js";
import { NO_ATTRIBUTES, type PrefixId } from "../store/ids.js";
import type { PrefixTable } from "../store/prefix-table.js";
import { type Audience, type ChunkStream, EVERYONE, everyoneBut } from "./chunk-stream.js";
import type { Holdings } from "./holdings.js";
import type { UpdateBatch } from "./update-batch.js";

/** Who is told of a path, or that it is gone: all but the peer that it was learned from. */
export function audienceOf(path: PathId, stream: ChunkStream): Audience {
  const source = sourceOf(path);
  return stream.reaches(source) ? everyoneBut(source) : EVERYONE;
}

/** `Holdings` under ADD-PATH: which paths of which prefix there may be. Every prefix with any holds a reference on itself. */
export class HeldPaths implements Holdings {
  readonly #out: AdjRibOutPaths;
  readonly #prefixes: PrefixTable;
  readonly #attributes: AttributeSetTable;
  readonly #held = new PathLists();

  constructor(out: AdjRibOutPaths, prefixes: PrefixTable, attributes: AttributeSetTable) {
    this.#out = out;
    this.#prefixes = prefixes;
    this.#attributes = attributes;
  }

  /** To read; without attribute sets. */
  get lists(): PathLists {
    return this.#held;
  }

  note(prefix: PrefixId): void {
    this.noteFrom(prefix, this.#out.lists);
  }

  /** They may have the paths that `lists` has of the prefix. */
  noteFrom(prefix: PrefixId, lists: PathLists): void {
    const first = lists.first(prefix);
    if (first === NO_ROW) return;
    this.#prefixes.retain(prefix);
    for (let row = first; row !== NO_ROW; row = lists.next(row)) this.#held.add(prefix, lists.path(row), NO_ATTRIBUTES);
  }

  settle(prefix: PrefixId, batch: UpdateBatch, stream: ChunkStream): number {
    const { lists } = this.#out;
    let octets = 0;
    for (let row = lists.first(prefix); row !== NO_ROW; row = lists.next(row)) {
      const set = lists.set(row);
      batch.announcePath(prefix, set, lists.path(row));
      octets += this.#attributes.byteLength(set);
    }
    for (let row = this.#held.first(prefix); row !== NO_ROW; row = this.#held.next(row)) {
      const path = this.#held.path(row);
      if (lists.find(prefix, path) === NO_ROW) batch.withdrawPath(prefix, path, audienceOf(path, stream));
    }
    this.#forget(prefix);
    return octets;
  }

  clone(): HeldPaths {
    const copy = new HeldPaths(this.#out, this.#prefixes, this.#attributes);
    for (let id = 1 as PrefixId; id < this.#held.capacity; id++) copy.noteFrom(id, this.#held);
    return copy;
  }

  close(): void {
    for (let id = 1 as PrefixId; id < this.#held.capacity; id++) this.#forget(id);
  }

  #forget(prefix: PrefixId): void {
    if (this.#held.first(prefix) === NO_ROW) return;
    for (let row = this.#held.first(prefix); row !== NO_ROW; row = this.#held.first(prefix)) this.#held.remove(prefix, row);
    this.#prefixes.release(prefix);
  }
}
