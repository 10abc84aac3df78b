import { type FileHandle, open } from "node:fs/promises";
import { type FoundFile, type FoundFiles, findFiles, whyUnreadable } from "./find-files.js";
import { gather, type Loaded } from "./gather.js";
import { parseContent, Slices } from "./parse-content.js";
import type { ParsedFile } from "./parse-file.js";
import { digestOf, pathBelow, type ResourceFile } from "./resource-file.js";

const LARGEST_FILE = 16 * 2 ** 20; // octets
const FILES_AT_ONCE = 32;
/** A file changed so short a time before it was read may change again without a new time stamp. */
const STAMP_GRANULARITY_MS = 100;

export const DEFAULT_NAMESPACE = "kube-system";

export interface LoadOptions {
  /** The node agent's namespace, whose Secrets count. */
  readonly namespace?: string;
}

interface CachedFile {
  readonly stamp: string;
  readonly settled: boolean; // the same stamp means the same content
  readonly digest: string;
  readonly content: Uint8Array | null; // null: it could not be read
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
  #cache = new Map<string, CachedFile>();
  #last: { readonly faultsText: string; readonly loaded: Loaded; readonly files: readonly ResourceFile[] } | null = null;

  constructor(path: string, options: LoadOptions = {}) {
    this.#path = path;
    this.#namespace = options.namespace ?? DEFAULT_NAMESPACE;
  }

  /** One load at a time. Never rejects: what goes wrong is a fault. */
  async load(): Promise<LoadOutcome> {
    const found = await findFiles(this.#path);
    const cache = await this.#refresh(found.files);
    const { directories } = found;
    const faultsText = JSON.stringify(found.faults);
    if (this.#last?.faultsText === faultsText && sameContent(this.#cache, cache)) {
      this.#cache = cache;
      return { loaded: this.#last.loaded, files: this.#last.files, changed: false, directories };
    }
    this.#cache = cache;
    const parsed = [...cache.values()].map((file) => file.parsed);
    const loaded = gather(parsed, found.faults, this.#namespace);
    const files = [...cache].flatMap(([path, { digest, content }]) =>
      content === null ? [] : [{ path: pathBelow(this.#path, path), digest, content }],
    );
    this.#last = { faultsText, loaded, files };
    return { loaded, files, changed: true, directories };
  }

  async #refresh(files: FoundFiles["files"]): Promise<Map<string, CachedFile>> {
    const cache = new Map<string, CachedFile>();
    const clock = new Slices();
    for (let at = 0; at < files.length; at += FILES_AT_ONCE) {
      const batch = files.slice(at, at + FILES_AT_ONCE);
      await clock.breathe();
      const read = await Promise.all(batch.map((file) => this.#unchanged(file) ?? readFile(file)));
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

  async #parse({ path, stamp }: FoundFile, read: CachedFile | FileContent, clock: Slices): Promise<CachedFile> {
    if ("parsed" in read) return read;
    const settled = read.readAtMs - stamp.modifiedMs > STAMP_GRANULARITY_MS;
    const before = this.#cache.get(path);
    const parsed = before?.digest === read.digest ? before.parsed : await parseContent(path, read.content, clock);
    const content = typeof read.content === "string" ? null : read.content;
    return { stamp: stamp.text, settled, digest: read.digest, content, parsed };
  }
}

interface FileContent {
  readonly content: Uint8Array | string; // a string: why there is none
  readonly digest: string;
  readonly readAtMs: number;
}

/** Null when the file has gone since it was found. */
async function readFile({ path, stamp }: FoundFile): Promise<FileContent | null> {
  const readAtMs = Date.now();
  const content = stamp.size > LARGEST_FILE ? tooLarge() : await readBounded(path);
  if (content === null) return null;
  return { content, digest: digestOf(content), readAtMs };
}

async function readBounded(path: string): Promise<Uint8Array | string | null> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "r");
    const { size } = await file.stat(); // it may have grown
    return size > LARGEST_FILE ? tooLarge() : await file.readFile();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? null : whyUnreadable(error);
  } finally {
    await file?.close();
  }
}

function tooLarge(): string {
  return `is larger than ${LARGEST_FILE / 2 ** 20} MiB`;
}

function sameContent(before: ReadonlyMap<string, CachedFile>, after: ReadonlyMap<string, CachedFile>): boolean {
  if (before.size !== after.size) return false;
  for (const [path, file] of after) if (before.get(path)?.parsed !== file.parsed) return false;
  return true;
}
