import type { ReadTurns } from "../../src/peer/intake.js";

/** Turns that a test hands out: readers that wait go on in `next()`. */
export class FakeTurns implements ReadTurns {
  isSpent = false;
  #waiting: (() => void)[] = [];

  whenResumed(resume: () => void): void {
    this.#waiting.push(resume);
  }

  next(): void {
    this.isSpent = false;
    for (const resume of this.#waiting.splice(0)) resume();
  }
}
