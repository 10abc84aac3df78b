import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ok, type Result } from "../../protocol/result.js";
import { StateFile } from "./state-file.js";

/** Files on disk that the daemon has returned from, and what it follows instead until they change. */
export interface SetAsideFiles {
  readonly digest: string; // of the files
  readonly generation: number; // in force instead
}

/** The files that are set aside, known to the next daemon too. */
export class SetAside {
  readonly #file: StateFile;
  #files: SetAsideFiles | null;

  /** @param state the state directory */
  static async open(state: string): Promise<SetAside> {
    const path = join(state, "set-aside.json");
    return new SetAside(new StateFile(path), await read(path));
  }

  private constructor(file: StateFile, files: SetAsideFiles | null) {
    this.#file = file;
    this.#files = files;
  }

  get files(): SetAsideFiles | null {
    return this.#files;
  }

  /** @param files null: none any more. @returns why the next daemon will not know */
  async put(files: SetAsideFiles | null): Promise<Result<void, string>> {
    if (files === null && this.#files === null) return ok(undefined);
    this.#files = files;
    return this.#file.put(files === null ? null : JSON.stringify(files));
  }

  /** Settles when the next daemon can read what is set aside. */
  settled(): Promise<void> {
    return this.#file.settled();
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
