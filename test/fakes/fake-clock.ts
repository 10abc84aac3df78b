import type { Clock, TimerHandle } from "../../src/peer/clock.js";

/** A clock that stands still until `advance()`. */
export class FakeClock implements Clock {
  #now = 0;
  #alarms: { readonly at: number; readonly run: () => void }[] = [];
  /** How often a timeout was set: timers are dear. */
  timeoutsSet = 0;

  now(): number {
    return this.#now;
  }

  epoch(): number {
    return Date.UTC(2026, 0, 1) + this.#now;
  }

  setTimeout(run: () => void, ms: number): TimerHandle {
    const alarm = { at: this.#now + ms, run };
    this.#alarms.push(alarm);
    this.timeoutsSet++;
    return {
      cancel: () => {
        this.#alarms = this.#alarms.filter((other) => other !== alarm);
      },
    };
  }

  /** Timeouts that are set. */
  get pending(): number {
    return this.#alarms.length;
  }

  /** Lets time pass; `between` is called after each alarm, for what it set in motion. */
  advance(ms: number, between: () => void = () => {}): void {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#alarms.filter((alarm) => alarm.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#now = Math.max(this.#now, next.at);
      this.#alarms = this.#alarms.filter((alarm) => alarm !== next);
      next.run();
      between();
    }
    this.#now = end;
  }
}
