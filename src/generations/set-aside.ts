import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { removeDurably, writeDurably } from "./durable-file.js";

/** Files on disk that the daemon has returned from, and what it follows instead until they change. */
export interface SetAsideFiles {
  readonly digest: string; // of the files
  readonly generation: number; // in force instead
}

/** The files that are set aside, known to the next daemon too. */
export class SetAside {
  readonly #path: string;
  #files: SetAsideFiles | null;

  /** @param state the state directory */
  static async open(state: string): Promise<SetAside> {
    const path = join(state, "set-aside.json");
    return new SetAside(path, await read(path));
  }

  private constructor(path: string, files: SetAsideFiles | null) {
    this.#path = path;
    this.#files = files;
  }

  get files(): SetAsideFiles | null {
    return this.#files;
  }

  /** @throws Error when only this daemon will know */
  async put(files: SetAsideFiles): Promise<void> {
    this.#files = files;
    await writeDurably(this.#path, JSON.stringify(files));
  }

  async clear(): Promise<void> {
    if (this.#files === null) return;
    this.#files = null;
    await removeDurably(this.#path);
  }
}

async function read(path: string): Promise<SetAsideFiles | null> {
  try {
    const { digest, generation } = JSON.parse(await readFile(path, "utf8")) as SetAsideFiles;
    return typeof digest === "string" && Number.isSafeInteger(generation) ? { digest, generation } : null;
  } catch {
    return null; // none, as nearly always
  }
}
