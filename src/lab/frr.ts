import { chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Child } from "./child.js";
import { frrConfiguration } from "./frr-configuration.js";
import type { Host } from "./host.js";
import { LabError } from "./lab-error.js";
import {
  type FamilyName,
  familyOf,
  type LearnedRoute,
  type PathSpeaker,
  parseAsPath,
  type RouteMap,
  type SpeakerOptions,
} from "./speaker.js";
import { type Patience, until } from "./until.js";

const DAEMONS = "/usr/lib/frr";

/** FRR's bgpd (and zebra, to program the kernel) with every file in a directory of its own, asked through vtysh. */
export class Frr implements PathSpeaker {
  readonly kind = "FRR";
  readonly #host: Host;
  readonly #options: SpeakerOptions;
  readonly #directory: string;
  #zebra: Child | null = null;
  #bgpd: Child | null = null;

  constructor(host: Host, options: SpeakerOptions) {
    this.#host = host;
    this.#options = options;
    this.#directory = join(host.directory, "frr");
  }

  async start(): Promise<void> {
    mkdirSync(this.#directory, { recursive: true });
    if (isRoot()) chownSync(this.#directory, userId("frr"), groupId("frr")); // its daemons drop root before they open sockets
    writeFileSync(this.#file("zebra.conf"), `hostname ${this.#host.name}\n`);
    writeFileSync(this.#file("bgpd.conf"), frrConfiguration(this.#options));
    writeFileSync(this.#file("vtysh.conf"), "no service integrated-vtysh-config\n");
    if (this.#options.kernel !== false && this.#zebra?.running !== true) this.#zebra = await this.#launch("zebra", []);
    this.#bgpd = await this.#launch("bgpd", ["-p", String(this.#options.port ?? 179), ...this.#withoutZebra()]);
  }

  async stop(): Promise<void> {
    await this.#bgpd?.stop();
    await this.#zebra?.stop();
  }

  async kill(): Promise<void> {
    await this.#bgpd?.kill();
  }

  pause(): void {
    this.#bgpd?.signal("SIGSTOP");
  }

  resume(): void {
    this.#bgpd?.signal("SIGCONT");
  }

  async sessionState(peer: string): Promise<string> {
    const neighbors = JSON.parse(await this.#ask(`show bgp neighbors ${peer} json`)) as Record<string, { bgpState?: string }>;
    return neighbors[peer]?.bgpState ?? "unknown";
  }

  async waitEstablished(peer: string, patience?: Patience): Promise<void> {
    await until(
      `FRR has the session with ${peer} Established`,
      async () => (await this.sessionState(peer)) === "Established",
      patience,
    );
  }

  async routes(family: FamilyName): Promise<RouteMap> {
    return parseRoutes(await this.#ask(`show bgp ${family} unicast json`));
  }

  async pathsFrom(peer: string, prefix: string): Promise<readonly LearnedRoute[]> {
    const { paths = [] } = JSON.parse(await this.#ask(`show bgp ${familyOf(prefix)} unicast ${prefix} json`)) as FrrPaths;
    return paths
      .filter((path) => path.peer?.peerId === peer)
      .map((path) => ({ nextHop: nextHopOf(path), asPath: parseAsPath(path.aspath?.string ?? "") }));
  }

  async prefixCount(family: FamilyName): Promise<number> {
    return Number(/Total Prefixes\s*:\s*(\d+)/.exec(await this.#ask(`show bgp ${family} unicast statistics`))?.[1]);
  }

  announce(prefix: string): Promise<void> {
    return this.#network(prefix, "network");
  }

  withdraw(prefix: string): Promise<void> {
    return this.#network(prefix, "no network");
  }

  /** Another TCP-MD5 key for a neighbour, from now on. */
  async setPassword(peer: string, password: string): Promise<void> {
    await this.#ask("configure terminal", `router bgp ${this.#options.asNumber}`, `neighbor ${peer} password ${password}`);
  }

  /** Any `show` command's text. */
  show(command: string): Promise<string> {
    return this.#ask(`show ${command}`);
  }

  /** Commands of its configuration mode, e.g. a route-map. */
  async configure(...lines: readonly string[]): Promise<void> {
    await this.#ask("configure terminal", ...lines);
  }

  #network(prefix: string, verb: string): Promise<void> {
    return this.configure(
      `router bgp ${this.#options.asNumber}`,
      `address-family ${familyOf(prefix)} unicast`,
      `${verb} ${prefix}`,
    );
  }

  async #launch(daemon: "zebra" | "bgpd", extra: readonly string[]): Promise<Child> {
    const runAs = isRoot() ? [] : ["-S"]; // -S: keeps the user it was started as
    const files = [
      "-f",
      this.#file(`${daemon}.conf`),
      "-i",
      this.#file(`${daemon}.pid`),
      "-z",
      this.#file("zserv.api"),
      "--vty_socket",
      this.#directory,
    ];
    const child = this.#host.spawn(join(DAEMONS, daemon), [...files, "-P", "0", "--log", "stdout", ...runAs, ...extra], {
      log: join(this.#host.directory, `${daemon}.log`),
    });
    await until(`${daemon} answers`, async () => {
      child.assertRunning();
      const output = await this.#host.run("vtysh", [
        "--vty_socket",
        this.#directory,
        "--config_dir",
        this.#directory,
        "-d",
        daemon,
        "-c",
        "show version",
      ]);
      return output.code === 0 && output.stdout.includes("FRRouting");
    });
    return child;
  }

  #withoutZebra(): readonly string[] {
    if (this.#options.kernel !== false) return [];
    return ["-Z", ...this.#options.neighbors.flatMap((neighbor) => ["-l", neighbor.localAddress]).slice(0, 2)];
  }

  async #ask(...commands: readonly string[]): Promise<string> {
    const arguments_ = [
      "--vty_socket",
      this.#directory,
      "--config_dir",
      this.#directory,
      ...commands.flatMap((command) => ["-c", command]),
    ];
    const output = await this.#host.run("vtysh", arguments_, { timeoutMs: 120_000 });
    if (output.code !== 0 || output.stdout.startsWith("% "))
      throw new LabError(`vtysh ${commands.join("; ")}: ${output.stdout}${output.stderr}`);
    return output.stdout;
  }

  #file(name: string): string {
    return join(this.#directory, name);
  }
}

interface FrrPath {
  readonly bestpath?: boolean;
  readonly path?: string;
  readonly nexthops?: readonly { readonly ip?: string; readonly scope?: string }[];
}

/** What `show bgp … PREFIX json` tells; nothing of a prefix that it does not know. */
interface FrrPaths {
  readonly paths?: readonly (Pick<FrrPath, "nexthops"> & {
    readonly peer?: { readonly peerId?: string };
    readonly aspath?: { readonly string?: string };
  })[];
}

function parseRoutes(text: string): RouteMap {
  const table = JSON.parse(text) as { routes?: Record<string, readonly FrrPath[]> };
  const routes = new Map<string, LearnedRoute>();
  for (const [prefix, paths] of Object.entries(table.routes ?? {})) {
    const best = paths.find((path) => path.bestpath === true);
    if (best === undefined) continue;
    routes.set(prefix, { nextHop: nextHopOf(best), asPath: parseAsPath(best.path ?? "") });
  }
  return routes;
}

function nextHopOf({ nexthops }: Pick<FrrPath, "nexthops">): string {
  const address = (nexthops?.find((nextHop) => nextHop.scope !== "link-local") ?? nexthops?.[0])?.ip ?? "";
  return address === "0.0.0.0" || address === "::" ? "" : address;
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function userId(name: string): number {
  return idIn("/etc/passwd", name);
}

function groupId(name: string): number {
  return idIn("/etc/group", name);
}

function idIn(file: string, name: string): number {
  const line = readFileSync(file, "utf8")
    .split("\n")
    .find((entry) => entry.startsWith(`${name}:`));
  if (line === undefined) throw new LabError(`${file} has no ${name}: is FRR installed?`);
  return Number(line.split(":")[2]);
}
