import { type FileHandle, open } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";

const WAIT_MS = 10_000;
const BETWEEN_TRIES_MS = 20;

/** A lock on a directory (flock of the directory itself): it ends with the process, however that ends. */
export class DirectoryLock {
  readonly #directory: FileHandle;

  /**
   * For an edit: nobody else has it.
   * @throws Error in words for people when another process keeps it for ten seconds, or the file system has no locks
   */
  static async take(path: string): Promise<DirectoryLock> {
    const lock = await tryLock(path, "exclusive");
    if (typeof lock !== "string") return new DirectoryLock(lock);
    throw new Error(
      lock === BUSY
        ? `Another command has been editing ${path} for ${WAIT_MS / 1000} s; try again when it has ended.`
        : `Cannot lock ${path}: ${lock}.`,
    );
  }

  /** For reading: no edit goes on. Null where that cannot be had. */
  static async share(path: string): Promise<DirectoryLock | null> {
    const lock = await tryLock(path, "shared").catch(() => BUSY);
    return typeof lock === "string" ? null : new DirectoryLock(lock);
  }

  private constructor(directory: FileHandle) {
    this.#directory = directory;
  }

  release(): Promise<void> {
    return this.#directory.close();
  }
}

const BUSY = "busy";

/** The locked directory, or why it is not locked. */
async function tryLock(path: string, kind: "exclusive" | "shared"): Promise<FileHandle | string> {
  const { EAGAIN, errorText, lockFile } = await import("../../sys/libc.js"); // 30 ms that reading commands need not wait
  const directory = await open(path, "r");
  const deadlineMs = performance.now() + WAIT_MS;
  for (;;) {
    const result = lockFile(directory.fd, kind);
    if (result >= 0) return directory;
    if (result !== -EAGAIN || performance.now() >= deadlineMs) {
      await directory.close();
      return result === -EAGAIN ? BUSY : errorText(result);
    }
    await setTimeout(BETWEEN_TRIES_MS);
  }
}
