import { type FileHandle, open } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";

const WAIT_MS = 10_000;
const BETWEEN_TRIES_MS = 20;

/** An exclusive lock on a directory (flock of the directory itself): it ends with the process, however that ends. */
export class DirectoryLock {
  readonly #directory: FileHandle;

  /** @throws Error in words for people when another process keeps it for ten seconds, or the file system has no locks */
  static async take(path: string): Promise<DirectoryLock> {
    const { EAGAIN, errorText, lockExclusively } = await import("../../sys/libc.js"); // 30 ms that reading commands need not wait
    const directory = await open(path, "r");
    const deadlineMs = performance.now() + WAIT_MS;
    for (;;) {
      const result = lockExclusively(directory.fd);
      if (result >= 0) return new DirectoryLock(directory);
      if (result === -EAGAIN && performance.now() < deadlineMs) {
        await setTimeout(BETWEEN_TRIES_MS);
        continue;
      }
      await directory.close();
      throw new Error(
        result === -EAGAIN
          ? `Another command has been editing ${path} for ${WAIT_MS / 1000} s; try again when it has ended.`
          : `Cannot lock ${path}: ${errorText(result)}.`,
      );
    }
  }

  private constructor(directory: FileHandle) {
    this.#directory = directory;
  }

  release(): Promise<void> {
    return this.#directory.close();
  }
}
