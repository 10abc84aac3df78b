import { constants } from "node:fs";
import { access, type FileHandle, open, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { err, ok, type Result } from "../../protocol/result.js";
import { warning } from "../plan/fault.js";
import type { PlanFault } from "../plan/node-plan.js";
import { parseEndpointStatus, type WorkloadEndpoint } from "./endpoint-status.js";

const MOST_FILES = 10_000; // a node has some hundred workloads
const LARGEST_FILE = 64 * 1024; // octets
const FILES_AT_ONCE = 32;
const MOST_FAULTS = 20;

/** The workloads of this node that are BGP peers, by file name, and what is wrong with the files that tell of them. */
export interface WorkloadEndpoints {
  readonly endpoints: readonly WorkloadEndpoint[];
  readonly faults: readonly PlanFault[];
}

export interface WorkloadLoad {
  readonly workloads: WorkloadEndpoints;
  readonly changed: boolean; // since the load before
  readonly directories: readonly string[]; // where a change can come from
}

/**
 * Loads Felix' directory of endpoint statuses again and again.
 *
 * Felix writes its files in place, so that one may be found empty or cut short: while a file cannot be understood, what it said
 * before holds, for as long as it is there.
 */
export class EndpointStatusLoader {
  readonly #directory: string;
  #known: ReadonlyMap<string, WorkloadEndpoint | null> = new Map(); // by file name
  #lastText = "";

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Never rejects: what goes wrong is a fault. */
  async load(): Promise<WorkloadLoad> {
    const names = await this.#names();
    const faults: PlanFault[] = [];
    const known = new Map<string, WorkloadEndpoint | null>();
    if (!names.ok) faults.push(this.#fault(this.#directory, names.error));
    for (const [name, status] of await this.#read(names.ok ? names.value : [])) {
      if (status.ok) known.set(name, status.value);
      else known.set(name, this.#known.get(name) ?? null);
      if (!status.ok && status.error !== EMPTY) faults.push(this.#fault(join(this.#directory, name), status.error));
    }
    this.#known = known;
    const endpoints = [...known.values()].filter((endpoint) => endpoint !== null);
    const workloads = { endpoints, faults: faults.slice(0, MOST_FAULTS) };
    const text = JSON.stringify(workloads);
    const changed = text !== this.#lastText;
    this.#lastText = text;
    return { workloads, changed, directories: [await nearestDirectory(this.#directory)] };
  }

  /** No directory is no fault: a node without Felix has none. */
  async #names(): Promise<Result<readonly string[], string>> {
    try {
      const names = (await readdir(this.#directory)).filter((name) => !name.startsWith(".")).sort();
      return names.length > MOST_FILES ? err(`has ${names.length} files; at most ${MOST_FILES} are read`) : ok(names);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return code === "ENOENT" ? ok([]) : err(`cannot be read: ${code}`);
    }
  }

  /** The statuses of files that are still there. */
  async #read(names: readonly string[]): Promise<readonly (readonly [string, Result<WorkloadEndpoint | null, string>])[]> {
    const statuses: (readonly [string, Result<WorkloadEndpoint | null, string>])[] = [];
    for (let at = 0; at < names.length; at += FILES_AT_ONCE) {
      const batch = names.slice(at, at + FILES_AT_ONCE);
      const texts = await Promise.all(batch.map((name) => readRegularFile(join(this.#directory, name))));
      for (const [index, name] of batch.entries()) {
        const text = texts[index]!;
        if (text !== GONE) statuses.push([name, text.ok ? parseEndpointStatus(name, text.value) : text]);
      }
    }
    return statuses;
  }

  #fault(file: string, message: string): PlanFault {
    const remedy = "Felix writes it anew when the workload changes";
    return warning(`endpoint status ${file} ${message}. ${remedy}`, { kind: "EndpointStatus", name: file, file, line: 1 });
  }
}

const GONE = "gone";
const EMPTY = "is empty";

/** No symbolic link, no pipe that would hold us up, and no more than LARGEST_FILE octets. */
async function readRegularFile(path: string): Promise<Result<string, string> | typeof GONE> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if (!(await file.stat()).isFile()) return err("is no regular file");
    const buffer = Buffer.alloc(LARGEST_FILE + 1);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    if (bytesRead > LARGEST_FILE) return err(`is larger than ${LARGEST_FILE / 1024} KiB`);
    return bytesRead === 0 ? err(EMPTY) : ok(buffer.toString("utf8", 0, bytesRead));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return GONE;
    return err(code === "ELOOP" ? "is a symbolic link" : `cannot be read: ${code}`);
  } finally {
    await file?.close();
  }
}

/** The directory itself or, until it is there, the one in which its path begins. */
async function nearestDirectory(path: string): Promise<string> {
  try {
    await access(path);
    return path;
  } catch {
    return dirname(path) === path ? path : nearestDirectory(dirname(path));
  }
}
