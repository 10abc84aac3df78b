import type { Negotiated } from "../protocol/capabilities/negotiate.js";
import type { Family } from "../protocol/net/address-family.js";
import type { Clock, TimerHandle } from "./peer/clock.js";
import type { RestartFlags } from "./peer/peer-config-of.js";
import type { SessionProgress } from "./peer/routing-session.js";

/**
 * How long a peer that has not come back holds up the selection. Nodes like us try again 5, 15 and 35 s after they have lost us, so
 * one that waits for its next attempt is seen if we were away for half a minute.
 */
const RETURN_SECONDS = 30;

/** How long a peer that is not waited for may take to tell its routes before those of the former run go. */
const GRACE_SECONDS = 5;

/** A session that there was when we started, and how far it has come. */
interface Awaited {
  readonly restartTimeSeconds: number;
  progress: "away" | "telling" | "excused" | "done";
  since: number; // on the clock's scale
}

type Phase = "deferring" | "sweeping" | "over";

/** Where our own restart stands. */
export interface RecoveryStatus {
  readonly phase: Phase; // deferring: nothing is selected; sweeping: routes of the former run may still be in the kernel
  readonly waitingFor: readonly string[]; // sessions that hold up the next phase
  readonly until: number | null; // ms since the epoch: when they do no more
}

/**
 * Our own restart (RFC 4724 §4.1): the kernel still forwards by the routes of the former run, and peers keep what they had from it.
 * Before our peers have told theirs again, no route is selected, so none is advertised or put into the kernel; then the kernel's
 * that nobody has told go. Two bounds for each session that there was at the start:
 *
 *   the session                             holds up the selection              holds up the sweep
 *   is not back, or lost again              30 s                                its restart time
 *   is of a peer that restarts too (R),
 *   or does not know graceful restart       not at all                          until End-of-RIB, or for 5 s
 *   tells its routes                        until End-of-RIB, its restart time  likewise
 *
 * The RFC's Selection_Deferral_Timer is one for all. A peer that is down would hold up everything for its whole length, though no
 * peer that is alive needs more than a few seconds to come back.
 */
export class Recovery implements SessionProgress {
  /** Another phase has begun. */
  onPhase: () => void = () => {};
  readonly #clock: Clock;
  #kept: ReadonlySet<Family> = new Set();
  #awaited: Map<string, Awaited> | null = null; // null: not known yet
  #begunAt = 0;
  #phase: Phase = "over";
  #timer: TimerHandle | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param kept families of which the kernel holds routes of a former run; none: this is no restart */
  begin(kept: ReadonlySet<Family>): void {
    this.#kept = kept;
    if (kept.size === 0) return;
    this.#phase = "deferring";
    this.#begunAt = this.#clock.now();
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** What our OPENs say of it. */
  flagsFor(family: Family): RestartFlags {
    return { restarting: this.#phase === "deferring", forwardingPreserved: this.#kept.has(family) };
  }

  /** @param sessions all that there are; those that come after the first call are not waited for */
  expect(sessions: readonly { readonly name: string; readonly restartTimeSeconds: number }[]): void {
    if (this.#phase === "over") return;
    const known = this.#awaited;
    const waited = known === null ? sessions : sessions.filter(({ name }) => known.has(name));
    this.#awaited = new Map(
      waited.map(({ name, restartTimeSeconds }) => [name, known?.get(name) ?? this.#away(restartTimeSeconds)]),
    );
    this.#look();
  }

  established(session: string, { gracefulRestart }: Negotiated): void {
    const isExcused = gracefulRestart === null || gracefulRestart.restarting;
    this.#note(session, isExcused ? "excused" : "telling");
  }

  endOfRib(session: string): void {
    this.#note(session, "done");
  }

  closed(session: string): void {
    this.#note(session, "away");
  }

  status(): RecoveryStatus {
    const bound = this.#phase === "deferring" ? this.#selectionBound : this.#sweepBound;
    const waiting = [...(this.#awaited ?? [])].filter(([, session]) => bound(session) > this.#clock.now());
    const until = Math.max(...waiting.map(([, session]) => bound(session)));
    return {
      phase: this.#phase,
      waitingFor: waiting.map(([name]) => name),
      until: waiting.length === 0 ? null : this.#clock.epoch() + until - this.#clock.now(),
    };
  }

  close(): void {
    this.#timer?.cancel();
    this.#phase = "over";
  }

  #away(restartTimeSeconds: number): Awaited {
    return { restartTimeSeconds, progress: "away", since: this.#begunAt };
  }

  #note(name: string, progress: Awaited["progress"]): void {
    const session = this.#awaited?.get(name);
    if (session === undefined || this.#phase === "over") return;
    session.progress = progress;
    session.since = this.#clock.now();
    this.#look();
  }

  /** Goes on to the phase that is due; and looks again when the next session's time is over. */
  #look(): void {
    const before = this.#phase;
    const sessions = [...this.#awaited!.values()];
    const isWaiting = (bound: (session: Awaited) => number) => sessions.some((session) => bound(session) > this.#clock.now());
    if (this.#phase === "deferring" && !isWaiting(this.#selectionBound)) this.#phase = "sweeping";
    if (this.#phase === "sweeping" && !isWaiting(this.#sweepBound)) this.#phase = "over";
    this.#setTimer(sessions);
    if (this.#phase !== before) this.onPhase();
  }

  #setTimer(sessions: readonly Awaited[]): void {
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#phase === "over") return;
    const now = this.#clock.now();
    const bounds = sessions.flatMap((session) => [this.#selectionBound(session), this.#sweepBound(session)]);
    const next = Math.min(...bounds.filter((bound) => bound > now));
    this.#timer = this.#clock.setTimeout(() => this.#look(), next - now);
  }

  /** Until when the session holds up the selection. */
  readonly #selectionBound = ({ progress, restartTimeSeconds }: Awaited): number => {
    if (progress === "away") return this.#begunAt + Math.min(RETURN_SECONDS, restartTimeSeconds) * 1000;
    return progress === "telling" ? this.#begunAt + restartTimeSeconds * 1000 : 0;
  };

  /** Until when it holds up the sweep. */
  readonly #sweepBound = ({ progress, restartTimeSeconds, since }: Awaited): number => {
    if (progress === "excused") return since + GRACE_SECONDS * 1000;
    return progress === "done" ? 0 : this.#begunAt + restartTimeSeconds * 1000;
  };
}
