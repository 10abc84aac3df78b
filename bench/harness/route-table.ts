import type { PathSets } from "./path-sets.js";

/** Prefixes in columns; the host bits are zero. */
export interface PrefixColumns {
  readonly family: 4 | 6;
  readonly count: number;
  readonly words: Int32Array; // one a prefix, or four
  readonly lengths: Uint8Array;
}

/** A table as one peer would announce it: prefixes of one attribute set stand together, in the order they are sent. */
export interface RouteTable extends PrefixColumns {
  readonly setOf: Int32Array; // row of `sets`, by prefix
  readonly sets: PathSets;
}

/** The first `count` prefixes from `from` on, with the same sets. */
export function part(table: RouteTable, from: number, count: number): RouteTable {
  const width = table.family === 4 ? 1 : 4;
  return {
    ...table,
    count,
    words: table.words.subarray(from * width, (from + count) * width),
    lengths: table.lengths.subarray(from, from + count),
    setOf: table.setOf.subarray(from, from + count),
  };
}
