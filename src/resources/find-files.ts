import { type BigIntStats, type Dirent, stat as statWithCallback } from "node:fs";
import { lstat, readdir, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { faultAt, type ResourceFault, wholeFile } from "./resource-fault.js";

export interface FoundFile {
  readonly path: string;
  readonly stamp: FileStamp;
}

/** What changes when a file does. */
export interface FileStamp {
  readonly text: string; // device, inode, size, modification time
  readonly size: number;
  readonly modifiedMs: number;
}

export interface FoundFiles {
  readonly files: readonly FoundFile[]; // by path
  readonly directories: readonly string[]; // to watch: those read, and those of the targets of symbolic links
  readonly hasLinks: boolean; // symbolic ones: what an event names may be read under another name
  readonly faults: readonly ResourceFault[];
}

const stat = promisify(statWithCallback); // half the main thread's time of the one that promises

const MOST_FILES = 200_000;
const ENTRIES_AT_ONCE = 64; // a great many at once would hold up the event loop
const RESOURCE_FILE = /\.(?:yaml|yml|json)$/;

/**
 * Finds the resource files below `path` (or `path` itself, when it is a file). Hidden entries are left out, and with
 * them the `..data` of a Kubernetes volume: its files are read through their symbolic links. Backups of editors
 * (`x.yaml~`, `#x.yaml#`) do not end as resource files do.
 */
export async function findFiles(path: string): Promise<FoundFiles> {
  const walk = new Walk();
  await walk.start(path);
  walk.files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return walk;
}

/**
 * What an event in a directory that was read means, where no symbolic link was met: a resource file as it is now, or that
 * there is none; "nothing" for what is not read; "anything" when only `findFiles` can tell.
 */
export async function findFile(path: string): Promise<FoundFile | "gone" | "nothing" | "anything"> {
  if (basename(path).startsWith(".")) return "nothing";
  try {
    const stats = await lstat(path, { bigint: true });
    if (stats.isDirectory() || stats.isSymbolicLink()) return "anything";
    if (!RESOURCE_FILE.test(path)) return "nothing";
    return stats.isFile() ? { path, stamp: stampOf(stats) } : "anything";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "gone" : "anything";
  }
}

function stampOf(stats: BigIntStats): FileStamp {
  const text = `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}`;
  return { text, size: Number(stats.size), modifiedMs: Number(stats.mtimeMs) };
}

class Walk implements FoundFiles {
  hasLinks = false;
  readonly files: FoundFile[] = [];
  readonly faults: ResourceFault[] = [];
  readonly #directories = new Set<string>();
  readonly #seen = new Map<string, string>(); // device and inode of directories → path

  get directories(): string[] {
    return [...this.#directories];
  }

  async start(path: string): Promise<void> {
    const stats = await this.#stat(path);
    if (stats?.isDirectory()) return this.#enter(path, stats);
    this.#directories.add(dirname(path));
    if (stats) this.#addFile(path, stats);
  }

  async #enter(directory: string, stats: BigIntStats): Promise<void> {
    const id = `${stats.dev}:${stats.ino}`;
    const before = this.#seen.get(id);
    if (before !== undefined) {
      this.#fault(directory, `leads to a directory that is read already, as ${before}`, "remove the symbolic link");
      return;
    }
    this.#seen.set(id, directory);
    this.#directories.add(directory);
    const entries = await this.#list(directory);
    const visible = entries.filter((entry) => !entry.name.startsWith("."));
    for (let at = 0; at < visible.length; at += ENTRIES_AT_ONCE) {
      await Promise.all(visible.slice(at, at + ENTRIES_AT_ONCE).map((entry) => this.#visit(directory, entry)));
    }
  }

  async #visit(directory: string, entry: Dirent): Promise<void> {
    const path = join(directory, entry.name);
    if (entry.isSymbolicLink()) this.hasLinks = true;
    if (!entry.isDirectory() && !entry.isSymbolicLink() && !RESOURCE_FILE.test(entry.name)) return;
    const stats = await this.#stat(path);
    if (!stats) return;
    if (stats.isDirectory()) return this.#enter(path, stats);
    if (!RESOURCE_FILE.test(entry.name)) return;
    if (entry.isSymbolicLink()) await this.#watchTarget(path);
    this.#addFile(path, stats);
  }

  #addFile(path: string, stats: BigIntStats): void {
    if (!stats.isFile()) {
      this.#fault(path, "is no regular file");
      return;
    }
    if (this.files.length === MOST_FILES) this.#fault(path, `is one file too many; at most ${MOST_FILES} are read`);
    if (this.files.length >= MOST_FILES) return;
    this.files.push({ path, stamp: stampOf(stats) });
  }

  async #watchTarget(path: string): Promise<void> {
    try {
      this.#directories.add(dirname(await realpath(path)));
    } catch {
      // gone since: whoever took it away caused an event of its own
    }
  }

  async #stat(path: string): Promise<BigIntStats | null> {
    try {
      return await stat(path, { bigint: true });
    } catch (error) {
      this.#fault(path, whyUnreadable(error));
      return null;
    }
  }

  async #list(directory: string): Promise<Dirent[]> {
    try {
      return await readdir(directory, { withFileTypes: true });
    } catch (error) {
      this.#fault(directory, whyUnreadable(error));
      return [];
    }
  }

  #fault(path: string, message: string, remedy?: string): void {
    this.faults.push(faultAt("error", wholeFile(path), remedy ? { message, remedy } : { message }));
  }
}

export function whyUnreadable(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  switch (code) {
    case "ENOENT":
      return "does not exist";
    case "EACCES":
      return "cannot be read: permission denied";
    case "ELOOP":
      return "is a symbolic link that leads back to itself";
    default:
      return `cannot be read: ${code ?? String(error)}`;
  }
}
