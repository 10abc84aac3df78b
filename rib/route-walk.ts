import type { AdjRibIn } from "./adj-rib-in.js";
import { NO_PREFIX, type PrefixId } from "./store/ids.js";

/** A pass over all routes of some peers, a part at a time; routes may come and go meanwhile. */
export class RouteWalk {
  readonly #tables: readonly AdjRibIn[];
  readonly #visit: (table: AdjRibIn, prefix: PrefixId) => void;
  readonly #done: () => void;
  #index = 0;
  #at: PrefixId = NO_PREFIX;

  /** @param done called once, after the last route */
  constructor(tables: readonly AdjRibIn[], visit: (table: AdjRibIn, prefix: PrefixId) => void, done: () => void) {
    this.#tables = tables;
    this.#visit = visit;
    this.#done = done;
  }

  /** Visits up to `budget` routes. @returns what is left of the budget: more than 0 when the walk has ended */
  step(budget: number): number {
    let left = budget;
    while (this.#index < this.#tables.length) {
      const table = this.#tables[this.#index];
      while (left > 0) {
        this.#at = table.next(this.#at);
        if (this.#at === NO_PREFIX) break;
        this.#visit(table, this.#at);
        left--;
      }
      if (left === 0) return 0;
      this.#index++;
      left--; // asking a peer without routes is not free
    }
    this.#done();
    return Math.max(left, 1);
  }
}
