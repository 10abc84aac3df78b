const FIRST_SLOTS = 16;

/** Ids that an insertion moves to the grown table: all are there long before it is half full in its turn. */
const MOVED_AT_ONCE = 16;

/** The rows that an `IdTable` finds: whoever owns them knows their hash and compares their keys. */
export interface HashedRows {
  /** The hash of the row's key, 32 bits, as it was inserted with. */
  hashOf(id: number): number;
}

/** A slot whose id was removed: searches go on behind it, an insertion may take it. */
const REMOVED = -1;

/**
 * A hash table of row ids, open addressing with linear probing; 0 is an empty slot. It compares nothing itself: a search walks
 * the ids that may have the hash, and the owner compares keys.
 *
 *   #slots    Int32Array of ids, a power of two long, at most half full, removed ones included
 *   #former   the table before it grew, while ids are still to be moved from it; moved ones stay in it and do no harm
 *   #members  one bit an id: it is in the table
 *   #unmoved  one bit an id: it is in #former only
 *
 * Half full rather than three quarters: each id that is passed over costs its owner a read somewhere in memory. Growth has no
 * pause: each insertion moves a few ids, in the order of ids, so that the owner's columns are read from front to back.
 * Removal leaves a mark, and when marks and ids fill half the table it is made anew, as large as the ids need. To shift back what
 * follows, its keys would have to be read somewhere in memory: withdrawing a full table took 528 ms for 424 (`bench/pipeline.ts`).
 * Beside 256 small tables that grow at once, each with a header to fetch: 215 and 274 ns an insertion against 325 and 296 (`bench/intern.ts`).
 *
 *   for (let id = table.first(hash); id !== 0; id = table.next()) if (isKey(id)) return id;
 */
export class IdTable {
  readonly #rows: HashedRows;
  #slots: Int32Array = new Int32Array(FIRST_SLOTS);
  #former: Int32Array | null = null;
  #members: Int32Array = new Int32Array(1);
  #unmoved: Int32Array = new Int32Array(0);
  #movedUpTo = 0; // ids below are moved
  #count = 0;
  #used = 0; // slots of #slots that are not empty or will be when all is moved, at most
  // The cursor of the search under way.
  #searched: Int32Array = this.#slots;
  #slot = 0;
  #hash = 0;

  constructor(rows: HashedRows) {
    this.#rows = rows;
  }

  /** The id in the slot where a search for `hash` begins, or 0: the likeliest answer, without a search. */
  home(hash: number): number {
    const slots = this.#slots;
    const id = slots[hash & (slots.length - 1)];
    return id === REMOVED ? 0 : id;
  }

  /** Starts a search. @returns the first id whose hash may be `hash`, or 0 */
  first(hash: number): number {
    const slots = this.#slots;
    this.#searched = slots;
    this.#hash = hash;
    this.#slot = hash & (slots.length - 1);
    const id = slots[this.#slot];
    if (id === REMOVED) return this.next();
    return id !== 0 || this.#former === null ? id : this.#searchFormer();
  }

  /** Goes on with the search that `first` began. @returns the next id, or 0 at the end */
  next(): number {
    const slots = this.#searched;
    const mask = slots.length - 1;
    let slot = (this.#slot + 1) & mask;
    while (slots[slot] === REMOVED) slot = (slot + 1) & mask;
    this.#slot = slot;
    const id = slots[slot];
    return id !== 0 || this.#former === null ? id : this.#searchFormer();
  }

  /** Adds `id`, which must not be there. */
  insert(hash: number, id: number): void {
    if ((this.#used + 1) * 2 > this.#slots.length) this.#grow();
    if (this.#former !== null) this.#move(MOVED_AT_ONCE);
    if (id >>> 5 >= this.#members.length) this.#members = widened(this.#members, id);
    this.#members[id >>> 5] |= 1 << (id & 31);
    this.#count++;
    if (place(this.#slots, hash, id)) this.#used++;
  }

  /** Takes `id` out, which must be there under `hash`. */
  remove(hash: number, id: number): void {
    this.#members[id >>> 5] &= ~(1 << (id & 31));
    this.#count--;
    if (this.#former !== null) {
      this.#takeOut(this.#former, hash, id);
      if (this.#isUnmoved(id)) {
        this.#unmoved[id >>> 5] &= ~(1 << (id & 31));
        return;
      }
    }
    this.#takeOut(this.#slots, hash, id);
  }

  /** @throws Error when an id cannot be found under its own hash, is there twice, or the counts are wrong: for tests */
  checkInvariants(expectedCount: number): void {
    const seen = new Set<number>();
    const used = this.#slots.reduce((sum, id) => sum + (id === 0 ? 0 : 1), 0);
    if (used > this.#used || this.#used * 2 > this.#slots.length) throw new Error(`${used} slots used, ${this.#used} counted`);
    for (const id of this.#slots) {
      if (id === 0 || id === REMOVED) continue;
      if (seen.has(id)) throw new Error(`id ${id} is twice in the table`);
      seen.add(id);
    }
    for (const id of this.#former ?? []) if (this.#isUnmoved(id)) seen.add(id);
    for (const id of seen) if (!this.#canFind(id)) throw new Error(`id ${id} is not found under its hash`);
    if (seen.size !== this.#count) throw new Error(`the table counts ${this.#count}, holds ${seen.size}`);
    if (seen.size !== expectedCount) throw new Error(`the table has ${seen.size} ids, expected ${expectedCount}`);
  }

  #canFind(id: number): boolean {
    let found = this.first(this.#rows.hashOf(id));
    while (found !== 0 && found !== id) found = this.next();
    return found === id;
  }

  /** The search has come to the end of one table: the former one is next, unless it was that. */
  #searchFormer(): number {
    const former = this.#former;
    if (former === null || this.#searched === former) return 0;
    this.#searched = former;
    this.#slot = this.#hash & (former.length - 1);
    const id = former[this.#slot];
    return id === REMOVED ? this.next() : id;
  }

  #isUnmoved(id: number): boolean {
    return id >>> 5 < this.#unmoved.length && (this.#unmoved[id >>> 5] & (1 << (id & 31))) !== 0;
  }

  #grow(): void {
    if (this.#former !== null) this.#move(Number.POSITIVE_INFINITY);
    const former = this.#slots;
    this.#former = former;
    this.#unmoved = this.#members.slice();
    this.#movedUpTo = 0;
    this.#slots = new Int32Array(this.#count * 4 > former.length ? former.length * 2 : former.length);
    this.#used = this.#count;
  }

  /** Moves about `count` ids, and lets go of the former table when there is none left. */
  #move(count: number): void {
    const unmoved = this.#unmoved;
    let word = this.#movedUpTo >>> 5;
    for (let moved = 0; moved < count && word < unmoved.length; word++) {
      for (let bits = unmoved[word]; bits !== 0; bits &= bits - 1, moved++) {
        const id = word * 32 + 31 - Math.clz32(bits & -bits);
        place(this.#slots, this.#rows.hashOf(id), id);
      }
      unmoved[word] = 0;
    }
    this.#movedUpTo = word * 32;
    if (word === unmoved.length) this.#former = null;
  }

  /** Marks the slot of `id` in one table, if it is there. */
  #takeOut(slots: Int32Array, hash: number, id: number): void {
    const mask = slots.length - 1;
    let slot = hash & mask;
    while (slots[slot] !== id) {
      if (slots[slot] === 0) return;
      slot = (slot + 1) & mask;
    }
    slots[slot] = REMOVED;
  }
}

function widened(members: Int32Array, id: number): Int32Array {
  const wide = new Int32Array(Math.max((id >>> 5) + 1, members.length * 2));
  wide.set(members);
  return wide;
}

/** @returns whether the slot was empty */
function place(slots: Int32Array, hash: number, id: number): boolean {
  const mask = slots.length - 1;
  let slot = hash & mask;
  while (slots[slot] > 0) slot = (slot + 1) & mask;
  const wasEmpty = slots[slot] === 0;
  slots[slot] = id;
  return wasEmpty;
}
