import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PREFIX = "peregrine-lab-";
const FILE = "record.json";

interface Contents {
  readonly owner: ProcessIdentity;
  readonly namespaces: readonly string[];
  readonly processes: readonly ProcessIdentity[];
}

/** A process and its start time in clock ticks since boot, so that a reused pid is never mistaken for it. */
interface ProcessIdentity {
  readonly pid: number;
  readonly started: string;
}

/**
 * What a lab has made on this machine, kept in a file of the lab's own directory from before each thing is made,
 * so that exactly that can be removed again: by the lab itself, or by the next one when the lab was killed.
 */
export class LabRecord {
  readonly directory: string;
  readonly #namespaces: string[] = [];
  readonly #processes: ProcessIdentity[] = [];

  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
    this.#save();
  }

  addNamespace(name: string): void {
    this.#namespaces.push(name);
    this.#save();
  }

  addProcess(pid: number): void {
    const identity = identify(pid);
    if (identity === null) return;
    this.#processes.push(identity);
    this.#save();
  }

  /** Ends every process, removes every namespace and the directory. Synchronous: it also runs while the process exits. */
  remove({ keepFiles = false } = {}): void {
    removeMade(this.#contents());
    if (keepFiles) rmSync(join(this.directory, FILE));
    else rmSync(this.directory, { recursive: true, force: true });
  }

  #contents(): Contents {
    const owner = identify(process.pid) ?? { pid: process.pid, started: "" };
    return { owner, namespaces: this.#namespaces, processes: this.#processes };
  }

  #save(): void {
    writeFileSync(join(this.directory, FILE), JSON.stringify(this.#contents()));
  }
}

/** Removes what labs left behind whose process is gone (killed, or the machine's power was cut). Returns how many. */
export function sweepDeadLabs(): number {
  let swept = 0;
  for (const entry of readdirSync(tmpdir())) {
    const directory = join(tmpdir(), entry);
    if (!entry.startsWith(PREFIX) || !existsSync(join(directory, FILE)) || !isOurs(directory)) continue;
    const contents = read(join(directory, FILE));
    if (contents === null || isSame(contents.owner)) continue;
    removeMade(contents);
    rmSync(directory, { recursive: true, force: true });
    swept += 1;
  }
  return swept;
}

/** Anyone can make a directory of that name where temporary files are, and would choose what gets killed. */
function isOurs(directory: string): boolean {
  return lstatSync(directory, { throwIfNoEntry: false })?.uid === process.getuid?.();
}

function read(file: string): Contents | null {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Contents;
  } catch {
    return null; // being written by a lab that starts right now
  }
}

function removeMade(contents: Contents): void {
  for (const identity of contents.processes) {
    if (isSame(identity)) kill(identity.pid);
  }
  for (const name of contents.namespaces) {
    if (existsSync(`/run/netns/${name}`)) spawnSync("ip", ["netns", "delete", name]);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it ended just now, or another lab swept it
  }
}

function isSame(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.started === identity.started;
}

function identify(pid: number): ProcessIdentity | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // the name before it may hold spaces
    return { pid, started: fields[19] ?? "" }; // starttime, field 22 of proc(5)
  } catch {
    return null;
  }
}
