/** Lets one event through in each interval and counts the others: what peers cause must not fill the log. */
export class Throttle {
  readonly #intervalMs: number;
  readonly #now: () => number;
  #lastAt = Number.NEGATIVE_INFINITY;
  #passedOver = 0;

  /** @param now milliseconds on a scale that never goes back */
  constructor(intervalMs: number, now: () => number = () => performance.now()) {
    this.#intervalMs = intervalMs;
    this.#now = now;
  }

  /** @returns how many were passed over since the last one let through; null: pass this one over, too */
  take(): number | null {
    const now = this.#now();
    if (now - this.#lastAt < this.#intervalMs) {
      this.#passedOver++;
      return null;
    }
    const passedOver = this.#passedOver;
    this.#lastAt = now;
    this.#passedOver = 0;
    return passedOver;
  }
}
