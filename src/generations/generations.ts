import { access, constants, mkdir, open, readdir, readFile, rm, unlink } from "node:fs/promises";
import { join } from "node:path";
import { err, ok, type Result } from "../../protocol/result.js";
import type { ResourceFile } from "../resources/resource-file.js";
import { createDurably } from "./durable-file.js";
import { type Generation, HEAD, type OpenGeneration, packGeneration, readHead, unpackGeneration } from "./generation-file.js";

/** So many are kept, the newest, and those that are still needed. */
export const KEPT_GENERATIONS = 100;

/** The accepted sets of resources in a state directory, one a file: `generations/7.gz`. They may hold Secrets: nobody but the owner reads them. */
export class Generations {
  readonly directory: string; // of the files

  /** @param state the state directory */
  constructor(state: string) {
    this.directory = join(state, "generations");
  }

  /** Makes the directories that are missing, and removes what a crash has left half written. @returns what is in the way */
  async prepare(): Promise<Result<void, string>> {
    try {
      await mkdir(this.directory, { recursive: true, mode: 0o700 });
      await access(this.directory, constants.W_OK);
      const unfinished = (await readdir(this.directory)).filter((name) => /\.next-\d+$/.test(name));
      for (const name of unfinished) await rm(join(this.directory, name), { force: true });
      return ok(undefined);
    } catch (error) {
      return err(why(this.directory, error));
    }
  }

  /** Those that are kept, the oldest first. @returns an error when the directory cannot be read */
  async list(): Promise<Result<readonly Generation[], string>> {
    try {
      const found = await Promise.all((await this.#numbers()).map((number) => this.#head(number)));
      return ok(found.filter((generation) => generation !== null));
    } catch (error) {
      return err(why(this.directory, error));
    }
  }

  /** The newest that can be read; null: none. */
  async newest(): Promise<Generation | null> {
    for (const number of (await this.#numbers().catch(() => [])).toReversed()) {
      const generation = await this.#head(number);
      if (generation !== null) return generation;
    }
    return null;
  }

  /** A generation with its files. */
  async open(number: number): Promise<Result<OpenGeneration, string>> {
    try {
      const opened = await unpackGeneration(await readFile(this.#path(number)));
      return opened.ok ? opened : err(`${this.#path(number)} is damaged: ${opened.error}`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") return err(why(this.#path(number), error));
      return err(`There is no generation ${number} in ${this.directory}; "peregrine history" lists those there are.`);
    }
  }

  /**
   * Keeps a set as the newest generation, and lets go of old ones.
   * @param needed generations that are kept whatever their age
   */
  async add(
    files: readonly ResourceFile[],
    facts: Pick<Generation, "at" | "summary" | "digest">,
    needed: readonly number[],
  ): Promise<Result<Generation, string>> {
    try {
      const number = ((await this.#numbers()).at(-1) ?? 0) + 1;
      const generation: Generation = { number, ...facts, files: files.length };
      const isMade = await createDurably(this.#path(number), await packGeneration(generation, files));
      if (!isMade) return err(`${this.#path(number)} is there already: does another daemon use this state directory?`);
      await this.#prune(needed);
      return ok(generation);
    } catch (error) {
      return err(why(this.directory, error));
    }
  }

  async #prune(needed: readonly number[]): Promise<void> {
    const old = (await this.#numbers()).slice(0, -KEPT_GENERATIONS);
    for (const number of old) if (!needed.includes(number)) await unlink(this.#path(number));
  }

  /** In ascending order. */
  async #numbers(): Promise<readonly number[]> {
    const names = await readdir(this.directory);
    return names
      .filter((name) => /^[1-9]\d{0,14}\.gz$/.test(name))
      .map((name) => Number.parseInt(name, 10))
      .sort((a, b) => a - b);
  }

  async #head(number: number): Promise<Generation | null> {
    const file = await open(this.#path(number)).catch(() => null); // let go of meanwhile
    if (file === null) return null;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0).finally(() => file.close());
    const generation = readHead(buffer.subarray(0, bytesRead));
    return generation?.number === number ? generation : null;
  }

  #path(number: number): string {
    return join(this.directory, `${number}.gz`);
  }
}

function why(path: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "EACCES" || code === "EPERM") return `${path}: permission denied`;
  if (code === "EROFS") return `${path}: the file system is read-only`;
  if (code === "ENOSPC") return `${path}: no space is left`;
  if (code === "ENOENT") return `${path}: there is no such directory`;
  return `${path}: ${message}`;
}
