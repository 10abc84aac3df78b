import { readdirSync, readFileSync } from "node:fs";
import { expect } from "vitest";
import { until } from "../../src/lab/until.js";

/**
 * Passes when the answer to `question` is true within a second from now, not counting what the machine keeps this process and `pids` waiting
 * for a CPU: a busy machine is not the daemon's fault, being idle for too long is.
 */
export async function withinASecond(what: string, pids: readonly number[], question: () => Promise<boolean>): Promise<void> {
  const all = [process.pid, ...pids];
  const [begun, heldUp] = [performance.now(), heldUpMs(all)];
  await until(what, question, { deadlineMs: 15_000, everyMs: 10 });
  expect(performance.now() - begun - (heldUpMs(all) - heldUp), `${what}: milliseconds`).toBeLessThan(1_000);
}

/** Time in run queues, of all threads, in milliseconds (the second figure of /proc/PID/task/TID/schedstat is in nanoseconds). */
function heldUpMs(pids: readonly number[]): number {
  const places = pids.flatMap((pid) => readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}/schedstat`));
  return places.reduce((sum, place) => sum + Number(textOf(place).split(" ")[1] ?? 0) / 1e6, 0);
}

/** Empty: the thread has ended. */
function textOf(place: string): string {
  try {
    return readFileSync(place, "utf8");
  } catch {
    return "";
  }
}
