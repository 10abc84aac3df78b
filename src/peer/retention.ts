import type { Clock, TimerHandle } from "./clock.js";

/**
 * How long the peer may take, once it is back, to tell everything again: the bound that RFC 4724 §4.2 suggests. A restarting FRR
 * or BIRD may itself wait 360 or 240 s for its own peers before it advertises anything.
 */
export const STALE_PATH_SECONDS = 360;

/**
 * How long the routes of a peer whose session went down are kept (RFC 4724 §4.2): for its restart time while it is away, and then
 * until End-of-RIB, but no longer than STALE_PATH_SECONDS more. The bound runs from the moment they became stale: a peer that comes
 * and goes does not move it.
 */
export class Retention {
  readonly #clock: Clock;
  readonly #onTimeUp: () => void;
  #timer: TimerHandle | null = null;
  #deadline = 0; // of the timer, on the clock's scale
  #bound: number | null = null; // null: nothing is stale

  constructor(clock: Clock, onTimeUp: () => void) {
    this.#clock = clock;
    this.#onTimeUp = onTimeUp;
  }

  get isRunning(): boolean {
    return this.#timer !== null;
  }

  /** When what is stale goes, in ms since the epoch; null: nothing is. */
  get deadline(): number | null {
    return this.isRunning ? this.#clock.epoch() + this.#deadline - this.#clock.now() : null;
  }

  /** The session went down. */
  awaitReturn(restartTimeSeconds: number): void {
    const returnBy = this.#clock.now() + restartTimeSeconds * 1000;
    this.#bound ??= returnBy + STALE_PATH_SECONDS * 1000;
    this.#runUntil(Math.min(returnBy, this.#bound));
  }

  /** The session is back, and its routes are told again. */
  awaitEndOfRib(): void {
    if (this.#bound !== null) this.#runUntil(this.#bound);
  }

  /** Nothing is stale any more. */
  end(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#bound = null;
  }

  #runUntil(deadline: number): void {
    this.#timer?.cancel();
    this.#deadline = deadline;
    this.#timer = this.#clock.setTimeout(() => {
      this.end();
      this.#onTimeUp();
    }, deadline - this.#clock.now());
  }
}
