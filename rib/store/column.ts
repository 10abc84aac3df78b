/** A typed array used as one column of a table, indexed by row id. */
export type Column = Uint8Array | Uint16Array | Int32Array | Float64Array;

const DOUBLING_ENDS = 65536;

/** The next size of a table of `capacity` rows: twice as many up to 65536, then half as many again, so that little lies idle. */
export function nextCapacity(capacity: number): number {
  return capacity < DOUBLING_ENDS ? capacity * 2 : Math.ceil(capacity * 1.5);
}

/** The smallest size reached by `nextCapacity` steps that has a row `index`. */
export function capacityFor(index: number, capacity: number): number {
  let size = capacity;
  while (size <= index) size = nextCapacity(size);
  return size;
}

/** A copy of `column` with room for `capacity` rows, zeros behind. The old array is dead: nobody may keep it over a call that grows. */
export function grown<C extends Column>(column: C, capacity: number): C {
  const copy = new (column.constructor as new (length: number) => C)(capacity);
  copy.set(column);
  return copy;
}
