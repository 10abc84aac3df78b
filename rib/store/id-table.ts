import { grown, nextCapacity } from "./column.js";

const FIRST_HOMES = 16;
const FIRST_TAIL = 16;
const MAX_LOAD = 0.75;

/** Ids that an insertion moves while the table grows: all are moved long before it is full again. */
const MOVED_AT_ONCE = 64;

/** Ids that are removed together. */
export const MOST_REMOVED = 64;

/** The sign bit, set in every key. */
const TAKEN = 1 << 31;

/** A frontier below all keys, and one above. */
const BELOW_ALL = TAKEN;
const ABOVE_ALL = -1;

/** No search is under way. */
const NO_KEY = 0;

/**
 * A hash table of row ids: open addressing with linear probing, in the order of the hashes (Amble and Knuth, 1974). It compares no
 * keys of its owner: a search gives the ids that have the hash, 30 bits of it.
 *
 *   #slots      Int32Array of pairs: key and id; 0 and 0 where empty. A key is the hash with the sign bit set and the last bit
 *               clear: smaller than an empty slot
 *   #homes      slots that searches begin at, by the top bits of the key; at most three quarters are taken. Those behind them, the
 *               tail, take what the last homes push on; the last slot is always empty
 *   #frontier   while the table grows: keys below are still where the former, fewer homes want them
 *
 * A search passes over smaller keys and has come to its ids, or to where they would be: it reads nothing of the owner's, and
 * mostly one cache line. Removal shifts back what follows and is not at home, and leaves no mark.
 *
 * It grows without a pause, and in place where `grown` does: keys keep their order, so each insertion moves a few from the end on.
 * All in one go, a million ids into a table a quarter larger took 14 ms in place and 33 ms into new memory (medians of five).
 *
 *   table.search(hash);
 *   do id = table.next(); while (id !== 0 && !isKey(id));
 */
export class IdTable {
  #slots: Int32Array = new Int32Array(2 * (FIRST_HOMES + FIRST_TAIL));
  #homes = FIRST_HOMES;
  #scale = scaleOf(FIRST_HOMES);
  #formerScale = 0;
  #frontier = BELOW_ALL;
  #count = 0;
  readonly #places = new Int32Array(MOST_REMOVED);
  // The search under way: its key, and the slot that it goes on with, where the key may be put.
  #at = 0;
  #key = NO_KEY;

  /** Starts a search: `next` gives the ids with the hash. */
  search(hash: number): void {
    this.#key = keyOf(hash);
    this.#at = this.#seek(this.#key);
  }

  /** Goes on with the search. @returns the next id, or 0 at the end */
  next(): number {
    const at = this.#at;
    if (this.#slots[at] !== this.#key) return 0;
    this.#at = at + 2;
    return this.#slots[at + 1];
  }

  /** Starts a search. @returns the first id with the hash, or 0 */
  first(hash: number): number {
    this.search(hash);
    return this.next();
  }

  /** Adds `id`, which must not be there: at once where the last search has led to, if that was for the hash. */
  insert(hash: number, id: number): void {
    const key = keyOf(hash);
    this.#place(key === this.#key ? this.#at : this.#seek(key), key, id);
    this.#key = NO_KEY;
    this.#count++;
    if (this.#frontier !== BELOW_ALL) this.#move(MOVED_AT_ONCE);
    else if (this.#count >= this.#homes * MAX_LOAD) this.#grow();
  }

  /** Takes `id` out. @throws Error when it is not there under `hash` */
  remove(hash: number, id: number): void {
    this.search(hash);
    for (let found = 0; found !== id; ) {
      found = this.next();
      if (found === 0) throw new Error(`id ${id} is not in the table under its hash`);
    }
    this.#takeOut(this.#at - 2);
  }

  /**
   * `remove` for the first `count` of `ids`, each under its hash in `hashes`; at most `MOST_REMOVED`. Their places are found first, in
   * searches that do not depend on one another, so that the processor fetches several at once.
   */
  removeRun(hashes: Int32Array, ids: Int32Array, count: number): void {
    const slots = this.#slots;
    const places = this.#places;
    for (let i = 0; i < count; i++) places[i] = this.#seek(keyOf(hashes[i]));
    for (let i = 0; i < count; i++) {
      const at = places[i];
      const isThere = slots[at + 1] === ids[i] && slots[at] === keyOf(hashes[i]); // still: a removal shifts what is behind it
      if (isThere) this.#takeOut(at);
      else this.remove(hashes[i], ids[i]);
    }
  }

  /**
   * @param hashOf what an id was inserted under
   * @throws Error when an id is not where a search for its hash leads to, or the counts are wrong: for tests
   */
  checkInvariants(expectedCount: number, hashOf: (id: number) => number): void {
    const slots = this.#slots;
    const ids = new Set<number>();
    let last = BELOW_ALL;
    for (let at = 0; at < slots.length; at += 2) {
      const [key, id] = slots.subarray(at, at + 2);
      if (key === 0 && id === 0) continue;
      if (key !== keyOf(hashOf(id))) throw new Error(`id ${id} has a key that is not of its hash`);
      if (key < last) throw new Error(`id ${id} is out of order`);
      for (let home = this.#homeOf(key); home !== at; home += 2) {
        if (home > at || slots[home] === 0) throw new Error(`id ${id} is not to be found from its home on`);
      }
      last = key;
      ids.add(id);
    }
    if (slots.at(-2) !== 0) throw new Error("the last slot is taken");
    if (ids.size !== this.#count) throw new Error(`the table counts ${this.#count} ids, holds ${ids.size}`);
    if (ids.size !== expectedCount) throw new Error(`the table has ${ids.size} ids, expected ${expectedCount}`);
  }

  #homeOf(key: number): number {
    return homeOf(key, key < this.#frontier ? this.#formerScale : this.#scale);
  }

  /** The first slot, from the key's home on, that has no smaller key. */
  #seek(key: number): number {
    const slots = this.#slots;
    let at = this.#homeOf(key);
    while (slots[at] < key) at += 2;
    return at;
  }

  /** Puts a pair into a slot, and what is there one slot further, and so on up to an empty one. */
  #place(slot: number, key: number, id: number): void {
    const slots = this.#slots;
    let at = slot;
    while (key !== 0) {
      const nextKey = slots[at];
      const next = slots[at + 1];
      slots[at] = key;
      slots[at + 1] = id;
      key = nextKey;
      id = next;
      at += 2;
    }
    if (at === slots.length) this.#slots = grown(slots, 2 * (slots.length - this.#homes)); // twice the tail
  }

  #takeOut(at: number): void {
    this.#key = NO_KEY;
    this.#count--;
    this.#vacate(at);
  }

  /** Empties a slot: what follows moves one slot back, up to one that is at home. */
  #vacate(at: number): void {
    const slots = this.#slots;
    for (let key = slots[at + 2]; key !== 0 && this.#homeOf(key) <= at; key = slots[at + 2]) {
      slots[at] = key;
      slots[at + 1] = slots[at + 3];
      at += 2;
    }
    slots[at] = 0;
    slots[at + 1] = 0;
  }

  #grow(): void {
    const tail = this.#slots.length - 2 * this.#homes;
    this.#homes = nextCapacity(this.#homes);
    this.#slots = grown(this.#slots, 2 * this.#homes + tail);
    this.#formerScale = this.#scale;
    this.#scale = scaleOf(this.#homes);
    this.#frontier = ABOVE_ALL;
  }

  /** Moves the frontier down past `count` ids, and on past those with the same key: all of one key have one home. */
  #move(count: number): void {
    for (let at = this.#endOfFormer() - 2; at >= 0; at -= 2) {
      const slots = this.#slots;
      const key = slots[at];
      if (key === 0) continue;
      if (count-- <= 0 && key !== this.#frontier) return;
      this.#frontier = key;
      const home = homeOf(key, this.#scale);
      if (home <= at) continue; // its way there is full
      const id = slots[at + 1];
      slots[at] = 0; // nothing behind it has its home there or before
      slots[at + 1] = 0;
      this.#place(home, key, id);
    }
    this.#frontier = BELOW_ALL;
  }

  /** The first slot behind all keys that are below the frontier. */
  #endOfFormer(): number {
    let at = homeOf(this.#frontier, this.#formerScale);
    while (this.#slots[at] < this.#frontier) at += 2;
    return at;
  }
}

function keyOf(hash: number): number {
  return (hash | TAKEN) & ~1;
}

/** What a key without its sign bit is to be multiplied by. */
function scaleOf(homes: number): number {
  return homes / 2 ** 31;
}

function homeOf(key: number, scale: number): number {
  return ((key & ~TAKEN) * scale) << 1;
}
