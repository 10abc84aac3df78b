import { lstat, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { digestOfFiles, type ResourceFile } from "../resources/resource-file.js";

/** A copy of the resources that is being edited, and where it is to go. */
export interface Candidate {
  readonly resources: string; // the directory it is for
  readonly base: string; // digest of the files it began with
  readonly at: string; // ISO 8601
}

/** The one candidate of a state directory: `candidate/resources/`, and `candidate/candidate.json` about it. */
export class CandidateDirectory {
  readonly #path: string;

  /** @param state the state directory */
  constructor(state: string) {
    this.#path = join(state, "candidate");
  }

  /** Where its files are. */
  get files(): string {
    return join(this.#path, "resources");
  }

  /**
   * Null: there is none.
   * @throws Error when another user has made it: where its files are to go is for its author to say
   */
  async read(): Promise<Candidate | null> {
    const stats = await lstat(this.#path).catch(() => null);
    if (stats === null) return null;
    if (!stats.isDirectory() || stats.uid !== process.geteuid?.()) throw new Error(`${this.#path} is another user's`);
    return JSON.parse(await readFile(join(this.#path, "candidate.json"), "utf8")) as Candidate;
  }

  /** Makes one that begins with these files; it is there whole or not at all. */
  async create(resources: string, files: readonly ResourceFile[]): Promise<void> {
    const next = `${this.#path}.next-${process.pid}`;
    await rm(next, { recursive: true, force: true });
    await mkdir(next, { mode: 0o700 }); // not one that another has put there: the state directory may be a lesser user's
    for (const { path, content } of files) {
      const file = join(next, "resources", path);
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await writeFile(file, content, { mode: 0o600, flag: "wx" });
    }
    await mkdir(join(next, "resources"), { recursive: true, mode: 0o700 });
    const candidate: Candidate = { resources, base: digestOfFiles(files), at: new Date().toISOString() };
    await writeFile(join(next, "candidate.json"), JSON.stringify(candidate), { mode: 0o600 });
    await rename(next, this.#path);
  }

  async remove(): Promise<void> {
    await rm(this.#path, { recursive: true, force: true });
  }
}
