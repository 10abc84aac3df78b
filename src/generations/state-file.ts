import { readFile } from "node:fs/promises";
import { err, ok, type Result } from "../../protocol/result.js";
import { removeDurably, writeDurably } from "./durable-file.js";

/** A small file that tells the next daemon something. What is put last stays: one thing after the other. */
export class StateFile<T extends object> {
  readonly #path: string;
  readonly #isSound: (content: T) => boolean;
  #work: Promise<unknown> = Promise.resolve();

  /** @param isSound asked of what is read, whose fields may be anything */
  constructor(path: string, isSound: (content: T) => boolean) {
    this.#path = path;
    this.#isSound = isSound;
  }

  /** What the daemon before this one has left; null: nothing, as nearly always, or nothing sound. */
  async read(): Promise<T | null> {
    try {
      const content = JSON.parse(await readFile(this.#path, "utf8")) as T;
      return this.#isSound(content) ? content : null;
    } catch {
      return null;
    }
  }

  /** @param content null: the file goes. @returns why it cannot be */
  put(content: T | null): Promise<Result<void, string>> {
    const write = () => (content === null ? removeDurably(this.#path) : writeDurably(this.#path, JSON.stringify(content)));
    const done = this.#work.then(write).then(
      () => ok(undefined),
      (error: Error) => err(`${this.#path}: ${error.message}`),
    );
    this.#work = done;
    return done;
  }

  /** Settles when all that was put is on disk. */
  async settled(): Promise<void> {
    await this.#work;
  }
}
