import type { Result } from "../../protocol/result.js";
import type { Logger } from "../observe/logger.js";
import { loadFiles } from "../resources/load.js";
import { resourceChanges, summaryOf } from "../resources/resource-changes.js";
import type { ResourceFile } from "../resources/resource-file.js";
import type { ResourceSet } from "../resources/resource-set.js";
import type { Generation } from "./generation-file.js";
import { Generations } from "./generations.js";

/** A set of resources that has come into force. */
export interface AcceptedSet {
  readonly set: ResourceSet;
  readonly files: readonly ResourceFile[];
  readonly digest: string; // of the files
  readonly at: Date;
}

export interface HistoryOptions {
  readonly state: string; // the state directory
  readonly namespace: string; // where Secrets count
  readonly log: Logger;
}

/**
 * Every set that comes into force becomes a generation, in the order in which they come; the same files as the newest make no new one.
 * Where the state directory cannot be written the daemon runs on without, and says so.
 */
export class History {
  readonly generations: Generations;
  readonly #namespace: string;
  readonly #log: Logger;
  #running: number | null = null;
  #digest = ""; // of the files of the set in force
  #trouble: string | null = null;
  #last: ResourceSet | null = null; // the one that came before, while we know it
  readonly #held = new Map<string, number>();
  #work: Promise<void> = Promise.resolve();

  /** Prepares the state directory. */
  static async open(options: HistoryOptions): Promise<History> {
    const history = new History(options);
    history.#note(await history.generations.prepare());
    return history;
  }

  private constructor({ state, namespace, log }: HistoryOptions) {
    this.generations = new Generations(state);
    this.#namespace = namespace;
    this.#log = log;
  }

  /** The generation in force; null: it is not kept, or not yet. */
  get running(): number | null {
    return this.#running;
  }

  /** Why what is in force is not kept; null: it is. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /** A set has come into force. */
  keep(accepted: AcceptedSet): void {
    if (this.#running !== null && accepted.digest === this.#digest) return; // it is in force and kept already
    this.#running = null;
    this.#digest = accepted.digest;
    this.#work = this.#work.then(() => this.#keep(accepted));
  }

  /** A generation is in force again. */
  resume(number: number, { set, digest }: AcceptedSet): void {
    this.#running = number;
    this.#digest = digest;
    this.#last = set;
  }

  /** A generation that somebody may need is kept whatever its age; null: none any more. */
  hold(holder: "trial" | "set-aside", number: number | null): void {
    if (number === null) this.#held.delete(holder);
    else this.#held.set(holder, number);
  }

  /** Settles when all that came into force is kept. */
  settled(): Promise<void> {
    return this.#work;
  }

  async #keep({ set, files, digest, at }: AcceptedSet): Promise<void> {
    const prepared = this.#trouble === null || (await this.generations.prepare()).ok;
    const newest = prepared ? await this.generations.newest() : null;
    const before = this.#last ?? (newest === null ? null : await this.#load(newest));
    this.#last = set;
    if (newest?.digest === digest) return this.#runs(newest);
    const summary = before === null ? "the first" : summaryOf(resourceChanges(before, set));
    const kept = await this.generations.add(files, { at: at.toISOString(), summary, digest }, [...this.#held.values()]);
    this.#note(kept);
    if (kept.ok) this.#runs(kept.value);
  }

  #runs({ number, summary, digest }: Generation): void {
    if (digest !== this.#digest) return; // another has come into force meanwhile, and waits to be kept
    this.#running = number;
    this.#log.info({ generation: number }, `generation ${number} is in force: ${summary}`);
  }

  async #load({ number }: Generation): Promise<ResourceSet | null> {
    const opened = await this.generations.open(number);
    return opened.ok ? (await loadFiles(opened.value.files, `generation ${number}`, { namespace: this.#namespace })).set : null;
  }

  #note(result: Result<unknown, string>): void {
    const trouble = result.ok ? null : result.error;
    if (trouble !== null && this.#trouble === null)
      this.#log.error(`no history is kept, so nothing can be rolled back: ${trouble}; mend it, or choose another --state DIR`);
    this.#trouble = trouble;
  }
}
