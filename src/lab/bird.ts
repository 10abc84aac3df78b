import { readFileSync, writeFileSync } from "node:fs";
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
  type PathSpeaker,
  parseAsPath,
  type RouteMap,
  type SpeakerOptions,
} from "./speaker.js";
import { type Patience, until } from "./until.js";

/** BIRD 2 in the foreground, asked through its control socket. */
export class Bird implements PathSpeaker {
  readonly kind = "BIRD";
  readonly #host: Host;
  #options: SpeakerOptions;
  #networks: ReadonlySet<string> = new Set();
  #child: Child | null = null;
  #hasRun = false;

  constructor(host: Host, options: SpeakerOptions) {
    this.#host = host;
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#networks = new Set(this.#options.networks);
    this.#configure();
    const child = this.#host.spawn(
      "bird",
      ["-f", "-c", this.#file("bird.conf"), "-s", this.#file("bird.ctl"), "-P", this.#file("bird.pid"), ...this.#recovery()],
      {
        log: this.#file("bird.log"),
      },
    );
    this.#child = child;
    this.#hasRun = true;
    await until("BIRD answers", () => {
      child.assertRunning();
      return this.#ask("show status");
    });
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
    return /BGP state:\s+(\S+)/.exec(await this.#ask(`show protocols all ${protocolName(peer)}`))?.[1] ?? "unknown";
  }

  async waitEstablished(peer: string, patience?: Patience): Promise<void> {
    await until(
      `BIRD has the session with ${peer} Established`,
      async () => (await this.sessionState(peer)) === "Established",
      patience,
    );
  }

  async routes(family: FamilyName): Promise<RouteMap> {
    return parseRoutes(await this.#ask(`show route table ${table(family)} primary all`));
  }

  async pathsFrom(peer: string, prefix: string): Promise<readonly LearnedRoute[]> {
    const text = await this.#ask(`show route ${prefix} protocol ${protocolName(peer)} all`);
    return text.split("BGP.origin").slice(1).map(learnedRoute);
  }

  async prefixCount(family: FamilyName): Promise<number> {
    return Number(/for (\d+) networks/.exec(await this.#ask(`show route table ${table(family)} count`))?.[1]);
  }

  async announce(prefix: string): Promise<void> {
    this.#networks = new Set([...this.#networks, prefix]);
    await this.#reconfigure();
  }

  async withdraw(prefix: string): Promise<void> {
    this.#networks = new Set([...this.#networks].filter((other) => other !== prefix));
    await this.#reconfigure();
  }

  /** Any `show` command's text. */
  show(command: string): Promise<string> {
    return this.#ask(`show ${command}`);
  }

  /** Another TCP-MD5 key for a neighbour, from now on. */
  async setPassword(peer: string, password: string): Promise<void> {
    const neighbors = this.#options.neighbors.map((one) => (one.address === peer ? { ...one, password } : one));
    this.#options = { ...this.#options, neighbors };
    await this.#reconfigure();
  }

  /** All it has logged. */
  log(): string {
    return readFileSync(this.#file("bird.log"), "utf8");
  }

  /** -R: it has restarted, and its kernel has kept forwarding. */
  #recovery(): readonly string[] {
    return this.#hasRun && this.#options.restartTimeSeconds !== undefined ? ["-R"] : [];
  }

  async #reconfigure(): Promise<void> {
    this.#configure();
    await this.#ask("configure");
  }

  #configure(): void {
    writeFileSync(this.#file("bird.conf"), configuration(this.#options, [...this.#networks]));
  }

  async #ask(command: string): Promise<string> {
    const output = await this.#host.run("birdc", ["-s", this.#file("bird.ctl"), ...command.split(" ")]);
    if (output.code !== 0 || output.stdout.includes("syntax error"))
      throw new LabError(`birdc ${command}: ${output.stdout}${output.stderr}`);
    return output.stdout;
  }

  #file(name: string): string {
    return join(this.#host.directory, name);
  }
}

function configuration(options: SpeakerOptions, networks: readonly string[]): string {
  const kernel =
    options.kernel === false ? "" : "protocol kernel { ipv4 { export all; }; }\nprotocol kernel { ipv6 { export all; }; }\n";
  return `log stderr all;
router id ${options.routerId};
protocol device { scan time 1; }
${kernel}${staticRoutes("ipv4", networks)}${staticRoutes("ipv6", networks)}${options.neighbors.map((neighbor) => session(options, neighbor)).join("")}`;
}

function staticRoutes(family: FamilyName, networks: readonly string[]): string {
  const routes = networks.filter((prefix) => familyOf(prefix) === family).map((prefix) => `  route ${prefix} blackhole;\n`);
  return `protocol static own_${family} {\n  ${family};\n${routes.join("")}}\n`;
}

function session(options: SpeakerOptions, neighbor: Neighbor): string {
  const family = familyOf(neighbor.address);
  const restart = options.restartTimeSeconds;
  return `protocol bgp ${protocolName(neighbor.address)} {
  local ${neighbor.localAddress} port ${options.port ?? 179} as ${options.asNumber};
  neighbor ${neighbor.address} port ${neighbor.port ?? 179} as ${neighbor.asNumber};
  ${distance(neighbor)}
  strict bind yes;
  hold time ${neighbor.holdTimeSeconds ?? DEFAULT_HOLD_TIME_SECONDS};
  connect delay time 1;
  connect retry time 2;
  error wait time 1, 2;
${restart === undefined ? "" : `  graceful restart on;\n  graceful restart time ${restart};\n`}${neighbor.passive === true ? "  passive yes;\n" : ""}${neighbor.password === undefined ? "" : `  password "${neighbor.password}";\n`}${neighbor.rrClient === true ? "  rr client;\n" : ""}  ${family} { import all; export ${exportRule(neighbor)};${neighbor.addPath === true ? " add paths on;" : ""} };
}
`;
}

function distance({ hops, ttlSecurityHops }: Neighbor): string {
  const limit = ttlSecurityHops ?? hops ?? 1;
  return `${limit === 1 ? "direct" : `multihop ${limit}`};${ttlSecurityHops === undefined ? "" : "\n  ttl security yes;"}`;
}

function exportRule({ prependAs }: Neighbor): string {
  return prependAs === undefined ? "all" : `filter { bgp_path.prepend(${prependAs}); accept; }`;
}

function protocolName(peer: string): string {
  return `peer_${peer.replaceAll(/[.:]/g, "_")}`;
}

function table(family: FamilyName): string {
  return family === "ipv4" ? "master4" : "master6";
}

/** Reads `show route primary all`: a line that starts with a prefix, then indented lines with its attributes. */
function parseRoutes(text: string): RouteMap {
  const routes = new Map<string, LearnedRoute>();
  for (const block of text.split(/\n(?=[0-9a-f])/)) {
    const prefix = /^([0-9a-f.:]+\/\d+)\s/.exec(block)?.[1];
    if (prefix === undefined) continue;
    routes.set(prefix, learnedRoute(block));
  }
  return routes;
}

/** Reads the attributes of one path. */
function learnedRoute(text: string): LearnedRoute {
  return {
    nextHop: /BGP\.next_hop: (\S+)/.exec(text)?.[1] ?? "",
    asPath: parseAsPath(/BGP\.as_path: (.*)/.exec(text)?.[1] ?? ""),
  };
}
