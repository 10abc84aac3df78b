import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Child } from "./child.js";
import { mustRun } from "./command.js";
import { Host } from "./host.js";
import { LabRecord, sweepDeadLabs } from "./lab-record.js";

/** One end of a cable. */
export interface End {
  readonly host: Host;
  readonly interface: string; // at most 15 characters
  readonly addresses: readonly string[]; // with prefix length
}

/** A bridge that hosts are plugged into, in a namespace of its own. */
export interface Lan {
  readonly bridge: Host;
  /** Cuts or restores the cable of one host; the host's own interface loses carrier. */
  setLink(host: Host, up: boolean): Promise<void>;
}

let labs = 0;

/**
 * A small network of namespaces on this machine, and the processes in it. Everything has a name of its own, nothing is
 * made in this machine's own namespace (a veth pair is born inside the two namespaces it joins), and `close()` removes
 * exactly what was made, also when the process ends without calling it.
 */
export class Network {
  readonly directory: string;
  readonly #record = new LabRecord();
  readonly #prefix: string;
  readonly #namespaced: boolean;
  readonly #children: Child[] = [];
  readonly #atExit = () => this.#record.remove();
  #closed = false;

  /** @param kind "loopback" needs no root: hosts are then only names and directories */
  constructor(kind: "namespaces" | "loopback" = "namespaces") {
    if (labs === 0) sweepDeadLabs();
    labs += 1;
    this.#namespaced = kind === "namespaces";
    this.#prefix = `pgl-${process.pid}-${labs}`;
    this.directory = this.#record.directory;
    chmodSync(this.directory, 0o755); // daemons that drop root must reach their own directory in it
    process.on("exit", this.#atExit);
  }

  async host(name: string): Promise<Host> {
    const directory = join(this.directory, name);
    mkdirSync(directory);
    const namespace = this.#namespaced ? `${this.#prefix}-${name}` : null;
    const host = new Host({ name, namespace, directory, onSpawn: (child) => this.#adopt(child) });
    if (namespace !== null) await this.#createNamespace(host, namespace);
    return host;
  }

  /** A cable between two hosts. */
  async link(a: End, b: End): Promise<void> {
    await this.#cable(a, b);
    await Promise.all([configure(a), configure(b)]);
  }

  /** A bridge with a cable to each host. */
  async lan(name: string, ends: readonly End[]): Promise<Lan> {
    const bridge = await this.host(name);
    await bridge.ip("link", "add", "br0", "type", "bridge");
    await bridge.ip("link", "set", "br0", "up");
    for (const end of ends) {
      const port = { host: bridge, interface: portName(end.host), addresses: [] };
      await this.#cable(end, port);
      await bridge.ip("link", "set", port.interface, "master", "br0", "up");
      await configure(end);
    }
    return {
      bridge,
      setLink: async (host, up) => void (await bridge.ip("link", "set", portName(host), up ? "up" : "down")),
    };
  }

  /**
   * Stops every process in the network (SIGTERM first), then removes namespaces and files.
   *
   * @param keepFiles leaves `directory` behind, with the logs and configuration files of everything that ran
   */
  async close({ keepFiles = false } = {}): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all(this.#children.map((child) => child.stop(3_000).catch(() => undefined)));
    this.#record.remove({ keepFiles });
    process.off("exit", this.#atExit);
  }

  async #createNamespace(host: Host, namespace: string): Promise<void> {
    this.#record.addNamespace(namespace);
    await mustRun("ip", ["netns", "add", namespace]);
    // No duplicate address detection: a link-local address must be usable as soon as its link is up.
    await host.sysctl({ "net.ipv6.conf.all.accept_dad": "0", "net.ipv6.conf.default.accept_dad": "0" });
    await host.ip("link", "set", "lo", "up");
  }

  async #cable(a: End, b: End): Promise<void> {
    const [near, far] = [a.host.namespace ?? "", b.host.namespace ?? ""];
    await mustRun("ip", ["link", "add", a.interface, "netns", near, "type", "veth", "peer", "name", b.interface, "netns", far]);
  }

  #adopt(child: Child): void {
    this.#children.push(child);
    this.#record.addProcess(child.pid);
  }
}

async function configure(end: End): Promise<void> {
  for (const address of end.addresses) {
    const noDad = address.includes(":") ? ["nodad"] : [];
    await end.host.ip("address", "add", address, "dev", end.interface, ...noDad);
  }
  await end.host.ip("link", "set", end.interface, "up");
}

function portName(host: Host): string {
  return `to-${host.name}`.slice(0, 15);
}
