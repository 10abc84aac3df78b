import { setTimeout as pause } from "node:timers/promises";
import { LabError, ProcessEnded } from "./lab-error.js";

export interface Patience {
  readonly deadlineMs?: number; // default 30 s
  readonly everyMs?: number; // default 100 ms
}

/**
 * Asks again and again until the answer is neither false, null nor undefined, and returns it.
 *
 * @param what the condition in words, for the error
 * @throws LabError when the deadline passes, with the last error the question gave; ProcessEnded at once when the question throws it
 */
export async function until<T>(
  what: string,
  question: () => T | false | null | undefined | Promise<T | false | null | undefined>,
  { deadlineMs = 30_000, everyMs = 100 }: Patience = {},
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const attempt = await settle(question);
    if (attempt.answer !== undefined) return attempt.answer;
    if (performance.now() >= deadline) {
      throw new LabError(`not within ${deadlineMs / 1000} s: ${what}${attempt.failure === "" ? "" : `\n${attempt.failure}`}`);
    }
    await pause(everyMs);
  }
}

async function settle<T>(
  question: () => T | false | null | undefined | Promise<T | false | null | undefined>,
): Promise<{ answer: T | undefined; failure: string }> {
  try {
    const answer = await question();
    return { answer: answer === false || answer === null ? undefined : answer, failure: "" };
  } catch (error) {
    if (error instanceof ProcessEnded) throw error;
    return { answer: undefined, failure: error instanceof Error ? error.message : String(error) };
  }
}
