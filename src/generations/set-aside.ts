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
  readonly #file: StateFile<SetAsideFiles>;
  #files: SetAsideFiles | null;

  /** @param state the state directory */
  static async open(state: string): Promise<SetAside> {
    const file = new StateFile(join(state, "set-aside.json"), isSound);
    return new SetAside(file, await file.read());
  }

  private constructor(file: StateFile<SetAsideFiles>, files: SetAsideFiles | null) {
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
    return this.#file.put(files);
  }

  /** Settles when the next daemon can read what is set aside. */
  settled(): Promise<void> {
    return this.#file.settled();
  }
}

function isSound({ digest, generation }: SetAsideFiles): boolean {
  return typeof digest === "string" && Number.isSafeInteger(generation);
}
