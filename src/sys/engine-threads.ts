import { readdirSync } from "node:fs";
import { setPriority } from "node:os";
import { setFlagsFromString } from "node:v8";

/** Node's platform: one thread that keeps delayed tasks, and four workers that compile and collect. */
const ENGINE_THREADS = 5;
const NICE = 10; // beside a thread at 0 a tenth of its CPU time
const COLLECTED_ALONE = ["--no-parallel-scavenge", "--no-concurrent-array-buffer-sweeping"];
const MOST_THREADS = 2 ** 22; // the kernel's limit of thread ids

/**
 * Has the engine's own threads step back behind ours: a function that has become hot is compiled by up to four of them at once, and
 * on a node with two cores nothing is left for the thread that routes. (Of 2,000 changes a second 99 in 100 are passed on
 * within 1.05 ms for 1.40, see `bench/RESULTS.md`.)
 *
 * The young generation is collected on the main thread alone from now on: it would wait for helpers that nobody gives any time.
 * (Its buffers are swept there too: beside four busy processes 99 in 100 are passed on within 8.8 ms, for 16.)
 */
export function holdBackEngineThreads(): void {
  for (const flag of COLLECTED_ALONE) setFlagsFromString(flag);
  try {
    for (const thread of engineThreads()) setPriority(thread, NICE); // Linux takes a thread's id for a process's
  } catch {
    // No /proc here, or a sandbox forbids it: nothing depends on it.
  }
}

/** They are the first after the main thread, whose id is the process's; ids begin anew at the end. */
function engineThreads(): readonly number[] {
  const age = (thread: number) => (thread - process.pid + MOST_THREADS) % MOST_THREADS;
  const threads = readdirSync("/proc/self/task").map(Number);
  return threads.sort((a, b) => age(a) - age(b)).slice(1, 1 + ENGINE_THREADS);
}
