/** A part that has work in portions: does some, and answers whether more is left. */
export type Work = () => boolean;

/** Main-thread work before the event loop runs again, in milliseconds; a turn reads and works, so timers wait twice that and a portion. */
export const BUDGET_MS = 2;

/**
 * Shares the main thread between reading, routing work and everything else.
 *
 * One turn: sockets deliver until the budget is spent (`isSpent`: further chunks are queued and their sockets paused),
 * then the works run in order until none has more to do or the budget is spent again, then paused readers go on.
 * Timers and the API get their turn between turns: nothing here runs longer than about two budgets.
 */
export class WorkLoop {
  readonly #works: readonly Work[];
  readonly #now: () => number;
  readonly #paused = new Set<() => void>();
  #turnStartedAt = 0;
  #isScheduled = false;
  #isStopped = false;

  /** @param now a clock in milliseconds that never goes back */
  constructor(works: readonly Work[], now: () => number) {
    this.#works = works;
    this.#now = now;
  }

  /** Has the works run soon. Costs nothing when they are to run already. */
  wake(): void {
    if (this.#isScheduled || this.#isStopped) return;
    this.#isScheduled = true;
    this.#turnStartedAt = this.#now();
    setImmediate(() => this.#turn());
  }

  /** True when this turn's time for reading is over; the caller queues what it has and passes `resume` to `whenResumed`. */
  get isSpent(): boolean {
    return this.#isScheduled && this.#now() - this.#turnStartedAt > BUDGET_MS;
  }

  /** Calls `resume` in a later turn. */
  whenResumed(resume: () => void): void {
    this.#paused.add(resume);
    this.wake();
  }

  stop(): void {
    this.#isStopped = true;
    this.#paused.clear();
  }

  #turn(): void {
    this.#isScheduled = false;
    if (this.#isStopped) return;
    const end = this.#now() + BUDGET_MS;
    let isMore = true;
    while (isMore && this.#now() < end) {
      isMore = false;
      for (const work of this.#works) isMore = work() || isMore;
    }
    if (isMore) this.wake();
    this.#resume();
  }

  #resume(): void {
    if (this.#paused.size === 0) return;
    this.wake();
    const waiting = [...this.#paused];
    this.#paused.clear();
    for (const resume of waiting) resume();
  }
}
