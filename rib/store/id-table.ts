const SEGMENTS = 256;
const FIRST_SLOTS = 8;

/** The rows that an `IdTable` finds: whoever owns them knows their hash and compares their keys. */
export interface HashedRows {
  /** The hash of the row's key, 32 bits, as it was inserted with. */
  hashOf(id: number): number;
}

/**
 * A hash table of row ids, open addressing with linear probing; 0 is an empty slot. It compares nothing itself: a search walks
 * the ids that may have the hash, and the owner compares keys.
 *
 *   #segments[hash >>> 24]   Int32Array of ids, a power of two long, at most three quarters full
 *
 * 256 small tables rather than one: the longest pause of growth at a million rows is 0.2 ms and not 20 (`bench/intern.ts`).
 * Removal shifts back what follows, so there are no tombstones.
 *
 *   for (let id = table.first(hash); id !== 0; id = table.next()) if (isKey(id)) return id;
 */
export class IdTable {
  readonly #rows: HashedRows;
  readonly #segments: Int32Array[] = [];
  readonly #counts = new Int32Array(SEGMENTS);
  // The cursor of the search under way.
  #segment: Int32Array;
  #slot = 0;

  constructor(rows: HashedRows) {
    this.#rows = rows;
    for (let i = 0; i < SEGMENTS; i++) this.#segments.push(new Int32Array(FIRST_SLOTS));
    this.#segment = this.#segments[0];
  }

  /** Starts a search. @returns the first id whose hash may be `hash`, or 0 */
  first(hash: number): number {
    const segment = this.#segments[hash >>> 24];
    this.#segment = segment;
    this.#slot = hash & (segment.length - 1);
    return segment[this.#slot];
  }

  /** Goes on with the search that `first` began. @returns the next id, or 0 at the end */
  next(): number {
    const segment = this.#segment;
    this.#slot = (this.#slot + 1) & (segment.length - 1);
    return segment[this.#slot];
  }

  /** Adds `id`, which must not be there. */
  insert(hash: number, id: number): void {
    const index = hash >>> 24;
    let segment = this.#segments[index];
    if (++this.#counts[index] * 4 > segment.length * 3) segment = this.#growSegment(index);
    place(segment, hash, id);
  }

  /** Takes `id` out, which must be there under `hash`. */
  remove(hash: number, id: number): void {
    const index = hash >>> 24;
    const segment = this.#segments[index];
    const mask = segment.length - 1;
    let hole = hash & mask;
    while (segment[hole] !== id) hole = (hole + 1) & mask;
    for (let slot = (hole + 1) & mask; segment[slot] !== 0; slot = (slot + 1) & mask) {
      const home = this.#rows.hashOf(segment[slot]) & mask;
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue; // lies between its home and the hole: must stay
      segment[hole] = segment[slot];
      hole = slot;
    }
    segment[hole] = 0;
    this.#counts[index]--;
  }

  /** @throws Error when an id cannot be found under its own hash, is there twice, or the counts are wrong: for tests */
  checkInvariants(expectedCount: number): void {
    const seen = new Set<number>();
    this.#segments.forEach((segment, index) => {
      const ids = segment.filter((id) => id !== 0);
      if (ids.length !== this.#counts[index])
        throw new Error(`segment ${index} counts ${this.#counts[index]}, holds ${ids.length}`);
      for (const id of ids) {
        if (seen.has(id)) throw new Error(`id ${id} is twice in the table`);
        seen.add(id);
        if (!this.#canFind(id)) throw new Error(`id ${id} is not found under its hash`);
      }
    });
    if (seen.size !== expectedCount) throw new Error(`the table has ${seen.size} ids, expected ${expectedCount}`);
  }

  #canFind(id: number): boolean {
    let found = this.first(this.#rows.hashOf(id));
    while (found !== 0 && found !== id) found = this.next();
    return found === id;
  }

  #growSegment(index: number): Int32Array {
    const old = this.#segments[index];
    const segment = new Int32Array(old.length * 2);
    for (let i = 0; i < old.length; i++) if (old[i] !== 0) place(segment, this.#rows.hashOf(old[i]), old[i]);
    this.#segments[index] = segment;
    return segment;
  }
}

function place(segment: Int32Array, hash: number, id: number): void {
  const mask = segment.length - 1;
  let slot = hash & mask;
  while (segment[slot] !== 0) slot = (slot + 1) & mask;
  segment[slot] = id;
}
