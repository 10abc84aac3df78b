/** A typed array used as one column of a table, indexed by row id. */
export type Column = Uint8Array | Uint16Array | Int32Array | Float64Array;

const DOUBLING_ENDS = 65536;

/** The next size of a table of `capacity` rows: twice as many up to 65536, then half as many again, so that little lies idle. */
export function nextCapacity(capacity: number): number {
  return capacity + (capacity >>> (capacity < DOUBLING_ENDS ? 0 : 1));
}

/** The smallest size reached by `nextCapacity` steps that has a row `index`. */
export function capacityFor(index: number, capacity: number): number {
  let size = capacity;
  while (size <= index) size = nextCapacity(size);
  return size;
}

/**
 * A column of this many octets is large: it gets address space to grow in, enough for a full table. (With room for 4 MiB only, the
 * columns of 1,000,000 prefixes moved once, and what they had left lay idle up to the next full collection: 14 MB of the peak.)
 */
const LARGE = 1 << 16;
const RESERVED = 1 << 26;
const HEADROOM = 8; // times what it needs, for one that is larger still

/**
 * The column with room for `capacity` rows, zeros behind. The old array is dead: nobody may keep it over a call that grows.
 *
 * A large column grows in place. Its address space costs nothing until it is touched, nothing is copied, and V8 counts shared buffers
 * as nobody's: growing sets off no collection of garbage.
 */
export function grown<C extends Column>(column: C, capacity: number): C {
  const { buffer } = column;
  const octets = capacity * column.BYTES_PER_ELEMENT;
  const View = column.constructor as new (buffer: ArrayBufferLike, offset: number, length: number) => C;
  if (buffer instanceof SharedArrayBuffer && octets <= buffer.maxByteLength) {
    buffer.grow(octets);
    return new View(buffer, 0, capacity);
  }
  const copy = new View(octets < LARGE ? new ArrayBuffer(octets) : reserved(octets), 0, capacity);
  copy.set(column);
  return copy;
}

function reserved(octets: number): SharedArrayBuffer {
  return new SharedArrayBuffer(octets, { maxByteLength: Math.max(RESERVED, HEADROOM * octets) });
}
