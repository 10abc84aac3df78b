import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RouteView, SessionView, StatusView } from "../../src/api/views.js";
import { runCommandLine } from "../../src/cli/commands.js";
import { ask, askLines } from "../../src/cli/control-client.js";
import { node, ResourceDirectory, type ResourceDocument, resource } from "../../src/lab/resource-directory.js";
import { until } from "../../src/lab/until.js";

/** The built program: `tsc -b` comes first. */
export const MAIN = fileURLToPath(new URL("../../dist/src/main.js", import.meta.url));

export const PORT = 2179;
export const QUICKLY = { deadlineMs: 10_000, everyMs: 20 };

export interface CommandResult {
  readonly code: number | null; // null: ended by a signal
  readonly stdout: string;
  readonly stderr: string;
}

type Environment = Readonly<Record<string, string>>;

/** Runs `peregrine WORDS…` to its end. */
export function peregrine(words: readonly string[], input = "", environment: Environment = {}): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [MAIN, ...words], { env: { ...process.env, ...environment }, timeout: 60_000 });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.stdin.on("error", () => undefined); // a command that does not read its input has closed it
    child.stdin.end(input);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

let lastCommand: Promise<unknown> = Promise.resolve();

/** Runs the same command line in this process, one at a time: a process of its own takes a while to start. */
export function commandLine(words: readonly string[]): Promise<CommandResult> {
  const result = lastCommand.then(() => captured(words));
  lastCommand = result.catch(() => undefined);
  return result;
}

async function captured(words: readonly string[]): Promise<CommandResult> {
  const written = { stdout: "", stderr: "" };
  const write = { stdout: process.stdout.write, stderr: process.stderr.write };
  for (const name of ["stdout", "stderr"] as const) {
    process[name].write = (text: string | Uint8Array) => {
      written[name] += text;
      return true;
    };
  }
  try {
    return { code: await runCommandLine(words), ...written };
  } finally {
    for (const name of ["stdout", "stderr"] as const) process[name].write = write[name];
  }
}

let clusters = 0;

/** Nodes of one resource directory, each a daemon on an address of 127/8 that no other test uses. */
export class Cluster {
  readonly directory = mkdtempSync(join(tmpdir(), "peregrine-daemon-"));
  readonly resources = new ResourceDirectory(join(this.directory, "resources"));
  readonly #daemons: DaemonProcess[] = [];
  readonly #subnet = `127.${2 + (process.pid % 240)}.${((process.pid >> 4) + ++clusters * 16) % 250}.`;

  constructor(...documents: readonly ResourceDocument[]) {
    this.resources.put(resource("BGPConfiguration", "default", { listenPort: PORT }));
    this.resources.put(resource("IPPool", "pool", { cidr: "10.244.0.0/16" }));
    for (const document of documents) this.resources.put(document);
  }

  address(host: number): string {
    return `${this.#subnet}${host}`;
  }

  /** Host `n` is node `n<n>`. */
  putNode(host: number, facts: { readonly asNumber?: number; readonly clusterId?: string } = {}): void {
    this.resources.put(node(`n${host}`, { ipv4: this.address(host), labels: { name: `n${host}` }, ...facts }));
  }

  /** n1's BGPPeer to the node of another host, in AS 65000 + host. */
  putPeer(host: number, spec: Readonly<Record<string, unknown>> = {}): void {
    const peerIP = `${this.address(host)}:${PORT}`;
    this.resources.put(resource("BGPPeer", `to-n${host}`, { node: "n1", peerIP, asNumber: 65000 + host, ...spec }));
  }

  /** Another directory with the resources that there are now, which no later edit touches. */
  copyResources(): string {
    const copy = join(this.directory, "copy");
    cpSync(this.resources.path, copy, { recursive: true });
    return copy;
  }

  control(host: number): string {
    return join(this.directory, `n${host}.sock`);
  }

  state(host: number): string {
    return join(this.directory, `n${host}.state`);
  }

  /** The command line of the daemon of host `n`. */
  runWords(host: number, ...more: readonly string[]): readonly string[] {
    return this.#wordsWith(this.resources.path, host, more);
  }

  /** Starts the daemon of host `n`; it answers when this settles. */
  start(host: number, ...more: readonly string[]): Promise<DaemonProcess> {
    return this.#launch(this.runWords(host, ...more), host);
  }

  /** The same, with other resources than the others have. */
  startApart(host: number, resources: string): Promise<DaemonProcess> {
    return this.#launch(this.#wordsWith(resources, host, []), host);
  }

  #wordsWith(resources: string, host: number, more: readonly string[]): readonly string[] {
    const where = ["--resources", resources, "--control", this.control(host), "--state", this.state(host)];
    const at = ["--listen", this.address(host), "--port", String(PORT), "--kernel", "off"];
    return ["run", "--node", `n${host}`, ...where, ...at, ...more];
  }

  async #launch(words: readonly string[], host: number): Promise<DaemonProcess> {
    const daemon = new DaemonProcess(words, this.control(host));
    this.#daemons.push(daemon);
    await daemon.answers();
    return daemon;
  }

  /** Starts the daemons of these hosts one after the other: of two nodes of a mesh the lower address waits, the higher dials. */
  async startAll(...hosts: readonly number[]): Promise<DaemonProcess[]> {
    const daemons: DaemonProcess[] = [];
    for (const host of hosts) daemons.push(await this.start(host));
    return daemons;
  }

  /** Ends the daemons that still run, each of which has to do so cleanly. */
  async close(): Promise<void> {
    const running = this.#daemons.filter((daemon) => daemon.isRunning);
    const codes = await Promise.all(running.map((daemon) => daemon.stop()));
    rmSync(this.directory, { recursive: true, force: true });
    const unclean = running.find((_, index) => codes[index] !== 0);
    if (unclean !== undefined) throw new Error(`a daemon has not ended cleanly:\n${unclean.log}`);
  }
}

/** A daemon as a child process, known by its process id and its control socket. */
export class DaemonProcess {
  readonly control: string;
  readonly #process: ChildProcess;
  readonly #exit: Promise<number | null>;
  #log = "";

  constructor(words: readonly string[], control: string, environment: Environment = {}) {
    this.control = control;
    this.#process = spawn(process.execPath, [MAIN, ...words], { env: { ...process.env, ...environment }, stdio: "pipe" });
    for (const stream of [this.#process.stdout!, this.#process.stderr!]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#log += text;
      });
    }
    this.#exit = new Promise((resolve) => this.#process.on("close", resolve));
  }

  get pid(): number {
    return this.#process.pid!;
  }

  /** All it has written, to stdout and stderr. */
  get log(): string {
    return this.#log;
  }

  /** Settles with the exit code; null: ended by a signal. */
  get exit(): Promise<number | null> {
    return this.#exit;
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Settles with the exit code; null: SIGTERM has not ended it in time. */
  async stop(): Promise<number | null> {
    const killer = setTimeout(() => this.signal("SIGKILL"), 20_000);
    this.signal("SIGTERM");
    const code = await this.#exit;
    clearTimeout(killer);
    return code;
  }

  async answers(): Promise<void> {
    await until("the daemon answers", () => this.status(), { ...QUICKLY, deadlineMs: 30_000 }).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.#log}`);
    });
  }

  /** Runs a command that asks this daemon. */
  command(...words: readonly string[]): Promise<CommandResult> {
    return commandLine([...words, "--control", this.control]);
  }

  status(): Promise<StatusView> {
    return ask<StatusView>(this.control, "/v1/status");
  }

  async session(address: string): Promise<SessionView> {
    const { sessions } = await this.status();
    const session = sessions.find((candidate) => candidate.address === address);
    if (session === undefined) throw new Error(`no session with ${address}`);
    return session;
  }

  async established(...addresses: readonly string[]): Promise<void> {
    for (const address of addresses) {
      await until(`Established with ${address}`, async () => (await this.session(address)).state === "up", QUICKLY);
    }
  }

  /** The chosen paths. */
  async routes(query = ""): Promise<RouteView[]> {
    const routes: RouteView[] = [];
    for await (const route of askLines<RouteView>(this.control, `/v1/routes?${query}`)) routes.push(route);
    return routes;
  }

  async hasRoute(prefix: string): Promise<boolean> {
    return (await this.routes()).some((route) => route.prefix === prefix);
  }
}

/** One GET; the connection is not kept. */
export function fetchText(url: string): Promise<{ readonly status: number; readonly type: string; readonly body: string }> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, type: String(response.headers["content-type"]), body }),
      );
    }).on("error", reject);
  });
}

/** The text of /metrics, `name{labels} value` lines, as a map. */
export function samplesOf(text: string): ReadonlyMap<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]));
}

/**
 * A counter of the kernel's TCP, of this network namespace, by the name it has in /proc/net/netstat: TCPMD5Failure counts segments
 * dropped for a wrong signature (RFC 2385), TCPMD5NotFound those without the one that was due.
 */
export function tcpCounter(name: string): number {
  const lines = readFileSync("/proc/net/netstat", "utf8").split("\n");
  const [names, values] = lines.filter((line) => line.startsWith("TcpExt:")).map((line) => line.split(" "));
  return Number(values![names!.indexOf(name)]);
}
