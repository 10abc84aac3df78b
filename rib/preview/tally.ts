/** A prefix that fares otherwise. */
export interface Example {
  readonly prefix: string;
  readonly change: "gained" | "lost" | "changed";
}

/** How many routes fare otherwise, and some of them. */
export class Tally {
  gained = 0;
  lost = 0;
  changed = 0; // there as before, with other attributes
  readonly examples: Example[] = [];
  readonly #most: number;

  /** @param most examples that are kept of each sort */
  constructor(most: number) {
    this.#most = most;
  }

  /** @param prefix its text, made only when it is kept */
  count(change: Example["change"], prefix: () => string): void {
    if (++this[change] <= this.#most) this.examples.push({ prefix: prefix(), change });
  }
}
