const FIRST_SLOTS = 16;

/** The rows that an `IdTable` finds: whoever owns them knows their hash and compares their keys. */
export interface HashedRows {
  /** The hash of the row's key, 32 bits, as it was inserted with. */
  hashOf(id: number): number;
}

/**
 * A hash table of row ids, open addressing with linear probing; 0 is an empty slot. It compares nothing itself: a search walks
 * the ids that may have the hash, and the owner compares keys.
 *
 *   #slots   Int32Array of ids, a power of two long, at most half full
 *
 * Half full rather than three quarters: each id that is passed over costs its owner a read somewhere in memory. Removal shifts
 * back what follows, so there are no tombstones. Growth takes the ids in their order, so that the owner's columns are read from
 * front to back: at half a million rows it is a pause of 10 to 20 ms, the one before it of half that. (Measured beside 256 small
 * tables, which grow without a pause: those took twice the time an insertion, as each has its own header to fetch and reads the
 * columns at random when it grows.)
 *
 *   for (let id = table.first(hash); id !== 0; id = table.next()) if (isKey(id)) return id;
 */
export class IdTable {
  readonly #rows: HashedRows;
  #slots = new Int32Array(FIRST_SLOTS);
  #count = 0;
  #slot = 0; // the cursor of the search under way

  constructor(rows: HashedRows) {
    this.#rows = rows;
  }

  /** Starts a search. @returns the first id whose hash may be `hash`, or 0 */
  first(hash: number): number {
    const slots = this.#slots;
    this.#slot = hash & (slots.length - 1);
    return slots[this.#slot];
  }

  /** Goes on with the search that `first` began. @returns the next id, or 0 at the end */
  next(): number {
    const slots = this.#slots;
    this.#slot = (this.#slot + 1) & (slots.length - 1);
    return slots[this.#slot];
  }

  /** Adds `id`, which must not be there. */
  insert(hash: number, id: number): void {
    if (++this.#count * 2 > this.#slots.length) this.#grow();
    place(this.#slots, hash, id);
  }

  /** Takes `id` out, which must be there under `hash`. */
  remove(hash: number, id: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let hole = hash & mask;
    while (slots[hole] !== id) hole = (hole + 1) & mask;
    for (let slot = (hole + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const home = this.#rows.hashOf(slots[slot]) & mask;
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue; // lies between its home and the hole: must stay
      slots[hole] = slots[slot];
      hole = slot;
    }
    slots[hole] = 0;
    this.#count--;
  }

  /** @throws Error when an id cannot be found under its own hash, is there twice, or the counts are wrong: for tests */
  checkInvariants(expectedCount: number): void {
    const seen = new Set<number>();
    for (const id of this.#slots) {
      if (id === 0) continue;
      if (seen.has(id)) throw new Error(`id ${id} is twice in the table`);
      seen.add(id);
      if (!this.#canFind(id)) throw new Error(`id ${id} is not found under its hash`);
    }
    if (seen.size !== this.#count) throw new Error(`the table counts ${this.#count}, holds ${seen.size}`);
    if (seen.size !== expectedCount) throw new Error(`the table has ${seen.size} ids, expected ${expectedCount}`);
  }

  #canFind(id: number): boolean {
    let found = this.first(this.#rows.hashOf(id));
    while (found !== 0 && found !== id) found = this.next();
    return found === id;
  }

  #grow(): void {
    const members = membersOf(this.#slots);
    const slots = new Int32Array(this.#slots.length * 2);
    for (let word = 0; word < members.length; word++) {
      for (let bits = members[word]; bits !== 0; bits &= bits - 1) {
        const id = word * 32 + 31 - Math.clz32(bits & -bits);
        place(slots, this.#rows.hashOf(id), id);
      }
    }
    this.#slots = slots;
  }
}

/** The ids in the slots as a set of bits. */
function membersOf(slots: Int32Array): Int32Array {
  let highest = 0;
  for (let i = 0; i < slots.length; i++) if (slots[i] > highest) highest = slots[i];
  const members = new Int32Array((highest >>> 5) + 1);
  for (let i = 0; i < slots.length; i++) if (slots[i] !== 0) members[slots[i] >>> 5] |= 1 << (slots[i] & 31);
  return members;
}

function place(slots: Int32Array, hash: number, id: number): void {
  const mask = slots.length - 1;
  let slot = hash & mask;
  while (slots[slot] !== 0) slot = (slot + 1) & mask;
  slots[slot] = id;
}
