import { existsSync } from "node:fs";
import { join } from "node:path";
import type { KernelRouteView, RouteView, SessionView, StatusView } from "../api/views.js";
import { ask, askLines } from "../cli/control-client.js";
import type { Child } from "./child.js";
import type { Output } from "./command.js";
import type { Host } from "./host.js";
import { LabError } from "./lab-error.js";
import { packageRoot } from "./package-root.js";
import { blockAffinity, blockName, type ResourceDirectory } from "./resource-directory.js";
import { type FamilyName, type LearnedRoute, parseAsPath, type RouteMap, type Speaker } from "./speaker.js";
import { type Patience, until } from "./until.js";

export interface PeregrineOptions {
  readonly node: string; // name of its Node resource
  readonly resources: ResourceDirectory;
  readonly kernel: "on" | "off" | "observe";
  readonly arguments?: readonly string[]; // more of `peregrine run`
  readonly environment?: Readonly<Record<string, string>>;
}

/** Our own daemon: the built one, started as a user starts it, asked over its control socket. */
export class PeregrineNode implements Speaker {
  readonly kind = "Peregrine";
  readonly control: string;
  readonly #host: Host;
  readonly #options: PeregrineOptions;
  #child: Child | null = null;

  constructor(host: Host, options: PeregrineOptions) {
    this.#host = host;
    this.#options = options;
    this.control = join(host.directory, "control.sock");
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get running(): boolean {
    return this.#child?.running === true;
  }

  async start(): Promise<void> {
    const child = this.launch();
    await until(`${this.#options.node} answers`, () => {
      child.assertRunning();
      return this.status();
    });
  }

  /** Starts it without waiting for an answer. */
  launch(): Child {
    const { node, resources, kernel } = this.#options;
    const where = [
      "--node",
      node,
      "--resources",
      resources.path,
      "--state",
      join(this.#host.directory, "state"),
      "--control",
      this.control,
    ];
    const child = this.#host.spawn(
      process.execPath,
      [mainFile(), "run", ...where, "--kernel", kernel, ...(this.#options.arguments ?? [])],
      {
        log: join(this.#host.directory, "peregrine.log"),
        environment: this.#options.environment ?? {},
      },
    );
    this.#child = child;
    return child;
  }

  async stop(): Promise<void> {
    await this.#child?.stop(10_000);
  }

  async kill(): Promise<void> {
    await this.#child?.kill();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.signal(signal);
  }

  pause(): void {
    this.signal("SIGSTOP");
  }

  resume(): void {
    this.signal("SIGCONT");
  }

  /** Resolves with the exit code of the daemon. */
  exited(deadlineMs: number): Promise<number> {
    if (this.#child === null) throw new LabError(`${this.#options.node} was never started`);
    return this.#child.exited(deadlineMs);
  }

  /** The last lines it logged. */
  logTail(lines?: number): string {
    return this.#child?.logTail(lines) ?? "";
  }

  status(): Promise<StatusView> {
    return ask<StatusView>(this.control, "/v1/status");
  }

  async session(peer: string): Promise<SessionView> {
    const session = (await this.status()).sessions.find(({ address }) => address === peer);
    if (session === undefined) throw new LabError(`${this.#options.node} has no session with ${peer}`);
    return session;
  }

  async sessionState(peer: string): Promise<string> {
    return (await this.session(peer)).bgpState;
  }

  async waitEstablished(peer: string, patience?: Patience): Promise<void> {
    const what = `${this.#options.node} has the session with ${peer} Established`;
    await until(what, async () => (await this.session(peer)).bgpState === "Established", patience).catch((error: Error) => {
      throw new LabError(`${error.message}\n${this.logTail()}`);
    });
  }

  async waitAllEstablished(patience?: Patience): Promise<void> {
    await until(
      `every session of ${this.#options.node} is Established`,
      async () => (await this.status()).sessions.every(({ bgpState }) => bgpState === "Established"),
      patience,
    );
  }

  async routes(family: FamilyName): Promise<RouteMap> {
    const routes = new Map<string, LearnedRoute>();
    for (const { prefix, attributes } of await this.locRib()) {
      if (prefix.includes(":") !== (family === "ipv6")) continue;
      routes.set(prefix, { nextHop: attributes.nextHop ?? "", asPath: parseAsPath(attributes.asPath) });
    }
    return routes;
  }

  /** The chosen path of every prefix, both families. */
  async locRib(): Promise<readonly RouteView[]> {
    const routes: RouteView[] = [];
    for await (const route of askLines<RouteView>(this.control, "/v1/routes?")) if (route.best) routes.push(route);
    return routes;
  }

  /** Every path to a prefix that one peer has told it. */
  async pathsFrom(peer: string, prefix: string): Promise<readonly RouteView[]> {
    const routes: RouteView[] = [];
    const query = new URLSearchParams({ in: peer, prefix });
    for await (const route of askLines<RouteView>(this.control, `/v1/routes?${query}`)) routes.push(route);
    return routes;
  }

  /** What it wants in the kernel, and how that went. */
  async kernelRoutes(): Promise<readonly KernelRouteView[]> {
    const routes: KernelRouteView[] = [];
    for await (const route of askLines<KernelRouteView>(this.control, "/v1/routes?kernel=1")) routes.push(route);
    return routes;
  }

  async prefixCount(family: FamilyName): Promise<number> {
    const table = (await this.status()).tables.find((view) => view.family.toLowerCase().startsWith(family));
    return table?.prefixes ?? 0;
  }

  /** Gives the node a block of its own. */
  announce(prefix: string): Promise<void> {
    this.#options.resources.put(blockAffinity(this.#options.node, prefix));
    return Promise.resolve();
  }

  withdraw(prefix: string): Promise<void> {
    this.#options.resources.remove("BlockAffinity", blockName(this.#options.node, prefix));
    return Promise.resolve();
  }

  /** Runs a reading command against this daemon, e.g. `command("status")`. */
  command(...words: readonly string[]): Promise<Output> {
    return this.#host.run(process.execPath, [mainFile(), ...words, "--control", this.control]);
  }
}

/** The built program. Throws LabError when there is no build. */
export function mainFile(): string {
  const file = join(packageRoot(), "dist", "src", "main.js");
  if (!existsSync(file)) throw new LabError(`${file} is not there: run "npm run build"`);
  return file;
}
