import { err, ok, type Result } from "../../protocol/result.js";
import { removeDurably, writeDurably } from "./durable-file.js";

/** A small file that the next daemon reads. What is put last stays: one thing after the other. */
export class StateFile {
  readonly #path: string;
  #work: Promise<unknown> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  /** @param content null: the file goes. @returns why it cannot be */
  put(content: string | null): Promise<Result<void, string>> {
    const write = () => (content === null ? removeDurably(this.#path) : writeDurably(this.#path, content));
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
