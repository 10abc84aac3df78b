import { join } from "node:path";
import { err, ok, type Result } from "../../protocol/result.js";
import type { Logger } from "../observe/logger.js";
import { StateFile } from "./state-file.js";

/** How long files that were written may take to be in force: sets of 10,000 nodes take a few seconds. */
export const LONGEST_ARRIVAL_SECONDS = 30;

/** A change that goes back by itself. On disk, for it outlives the daemon. */
export interface Pending {
  readonly returnTo: number; // generation
  readonly digest: string; // of its files
  readonly seconds: number;
  readonly deadline: string; // ISO 8601
  readonly established: readonly string[]; // addresses of the peers whose sessions were up before the change
  readonly isConfirmed: boolean; // but sessions are still to come back
}

/** What became of a word of confirmation: what is still down must come back before the time is up. */
export interface Confirmed {
  readonly waitsFor: readonly string[]; // addresses; none: the change stays
  readonly pending: Pending;
}

interface Parts {
  readonly state: string; // directory
  readonly log: Logger;
  /** Of these peers, those of whose sessions one is asked for and none is up. */
  readonly downOf: (addresses: readonly string[]) => readonly string[];
  readonly returnTo: (generation: number) => Promise<Result<void, string>>;
  /** The generation must be there to be returned to; null: none. */
  readonly hold: (generation: number | null) => void;
}

/**
 * The change that waits for `peregrine confirm`. When its time is up, what was in force before comes back, unless it was confirmed
 * and every session that was up before the change is up again.
 */
export class Confirmation {
  readonly #parts: Parts;
  readonly #file: StateFile<Pending>;
  #pending: Pending | null = null;
  #isChanged = false; // since it was begun something else has come into force
  #timer: NodeJS.Timeout | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#file = fileIn(parts.state);
  }

  get pending(): Pending | null {
    return this.#pending;
  }

  /**
   * Takes up what the daemon before this one has left. Where it was confirmed the time begins anew, for no session is up yet.
   * @param digest of what is in force
   */
  async resume(digest: string): Promise<void> {
    const left = await this.#file.read();
    if (left === null) return;
    this.#isChanged = digest !== left.digest;
    const latest = deadlineIn(left.seconds + (this.#isChanged ? 0 : LONGEST_ARRIVAL_SECONDS)); // also where the clock was set back
    this.#pending = left.isConfirmed || latest < left.deadline ? { ...left, deadline: latest } : left;
    this.#parts.hold(left.returnTo);
    this.#startTimer(this.#pending);
  }

  /** These files are in force now. Where they are those of before the change, it is no more on trial. */
  accepted(digest: string): void {
    if (this.#pending === null) return;
    if (digest === this.#pending.digest) {
      if (this.#isChanged) void this.clear();
      return;
    }
    if (this.#isChanged) return;
    this.#isChanged = true;
    this.#startTime(this.#pending);
  }

  /** From now on a change is on trial, whose time begins when it is in force. @returns why it cannot be */
  async begin(trial: Omit<Pending, "deadline" | "isConfirmed">): Promise<Result<Pending, string>> {
    if (this.#pending !== null)
      return err(`another change is on trial until ${this.#pending.deadline}: "peregrine confirm" it first`);
    const pending = { ...trial, deadline: deadlineIn(trial.seconds + LONGEST_ARRIVAL_SECONDS), isConfirmed: false };
    this.#pending = pending;
    this.#isChanged = false;
    this.#parts.hold(pending.returnTo);
    const written = await this.#file.put(pending);
    if (!written.ok) {
      this.#pending = null;
      this.#parts.hold(null);
      return written;
    }
    this.#startTimer(pending);
    this.#parts.log.warn(
      { returnTo: pending.returnTo, deadline: pending.deadline },
      `a change is on trial: generation ${pending.returnTo} comes back unless it is confirmed`,
    );
    return ok(pending);
  }

  /** @param isForced the change stays, whatever is down */
  async confirm(isForced: boolean): Promise<Result<Confirmed, string>> {
    const pending = this.#pending;
    if (pending === null) return err("no change waits to be confirmed");
    const waitsFor = isForced ? [] : this.#parts.downOf(pending.established);
    this.#pending = waitsFor.length === 0 ? null : { ...pending, isConfirmed: true };
    if (this.#pending !== null) {
      const written = await this.#file.put(this.#pending);
      if (!written.ok) return written;
    } else await this.clear();
    this.#parts.log.info(
      { waitsFor },
      waitsFor.length === 0 ? "the change is confirmed" : "the change is confirmed, if sessions come back",
    );
    return ok({ waitsFor, pending });
  }

  /** Nothing is on trial any more. */
  async clear(): Promise<void> {
    this.#stopTimer();
    this.#pending = null;
    this.#parts.hold(null);
    const removed = await this.#file.put(null);
    if (!removed.ok) this.#parts.log.error(removed.error);
  }

  /** Settles when the next daemon can read what is on trial. */
  async close(): Promise<void> {
    this.#stopTimer();
    await this.#file.settled();
  }

  /** The time counts from when the change is in force. */
  #startTime(pending: Pending): void {
    this.#pending = { ...pending, deadline: deadlineIn(pending.seconds) };
    this.#startTimer(this.#pending);
    void this.#file.put(this.#pending).then((written) => {
      if (!written.ok) this.#parts.log.error(written.error);
    });
  }

  #startTimer({ deadline }: Pending): void {
    this.#stopTimer();
    this.#timer = setTimeout(() => void this.#timeUp(), Math.max(0, Date.parse(deadline) - Date.now()));
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #timeUp(): Promise<void> {
    const { returnTo, isConfirmed, established } = this.#pending!;
    if (!this.#isChanged) return this.clear();
    const down = this.#parts.downOf(established);
    if (isConfirmed && down.length === 0) {
      this.#parts.log.info("the sessions are back, the confirmed change stays");
      return this.clear();
    }
    const why = isConfirmed ? `sessions that were up before are down: ${down.join(", ")}` : "it was not confirmed in time";
    this.#pending = null; // too late to confirm it
    this.#parts.log.error({ generation: returnTo }, `the change goes back: ${why}`);
    const returned = await this.#parts.returnTo(returnTo);
    if (!returned.ok) this.#parts.log.error({ generation: returnTo }, `the change cannot go back: ${returned.error}`);
    await this.clear();
  }
}

function deadlineIn(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString();
}

/** What is to go back before anything starts; null: nothing. @param state the state directory */
export async function overdueTrial(state: string): Promise<Pending | null> {
  const pending = await fileIn(state).read();
  return pending !== null && !pending.isConfirmed && Date.parse(pending.deadline) <= Date.now() ? pending : null;
}

function fileIn(state: string): StateFile<Pending> {
  return new StateFile(join(state, "confirmation.json"), isSound);
}

function isSound({ returnTo, seconds, deadline, established }: Pending): boolean {
  const isTimed = Number.isFinite(seconds) && !Number.isNaN(Date.parse(deadline));
  return Number.isSafeInteger(returnTo) && isTimed && Array.isArray(established);
}
