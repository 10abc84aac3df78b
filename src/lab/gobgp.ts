import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Child } from "./child.js";
import type { Host } from "./host.js";
import { LabError } from "./lab-error.js";
import {
  DEFAULT_HOLD_TIME_SECONDS,
  type FamilyName,
  familyOf,
  type LearnedRoute,
  type Neighbor,
  type RouteMap,
  type Speaker,
  type SpeakerOptions,
} from "./speaker.js";
import { type Patience, until } from "./until.js";

/** GoBGP's daemon, asked with its own client over a socket file. It does not program the kernel. */
export class GoBgp implements Speaker {
  readonly kind = "GoBGP";
  readonly #host: Host;
  readonly #options: SpeakerOptions;
  #child: Child | null = null;

  constructor(host: Host, options: SpeakerOptions) {
    this.#host = host;
    this.#options = options;
  }

  async start(): Promise<void> {
    writeFileSync(this.#file("gobgpd.toml"), configuration(this.#options));
    const child = this.#host.spawn(
      "gobgpd",
      ["-f", this.#file("gobgpd.toml"), "-p", "--pprof-disable", "--api-hosts", this.#target()],
      {
        log: this.#file("gobgpd.log"),
      },
    );
    this.#child = child;
    await until("GoBGP answers", () => {
      child.assertRunning();
      return this.#ask("global");
    });
    for (const prefix of this.#options.networks ?? []) await this.announce(prefix);
  }

  async stop(): Promise<void> {
    await this.#child?.stop();
  }

  async kill(): Promise<void> {
    await this.#child?.kill();
  }

  pause(): void {
    this.#child?.signal("SIGSTOP");
  }

  resume(): void {
    this.#child?.signal("SIGCONT");
  }

  async sessionState(peer: string): Promise<string> {
    return /BGP state = (\w+)/.exec(await this.#ask("neighbor", peer))?.[1] ?? "unknown";
  }

  async waitEstablished(peer: string, patience?: Patience): Promise<void> {
    const established = async () => (await this.sessionState(peer)).toLowerCase() === "established";
    await until(`GoBGP has the session with ${peer} Established`, established, patience);
  }

  async routes(family: FamilyName): Promise<RouteMap> {
    return parseRoutes(await this.#ask("global", "rib", "-a", family, "-j"));
  }

  async prefixCount(family: FamilyName): Promise<number> {
    return Number(/Destination: (\d+)/.exec(await this.#ask("global", "rib", "summary", "-a", family))?.[1]);
  }

  async announce(prefix: string): Promise<void> {
    await this.#ask("global", "rib", "add", prefix, "-a", familyOf(prefix));
  }

  async withdraw(prefix: string): Promise<void> {
    await this.#ask("global", "rib", "del", prefix, "-a", familyOf(prefix));
  }

  async #ask(...words: readonly string[]): Promise<string> {
    const output = await this.#host.run("gobgp", ["--target", this.#target(), ...words]);
    if (output.code !== 0) throw new LabError(`gobgp ${words.join(" ")}: ${output.stdout}${output.stderr}`);
    return output.stdout;
  }

  #target(): string {
    return `unix://${this.#file("gobgpd.sock")}`;
  }

  #file(name: string): string {
    return join(this.#host.directory, name);
  }
}

function configuration(options: SpeakerOptions): string {
  return `[global.config]
as = ${options.asNumber}
router-id = "${options.routerId}"
port = ${options.port ?? 179}
${options.neighbors.map(neighborTable).join("")}`;
}

function neighborTable(neighbor: Neighbor): string {
  const hold = neighbor.holdTimeSeconds ?? DEFAULT_HOLD_TIME_SECONDS;
  return `
[[neighbors]]
[neighbors.config]
neighbor-address = "${neighbor.address}"
peer-as = ${neighbor.asNumber}
${neighbor.password === undefined ? "" : `auth-password = "${neighbor.password}"\n`}[neighbors.transport.config]
local-address = "${neighbor.localAddress}"
passive-mode = ${neighbor.passive === true}
remote-port = ${neighbor.port ?? 179}
[neighbors.timers.config]
connect-retry = 2
idle-hold-time-after-reset = 2
hold-time = ${hold}
keepalive-interval = ${Math.max(1, Math.floor(hold / 3))}
[neighbors.route-reflector.config]
route-reflector-client = ${neighbor.rrClient === true}
route-reflector-cluster-id = "1.1.1.1"
[[neighbors.afi-safis]]
[neighbors.afi-safis.config]
afi-safi-name = "${familyOf(neighbor.address)}-unicast"
`;
}

interface GoBgpPath {
  readonly best?: boolean;
  readonly attrs?: readonly GoBgpAttribute[];
}

interface GoBgpAttribute {
  readonly type: number;
  readonly nexthop?: string;
  readonly as_paths?: readonly { readonly asns?: readonly number[] }[];
}

function parseRoutes(text: string): RouteMap {
  const table = (text.trim() === "" ? {} : JSON.parse(text)) as Record<string, readonly GoBgpPath[]>;
  const routes = new Map<string, LearnedRoute>();
  for (const [prefix, paths] of Object.entries(table)) {
    const attributes = (paths.find((path) => path.best === true) ?? paths[0])?.attrs ?? [];
    const nextHop = attributes.find((attribute) => attribute.nexthop !== undefined)?.nexthop ?? "";
    const segments = attributes.find((attribute) => attribute.type === 2)?.as_paths ?? [];
    routes.set(prefix, {
      nextHop: /^(0\.0\.0\.0|::)$/.test(nextHop) ? "" : nextHop,
      asPath: segments.flatMap((segment) => segment.asns ?? []),
    });
  }
  return routes;
}
