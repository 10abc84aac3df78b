import { type FSWatcher, watch } from "node:fs";
import type { Loaded } from "./gather.js";
import type { ResourceFile } from "./resource-file.js";
import { type LoadOptions, ResourceLoader } from "./resource-loader.js";

const SETTLE_MS = 50; // quiet time that ends a burst of events
const LONGEST_BURST_MS = 300; // and when it does not end, load all the same
const RESCAN_MS = 3000; // for file systems without events, and symbolic links that lead far away
const RESCAN_SHARE = 0.02; // of our time at most: ten thousand files take 0.2 s

/** Hears of every load that differs from the one before, with the files it was made of. */
export type OnLoad = (loaded: Loaded, files: readonly ResourceFile[]) => void;

/** A watch on a directory of resources; `close()` ends it. */
export interface ResourceWatch {
  close(): void;
}

/**
 * Loads the resources below `path`, and again whenever they change.
 * @param onChange called with the first load, and then with each that differs from the one before
 */
export function watchResources(path: string, onChange: OnLoad, options: LoadOptions = {}): ResourceWatch {
  const watcher = new ResourceWatcher(new ResourceLoader(path, options), onChange);
  watcher.start();
  return watcher;
}

class ResourceWatcher implements ResourceWatch {
  readonly #loader: ResourceLoader;
  readonly #onChange: OnLoad;
  readonly #watchers = new Map<string, FSWatcher>();
  #settle: NodeJS.Timeout | undefined;
  #rescan: NodeJS.Timeout | undefined;
  #burstSinceMs = 0; // 0: no event is waiting for its load
  #loading = false;
  #again = false;
  #closed = false;

  constructor(loader: ResourceLoader, onChange: OnLoad) {
    this.#loader = loader;
    this.#onChange = onChange;
  }

  start(): void {
    void this.#load();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#settle);
    clearTimeout(this.#rescan);
    for (const directory of [...this.#watchers.keys()]) this.#unwatch(directory);
  }

  async #load(): Promise<void> {
    clearTimeout(this.#settle);
    clearTimeout(this.#rescan);
    this.#burstSinceMs = 0;
    if (this.#loading) {
      this.#again = true;
      return;
    }
    this.#loading = true;
    const startedMs = performance.now();
    const { loaded, files, changed, directories } = await this.#loader.load();
    const tookMs = performance.now() - startedMs;
    this.#loading = false;
    if (this.#closed) return;
    const more = this.#watch(directories);
    if (changed) this.#onChange(loaded, files);
    if (this.#closed) return;
    this.#rescan = setTimeout(() => void this.#load(), Math.max(RESCAN_MS, tookMs / RESCAN_SHARE)).unref();
    if (this.#again || more) this.#event(); // what changed before a directory was watched has caused no event
    this.#again = false;
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
      watcher.on("change", () => this.#event());
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

  #event(): void {
    if (this.#closed) return;
    const nowMs = performance.now();
    this.#burstSinceMs ||= nowMs;
    clearTimeout(this.#settle);
    const waitMs = Math.max(0, Math.min(SETTLE_MS, this.#burstSinceMs + LONGEST_BURST_MS - nowMs));
    this.#settle = setTimeout(() => void this.#load(), waitMs).unref();
  }
}
