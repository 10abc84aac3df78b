import { join } from "node:path";
import { Child, type ChildOptions } from "./child.js";
import { type CommandOptions, mustRun, type Output, run } from "./command.js";

export interface HostOptions {
  readonly name: string;
  readonly namespace: string | null; // null: this machine's own network (loopback labs)
  readonly directory: string; // for the files of what runs there
  readonly onSpawn: (child: Child) => void;
}

/** A machine of the lab: a network namespace, or just a name on this machine when the lab has no namespaces. */
export class Host {
  readonly name: string;
  readonly namespace: string | null;
  readonly directory: string;
  readonly #onSpawn: (child: Child) => void;

  constructor(options: HostOptions) {
    this.name = options.name;
    this.namespace = options.namespace;
    this.directory = options.directory;
    this.#onSpawn = options.onSpawn;
  }

  /** Runs a command there; see `run`. */
  run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<Output> {
    return run(...this.#inside(command, args), options);
  }

  /** Runs a command there that must succeed; see `mustRun`. */
  mustRun(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
    return mustRun(...this.#inside(command, args), options);
  }

  /** Starts a daemon there; the network stops it when it closes. */
  spawn(command: string, args: readonly string[], options: Partial<ChildOptions> = {}): Child {
    const child = new Child(...this.#inside(command, args), { log: join(this.directory, "log"), ...options });
    this.#onSpawn(child);
    return child;
  }

  /** `ip` with these words, e.g. `ip("route", "show")`. */
  ip(...words: readonly string[]): Promise<string> {
    const where = this.namespace === null ? [] : ["-n", this.namespace];
    return mustRun("ip", [...where, ...words]);
  }

  /** Sets kernel parameters of this namespace, e.g. `{"net.ipv4.ip_forward": "1"}`. */
  async sysctl(settings: Readonly<Record<string, string>>): Promise<void> {
    await this.mustRun("sh", [
      "-c",
      Object.entries(settings)
        .map(([key, value]) => `echo ${value} > ${sysctlFile(key)}`)
        .join(" && "),
    ]);
  }

  #inside(command: string, args: readonly string[]): [string, readonly string[]] {
    if (this.namespace === null) return [command, args];
    return ["nsenter", [`--net=/run/netns/${this.namespace}`, "--", command, ...args]];
  }
}

function sysctlFile(key: string): string {
  return `/proc/sys/${key.replaceAll(".", "/")}`;
}
