/**
 * Decides when the routes of a former run may go: once every session has sent End-of-RIB, or the time is up (RFC 4724 §4.1:
 * a restarting speaker waits for End-of-RIB of all its peers, with an upper bound).
 */
export class RestartSweep {
  #waiting: Set<string> | null = null; // sessions; null: not known yet
  #isTimeUp = false;

  get isDue(): boolean {
    return this.#isTimeUp || this.#waiting?.size === 0;
  }

  /** @param sessions all that there are; those that come after the first call are not waited for */
  expect(sessions: readonly string[]): void {
    const waiting = this.#waiting ?? sessions;
    this.#waiting = new Set([...waiting].filter((session) => sessions.includes(session)));
  }

  endOfRib(session: string): void {
    this.#waiting?.delete(session);
  }

  timeUp(): void {
    this.#isTimeUp = true;
  }
}
