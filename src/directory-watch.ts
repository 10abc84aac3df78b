import { type FSWatcher, watch } from "node:fs";
import { basename, join } from "node:path";

const SETTLE_MS = 50; // quiet time that ends a burst of events
const LONGEST_BURST_MS = 300; // and when it does not end, load all the same
const RESCAN_SHARE = 0.02; // of our time at most: ten thousand files take 0.1 s
const MOST_NAMED = 1000; // changes of one burst; of more, all files are looked at

/** What a load tells of itself. */
export interface Load {
  readonly changed: boolean; // since the load before
  readonly directories: readonly string[]; // where a change can come from
}

/** Loads directories again and again; one load at a time, none rejects. */
export interface Loader<L extends Load> {
  /** @param named the only paths at which something has changed since the load before; null: anything may have */
  load(named: ReadonlySet<string> | null): Promise<L>;
}

/** Loads what is in directories, and again whenever it changes, until `close()`. */
export class DirectoryWatch<L extends Load> {
  /** Settles when the first load is done and told. */
  readonly first: Promise<void>;
  readonly #loader: Loader<L>;
  readonly #rescanMs: number;
  readonly #onChange: (load: L) => void;
  readonly #watchers = new Map<string, FSWatcher>();
  #settle: NodeJS.Timeout | undefined;
  #rescan: NodeJS.Timeout | undefined;
  #burstSinceMs = 0; // 0: no event is waiting for its load
  #loading = false;
  #changed: Set<string> | null = null; // paths that events have named since the last load; null: anything may have changed
  #again = false;
  #closed = false;

  /**
   * @param rescanMs for file systems without events, and symbolic links that lead far away
   * @param onChange called with the first load, and then with each that differs from the one before
   */
  constructor(loader: Loader<L>, rescanMs: number, onChange: (load: L) => void) {
    this.#loader = loader;
    this.#rescanMs = rescanMs;
    this.#onChange = onChange;
    this.first = this.#load();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#settle);
    clearTimeout(this.#rescan);
    for (const directory of [...this.#watchers.keys()]) this.#unwatch(directory);
  }

  async #load(): Promise<void> {
    clearTimeout(this.#settle);
    this.#burstSinceMs = 0;
    if (this.#loading) {
      this.#again = true;
      return;
    }
    this.#loading = true;
    const startedMs = performance.now();
    const named = this.#changed;
    this.#changed = new Set();
    const load = await this.#loader.load(named);
    this.#loading = false;
    if (this.#closed) return;
    const more = this.#watch(load.directories);
    if (load.changed) this.#onChange(load);
    if (this.#closed) return;
    if (named === null) this.#planRescan(performance.now() - startedMs);
    if (more) this.#changed = null; // what changed before a directory was watched has caused no event
    if (this.#again || more) this.#event();
    this.#again = false;
  }

  #planRescan(tookMs: number): void {
    clearTimeout(this.#rescan);
    const rescan = () => {
      this.#changed = null;
      void this.#load();
    };
    this.#rescan = setTimeout(rescan, Math.max(this.#rescanMs, tookMs / RESCAN_SHARE)).unref();
  }

  /** Watches exactly `directories`. @returns whether one was not watched before */
  #watch(directories: readonly string[]): boolean {
    const wanted = new Set(directories);
    for (const directory of [...this.#watchers.keys()]) if (!wanted.has(directory)) this.#unwatch(directory);
    const fresh = directories.filter((directory) => !this.#watchers.has(directory));
    return fresh.filter((directory) => this.#watchOne(directory)).length > 0;
  }

  /** Without a watch (no more of them, or the directory is gone) the rescan finds what changes. */
  #watchOne(directory: string): boolean {
    try {
      const watcher = watch(directory, { persistent: false });
      watcher.on("change", (_type, name) => this.#note(directory, name === null ? null : String(name)));
      watcher.on("error", () => this.#unwatch(directory));
      this.#watchers.set(directory, watcher);
      return true;
    } catch {
      return false;
    }
  }

  #unwatch(directory: string): void {
    this.#watchers.get(directory)?.close();
    this.#watchers.delete(directory);
  }

  /** @param name null: the event names no file. That of the directory stands for the directory itself. */
  #note(directory: string, name: string | null): void {
    if (name === null || name === basename(directory) || this.#changed?.size === MOST_NAMED) this.#changed = null;
    else this.#changed?.add(join(directory, name));
    this.#event();
  }

  #event(): void {
    if (this.#closed) return;
    const nowMs = performance.now();
    this.#burstSinceMs ||= nowMs;
    clearTimeout(this.#settle);
    const waitMs = Math.max(0, Math.min(SETTLE_MS, this.#burstSinceMs + LONGEST_BURST_MS - nowMs));
    this.#settle = setTimeout(() => void this.#load(), waitMs).unref();
  }
}
