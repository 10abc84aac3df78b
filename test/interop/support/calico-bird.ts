import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Child } from "../../../src/lab/child.js";
import type { Host } from "../../../src/lab/host.js";
import { LabError } from "../../../src/lab/lab-error.js";
import type { FamilyName } from "../../../src/lab/speaker.js";
import { until } from "../../../src/lab/until.js";
import { blockOf, CLUSTER_AS, FAMILIES, lanAddress, POOLS } from "./site.js";

/** Releases that differ in what they announce: LOCAL_PREF and metrics came with 3.32. */
export type CalicoRelease = "3.31" | "3.32";

export interface CalicoBirdOptions {
  readonly octet: number;
  readonly mesh: readonly number[]; // octets of all nodes, this one too
  readonly release: CalicoRelease;
  readonly password: string | null; // TCP MD5 (RFC 2385), for all sessions
}

/** A path as BIRD shows it. */
export interface BirdPath {
  readonly prefix: string;
  readonly from: string; // the protocol's name
  readonly nextHop: string | null;
  readonly localPref: number | null;
}

/**
 * BIRD 2 as calico-node runs BIRD 1.6: configured as Calico's confd templates do for a full mesh without encapsulation, started with -R,
 * and ended without a word (the pod's grace period is 0 s).
 */
export class CalicoBird {
  readonly #host: Host;
  readonly #options: CalicoBirdOptions;
  #child: Child | null = null;

  constructor(host: Host, options: CalicoBirdOptions) {
    this.#host = host;
    this.#options = options;
  }

  async start(): Promise<void> {
    writeFileSync(this.#file("bird.conf"), configuration(this.#options));
    const files = ["-c", this.#file("bird.conf"), "-s", this.#file("bird.ctl"), "-P", this.#file("bird.pid")];
    const child = this.#host.spawn("bird", ["-f", "-R", ...files], { log: this.#file("bird.log") });
    this.#child = child;
    await until("BIRD answers", () => {
      child.assertRunning();
      return this.show("status");
    });
  }

  async kill(): Promise<void> {
    await this.#child?.kill();
  }

  /** SIGTERM: it tells its peers that it goes, as on a node that leaves the cluster. */
  async stop(): Promise<void> {
    await this.#child?.stop();
  }

  /** Any `show` command's text. */
  async show(command: string): Promise<string> {
    const output = await this.#host.run("birdc", ["-s", this.#file("bird.ctl"), "show", ...command.split(" ")]);
    if (output.code !== 0 || output.stdout.includes("syntax error"))
      throw new LabError(`birdc show ${command}: ${output.stdout}${output.stderr}`);
    return output.stdout;
  }

  /** What `show protocols all` says of the session with that node. */
  session(octet: number, family: FamilyName): Promise<string> {
    return this.show(`protocols all ${sessionName(octet, family)}`);
  }

  async isEstablished(): Promise<boolean> {
    const peers = this.#options.mesh.filter((octet) => octet !== this.#options.octet);
    const texts = await Promise.all(peers.flatMap((octet) => FAMILIES.map((family) => this.session(octet, family))));
    return texts.every((text) => /BGP state:\s+Established/.test(text));
  }

  /** Every path inside the pools, sorted. */
  async paths(): Promise<readonly BirdPath[]> {
    const texts = await Promise.all(FAMILIES.map((family) => this.show(`route all in ${POOLS[family]}`)));
    return texts.flatMap(parsePaths).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }

  #file(name: string): string {
    return join(this.#host.directory, name);
  }
}

/** Calico's rule for a mesh: of two nodes the one waits whose address is less, as text and not as a number. */
export function isPassive(octet: number, peer: number, family: FamilyName): boolean {
  return lanAddress(peer, family) > lanAddress(octet, family);
}

function configuration(options: CalicoBirdOptions): string {
  return `log stderr all;
router id ${lanAddress(options.octet, "ipv4")};
protocol device { scan time 2; }
protocol direct { ipv4; ipv6; interface -"cali*", -"kube-ipvs*", "*"; }
${FAMILIES.map((family) => familyConfiguration(options, family)).join("")}`;
}

function familyConfiguration(options: CalicoBirdOptions, family: FamilyName): string {
  const block = blockOf(options.octet, family);
  const pool = POOLS[family];
  const hasPriorities = options.release === "3.32";
  return `function calico_aggr_${family}() {
  if (net = ${block}) then { accept; }
  ${hasPriorities ? `if (net ~ ${block} && krt_metric < 1024) then { accept; }` : ""}
  if (net ~ ${block}) then { reject; }
}
function calico_export_to_bgp_peers_${family}() {
  if (defined(ifname)) then { if ((ifname ~ "*.cali") || (ifname ~ "*.calico")) then { reject; } }
  calico_aggr_${family}();
  if (net ~ ${pool}) then { accept; }
}
filter calico_kernel_programming_${family} {
  if (source = RTS_DEVICE) then { reject; } # BIRD 1.6 leaves these out by itself
  ${hasPriorities ? KERNEL_METRIC : ""}
  accept;
}
protocol kernel kernel_${family} {
  learn; persist; scan time 2; metric 0; graceful restart; merge paths on;
  ${family} { import all; export filter calico_kernel_programming_${family}; };
}
protocol static static_${family} { ${family}; route ${block} blackhole; }
${options.mesh
  .filter((peer) => peer !== options.octet)
  .map((peer) => session(options, peer, family))
  .join("")}`;
}

function session({ octet, release, password }: CalicoBirdOptions, peer: number, family: FamilyName): string {
  const hasPriorities = release === "3.32";
  return `protocol bgp ${sessionName(peer, family)} {
  local as ${CLUSTER_AS};
  neighbor ${lanAddress(peer, family)} as ${CLUSTER_AS};
  source address ${lanAddress(octet, family)};
  ${password === null ? "" : `password "${password}";`}
  ttl security off;
  multihop;
  graceful restart;
  connect delay time 2;
  connect retry time 5;
  error wait time 5,30;
  ${family} {
    add paths on;
    gateway recursive;
    import filter { ${hasPriorities ? "if (defined(bgp_local_pref) && (bgp_local_pref > 2147482623)) then preference = 200;" : ""} accept; };
    export filter {
      ${hasPriorities ? EXPORT_PRIORITY : ""}
      calico_export_to_bgp_peers_${family}();
      reject;
    };
  };
  ${isPassive(octet, peer, family) ? "passive on;" : ""}
}
`;
}

const KERNEL_METRIC = `if (source = RTS_BGP && !defined(krt_metric)) then {
    krt_metric = 1024;
    if (defined(bgp_local_pref)) then { krt_metric = 2147483647 - bgp_local_pref; }
    if (krt_metric < 1024) then { preference = 200; }
  }`;

const EXPORT_PRIORITY = `if (source = RTS_BGP && defined(bgp_local_pref)) then {
        krt_metric = 2147483647 - bgp_local_pref;
      } else {
        if (!defined(krt_metric)) then { krt_metric = 1024; }
        bgp_local_pref = 2147483647 - krt_metric;
      }`;

function sessionName(octet: number, family: FamilyName): string {
  return `Mesh_${lanAddress(octet, family).replaceAll(/[.:]/g, "_")}`;
}

/** Reads `show route all`: a prefix stands in the first line of its paths only; a path's attributes are indented. */
function parsePaths(text: string): BirdPath[] {
  const paths: BirdPath[] = [];
  let prefix = "";
  for (const path of text.split(/\n(?=\S| {10,}\S)/)) {
    prefix = /^([0-9a-f.:]+\/\d+)\s/.exec(path)?.[1] ?? prefix;
    const from = /(?:unicast|blackhole) \[(\S+)/.exec(path)?.[1];
    if (from === undefined) continue;
    const localPref = /BGP\.local_pref: (\d+)/.exec(path)?.[1];
    paths.push({
      prefix,
      from,
      nextHop: /BGP\.next_hop: (\S+)/.exec(path)?.[1] ?? null,
      localPref: localPref === undefined ? null : Number(localPref),
    });
  }
  return paths;
}
