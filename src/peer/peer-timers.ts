import type { TimerName } from "../../protocol/fsm/action.js";
import type { Clock, TimerHandle } from "./clock.js";

/** Timers that RFC 4271 §10 wants jittered, and the IdleHoldTimer: a random 75 to 100 percent of what was asked for. */
const JITTERED: ReadonlySet<TimerName> = new Set(["ConnectRetryTimer", "KeepaliveTimer", "IdleHoldTimer"]);

/** A timer runs while it has a deadline. An alarm may ring early, or for nothing: moving a deadline out only writes a field. */
interface Timer {
  deadline: number | null; // on the clock's scale
  alarm: TimerHandle | null;
  alarmAt: number;
}

/**
 * The RFC's timers of one connection attempt, on a clock.
 *
 * Restarting one that runs, as every UPDATE does with the HoldTimer, costs a field write: the alarm stays as it is, and
 * when it rings it looks at the deadline and is set again for the rest.
 */
export class PeerTimers {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #onExpiry: (timer: TimerName) => void;
  readonly #timers = new Map<TimerName, Timer>();

  /** @param parts.random a number from 0 to 1, for the jitter */
  constructor(parts: { clock: Clock; random: () => number; onExpiry: (timer: TimerName) => void }) {
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#onExpiry = parts.onExpiry;
  }

  /** Starts or restarts a timer. */
  start(name: TimerName, seconds: number): void {
    const timer = this.#timer(name);
    timer.deadline = this.#clock.now() + this.#delayOf(name, seconds);
    if (timer.alarm === null || timer.alarmAt > timer.deadline) this.#setAlarm(name, timer);
  }

  stop(name: TimerName): void {
    const timer = this.#timers.get(name);
    if (timer) timer.deadline = null;
  }

  isRunning(name: TimerName): boolean {
    return this.#timers.get(name)?.deadline != null;
  }

  /** Gives back the alarms of timers that were stopped: until they ring they would keep the process alive. */
  cancelStopped(): void {
    for (const timer of this.#timers.values()) {
      if (timer.deadline !== null) continue;
      timer.alarm?.cancel();
      timer.alarm = null;
    }
  }

  /** Stops every timer for good and gives the alarms back. */
  close(): void {
    for (const timer of this.#timers.values()) timer.alarm?.cancel();
    this.#timers.clear();
  }

  /** Milliseconds. KEEPALIVEs are at least a second apart (§4.4), and a hold time of 3 s already asks for one each second. */
  #delayOf(name: TimerName, seconds: number): number {
    if (!JITTERED.has(name)) return seconds * 1000;
    const delay = seconds * 1000 * (0.75 + this.#random() / 4);
    return name === "KeepaliveTimer" ? Math.max(delay, 1000) : delay;
  }

  #timer(name: TimerName): Timer {
    let timer = this.#timers.get(name);
    if (!timer) {
      timer = { deadline: null, alarm: null, alarmAt: 0 };
      this.#timers.set(name, timer);
    }
    return timer;
  }

  #setAlarm(name: TimerName, timer: Timer): void {
    timer.alarm?.cancel();
    const now = this.#clock.now();
    timer.alarmAt = timer.deadline ?? now;
    timer.alarm = this.#clock.setTimeout(() => this.#ring(name, timer), Math.max(0, Math.ceil(timer.alarmAt - now)));
  }

  #ring(name: TimerName, timer: Timer): void {
    timer.alarm = null;
    if (timer.deadline === null) return;
    if (timer.deadline > this.#clock.now()) {
      this.#setAlarm(name, timer);
      return;
    }
    timer.deadline = null;
    this.#onExpiry(name);
  }
}
