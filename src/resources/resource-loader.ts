import { stat } from "node:fs/promises";
import { join } from "node:path";
import { type FoundFile, type FoundFiles, findFile, findFiles } from "./find-files.js";
import { gather, type Loaded } from "./gather.js";
import { parseContent, Slices } from "./parse-content.js";
import type { ParsedFile } from "./parse-file.js";
import { readFile } from "./read-file.js";
import { pathBelow, type ResourceFile, resourceFile } from "./resource-file.js";
import { DirectoryLock } from "./store/directory-lock.js";
import { pendingEditPath, readPendingEdit } from "./store/pending-edit.js";

const FILES_AT_ONCE = 32;
/** A file changed so short a time before it was read may change again without a new time stamp. */
const STAMP_GRANULARITY_MS = 100;

export const DEFAULT_NAMESPACE = "kube-system";

export interface LoadOptions {
  /** The node agent's namespace, whose Secrets count. */
  readonly namespace?: string;
  /** The caller holds the lock that edits take. */
  readonly isLocked?: boolean;
}

interface CachedFile {
  readonly stamp: string;
  readonly settled: boolean; // the same stamp means the same content
  readonly content: ResourceFile | string; // a string: why there is none
  readonly parsed: ParsedFile;
}

export interface LoadOutcome {
  readonly loaded: Loaded;
  readonly files: readonly ResourceFile[]; // those that could be read
  readonly changed: boolean; // since the load before
  readonly directories: readonly string[]; // where a change can come from
}

/** Loads a directory again and again; only what changed is read and parsed again. */
export class ResourceLoader {
  readonly #path: string;
  readonly #namespace: string;
  readonly #isLocked: boolean;
  #cache = new Map<string, CachedFile>(); // in the order of their paths
  #found: FoundFiles = { files: [], directories: [], faults: [], hasLinks: false };
  #last: { readonly faultsText: string; readonly loaded: Loaded; readonly files: readonly ResourceFile[] } | null = null;

  constructor(path: string, options: LoadOptions = {}) {
    this.#path = path;
    this.#namespace = options.namespace ?? DEFAULT_NAMESPACE;
    this.#isLocked = options.isLocked ?? false;
  }

  /**
   * One load at a time. Never rejects: what goes wrong is a fault. Edits of several files are seen whole or not at all: what changed
   * during a scan is scanned again while no edit may go on.
   * @param named the only paths at which something has changed since the load before; null: look everywhere
   */
  async load(named: ReadonlySet<string> | null = null): Promise<LoadOutcome> {
    const stamp = await this.#stampOfDirectory();
    const cache = await this.#scan(named);
    if (this.#isLocked || stamp === (await this.#stampOfDirectory())) return this.#outcome(cache);
    const lock = await DirectoryLock.share(this.#path);
    try {
      return this.#outcome(await this.#scan(null));
    } finally {
      await lock?.release();
    }
  }

  /** Changes whenever an edit of several files begins or ends: what was read across that may be half of one. */
  async #stampOfDirectory(): Promise<string> {
    const [directory, pending] = await Promise.all(
      [this.#path, pendingEditPath(this.#path)].map((path) => stat(path, { bigint: true }).catch(() => null)),
    );
    return `${directory?.ino}:${directory?.mtimeNs}:${pending?.ino}`;
  }

  async #scan(named: ReadonlySet<string> | null): Promise<Map<string, CachedFile>> {
    const files = named === null ? null : await this.#changesAt(named);
    if (files !== null) return this.#overlaid(await this.#patched(files));
    this.#found = await findFiles(this.#path);
    return this.#overlaid(await this.#refreshed(this.#found.files));
  }

  /** With what an edit has decided, also where it is not written yet. */
  async #overlaid(cache: Map<string, CachedFile>): Promise<Map<string, CachedFile>> {
    const pending = await readPendingEdit(this.#path);
    if (pending === null) return cache;
    const clock = new Slices();
    for (const [below, text] of pending) {
      const path = join(this.#path, below);
      if (text === null) cache.delete(path);
      else cache.set(path, await this.#parsePending(path, resourceFile(below, new TextEncoder().encode(text)), clock));
    }
    return byPath(cache);
  }

  async #parsePending(path: string, content: ResourceFile, clock: Slices): Promise<CachedFile> {
    const before = this.#cache.get(path);
    const parsed = before && isSame(before.content, content) ? before.parsed : await parseContent(path, content.content, clock);
    return { stamp: "", settled: false, content, parsed };
  }

  /** The resource files at these paths, null where there is none any more; null when only a look everywhere can tell. */
  async #changesAt(paths: ReadonlySet<string>): Promise<ReadonlyMap<string, FoundFile | null> | null> {
    const { directories, faults, hasLinks } = this.#found;
    if (hasLinks || faults.length > 0 || !directories.includes(this.#path)) return null;
    const files = new Map<string, FoundFile | null>();
    for (const path of paths) {
      const file = await findFile(path);
      if (file === "anything" || (file === "gone" && directories.includes(path))) return null;
      if (file !== "nothing") files.set(path, file === "gone" ? null : file);
    }
    return files;
  }

  #outcome(cache: Map<string, CachedFile>): LoadOutcome {
    const { directories, faults } = this.#found;
    const faultsText = JSON.stringify(faults);
    const same = this.#last?.faultsText === faultsText && sameContent(this.#cache, cache);
    this.#cache = cache;
    if (same) return { ...this.#last!, changed: false, directories };
    const [parsed, files]: [ParsedFile[], ResourceFile[]] = [[], []];
    for (const file of cache.values()) {
      parsed.push(file.parsed);
      if (typeof file.content !== "string") files.push(file.content);
    }
    const loaded = gather(parsed, faults, this.#namespace, this.#last?.loaded.set);
    this.#last = { faultsText, loaded, files };
    return { loaded, files, changed: true, directories };
  }

  async #patched(files: ReadonlyMap<string, FoundFile | null>): Promise<Map<string, CachedFile>> {
    const cache = new Map(this.#cache);
    const clock = new Slices();
    let hasMore = false;
    for (const [path, file] of files) {
      const content = file && (await this.#read(file));
      hasMore ||= content !== null && !cache.has(path);
      if (content) cache.set(path, await this.#parse(file, content, clock));
      else cache.delete(path);
    }
    return hasMore ? byPath(cache) : cache;
  }

  async #refreshed(files: readonly FoundFile[]): Promise<Map<string, CachedFile>> {
    const cache = new Map<string, CachedFile>();
    const clock = new Slices();
    for (let at = 0; at < files.length; at += FILES_AT_ONCE) {
      const batch = files.slice(at, at + FILES_AT_ONCE);
      if (clock.isDue) await clock.breathe();
      const read = await Promise.all(batch.map((file) => this.#unchanged(file) ?? this.#read(file)));
      for (const [index, file] of batch.entries()) {
        const content = read[index];
        if (content) cache.set(file.path, await this.#parse(file, content, clock));
      }
    }
    return cache;
  }

  #unchanged({ path, stamp }: FoundFile): CachedFile | null {
    const cached = this.#cache.get(path);
    return cached?.settled && cached.stamp === stamp.text ? cached : null;
  }

  /** Null when the file has gone since it was found. */
  async #read({ path, stamp }: FoundFile): Promise<FileContent | null> {
    const readAtMs = Date.now();
    const content = await readFile(path, stamp.size);
    if (content === null) return null;
    return { content: typeof content === "string" ? content : resourceFile(pathBelow(this.#path, path), content), readAtMs };
  }

  async #parse({ path, stamp }: FoundFile, read: CachedFile | FileContent, clock: Slices): Promise<CachedFile> {
    if ("parsed" in read) return read;
    const settled = read.readAtMs - stamp.modifiedMs > STAMP_GRANULARITY_MS;
    const { content } = read;
    const before = this.#cache.get(path);
    if (before && isSame(before.content, content)) return { ...before, stamp: stamp.text, settled };
    const parsed = await parseContent(path, typeof content === "string" ? content : content.content, clock, before?.parsed);
    return { stamp: stamp.text, settled, content, parsed };
  }
}

interface FileContent {
  readonly content: ResourceFile | string; // a string: why there is none
  readonly readAtMs: number;
}

function byPath(files: ReadonlyMap<string, CachedFile>): Map<string, CachedFile> {
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isSame(before: ResourceFile | string, now: ResourceFile | string): boolean {
  return typeof before === "string" || typeof now === "string" ? before === now : before.digest === now.digest;
}

function sameContent(before: ReadonlyMap<string, CachedFile>, after: ReadonlyMap<string, CachedFile>): boolean {
  if (before.size !== after.size) return false;
  for (const [path, file] of after) if (before.get(path)?.parsed !== file.parsed) return false;
  return true;
}
