import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { expect } from "vitest";
import { Bird } from "../../../src/lab/bird.js";
import type { Output } from "../../../src/lab/command.js";
import { Frr } from "../../../src/lab/frr.js";
import type { Host } from "../../../src/lab/host.js";
import { Network } from "../../../src/lab/network.js";
import { mainFile, PeregrineNode } from "../../../src/lab/peregrine-node.js";
import { blockAffinity, node, ResourceDirectory, resource } from "../../../src/lab/resource-directory.js";
import { until } from "../../../src/lab/until.js";
import { forwardPackets } from "../../../src/lab/workload.js";
import { ADDRESSES, BORDER, blockOf, CLUSTER_AS, insideOf, NAMES, type NodeName, TOR } from "./how-to-places.js";
import { meshRows, type RowsByNode, rowOf, sessionRows, type UpSince } from "./how-to-sessions.js";
import { kernelRoutes } from "./kernel-routes.js";

const PATIENCE = { deadlineMs: 40_000 };

/** What a line is given, and what it answers. */
interface Words {
  readonly input?: string; // for its standard input
  readonly on?: NodeName;
  readonly says?: string; // on stdout
  readonly warns?: string | RegExp; // on stderr
}

/**
 * Four nodes that read one directory of resources, FRR as their ToR router and BIRD as a border router, all on one LAN;
 * and a shell on each node in which `peregrine` is the built program.
 */
export class HowToCluster {
  readonly resources: ResourceDirectory;
  readonly nodes: ReadonlyMap<NodeName, PeregrineNode>;
  readonly tor: Frr;
  #border: Bird;
  readonly #network: Network;
  readonly #hosts: ReadonlyMap<string, Host>;
  readonly #programs: string;

  private constructor(network: Network, hosts: ReadonlyMap<string, Host>) {
    this.#network = network;
    this.#hosts = hosts;
    this.resources = new ResourceDirectory(join(network.directory, "resources"), [
      resource("IPPool", "pool", { cidr: "10.244.0.0/16" }),
      resource("BGPPeer", "border", { node: "my-node", peerIP: BORDER.address, asNumber: BORDER.asNumber }),
      ...NAMES.filter((name) => name !== "node-b").map((name) => node(name, { ipv4: `${ADDRESSES[name]}/24` })),
      ...NAMES.map((name) => blockAffinity(name, blockOf(name))),
    ]);
    this.resources.putText("kubernetes-node-b.yaml", KUBERNETES_NODE);
    this.nodes = new Map(
      NAMES.map((name) => [name, new PeregrineNode(this.host(name), { node: name, resources: this.resources, kernel: "on" })]),
    );
    this.tor = new Frr(this.host("tor"), {
      asNumber: TOR.asNumber,
      routerId: TOR.address,
      networks: [TOR.network],
      neighbors: NAMES.map((name) => ({ address: ADDRESSES[name], asNumber: CLUSTER_AS, localAddress: TOR.address })),
    });
    this.#border = this.#makeBorder(CLUSTER_AS);
    this.#programs = join(network.directory, "bin");
    installProgram(this.#programs);
  }

  /** Everything runs, and the mesh and the session with BIRD are up. */
  static async open(): Promise<HowToCluster> {
    const network = new Network();
    const names = [...NAMES, "tor", "border"];
    const hosts = new Map(await Promise.all(names.map(async (name) => [name, await network.host(name)] as const)));
    const cluster = new HowToCluster(network, hosts);
    await cluster.#connect();
    await Promise.all([cluster.tor.start(), cluster.#border.start(), ...[...cluster.nodes.values()].map((each) => each.start())]);
    await cluster.established(sessionRows((at) => meshRows(at)));
    return cluster;
  }

  close(): Promise<void> {
    return this.#network.close();
  }

  host(name: string): Host {
    return this.#hosts.get(name)!;
  }

  node(name: NodeName): PeregrineNode {
    return this.nodes.get(name)!;
  }

  get border(): Bird {
    return this.#border;
  }

  /** What a person types on a node: a line for a shell, and what goes into its standard input. */
  type(line: string, { on = "node-a", input = "" }: Pick<Words, "on" | "input"> = {}): Promise<Output> {
    const environment = {
      PATH: `${this.#programs}${delimiter}${process.env["PATH"]}`,
      PEREGRINE_RESOURCES: this.resources.path,
      PEREGRINE_CONTROL: this.node(on).control,
    };
    return this.host(on).run("sh", ["-c", line], { input, environment });
  }

  /** Types a line that works, and says and warns of just this. */
  async typed(line: string, { says = "", warns = "", ...how }: Words = {}): Promise<void> {
    const stderr = typeof warns === "string" ? warns : expect.stringMatching(warns);
    expect(await this.type(line, how)).toEqual({ code: 0, stdout: says, stderr });
  }

  /** Types a line that works and changes files, and settles when every node has accepted them. */
  async typedAndFollowed(line: string, words: Words = {}): Promise<void> {
    const before = Date.now();
    await this.typed(line, words);
    await until("every node has accepted the change", async () => {
      const accepted = await Promise.all([...this.nodes.values()].map(async (daemon) => (await daemon.status()).resources));
      return accepted.every(({ state, acceptedAt }) => state === "accepted" && Date.parse(acceptedAt) >= before);
    });
  }

  /** Passes when every node has exactly these sessions, all Established, and still the same at a second look. @returns since when */
  established(expected: RowsByNode): Promise<UpSince> {
    const what = "the sessions of every node are as they should be, and Established";
    let last: UpSince = new Map();
    const isSteady = async () => {
      const before = last;
      last = await this.#sessionsAre(expected);
      return isDeepStrictEqual(last, before) && last;
    };
    return until(what, isSteady, PATIENCE);
  }

  async #sessionsAre(expected: RowsByNode): Promise<UpSince> {
    const since = new Map<string, string>();
    for (const [name, daemon] of this.nodes) {
      const { sessions, clusterId } = await daemon.status();
      const rows = sessions.map((session) => rowOf(session, clusterId));
      expect({ node: name, sessions: rows.sort() }).toEqual({ node: name, sessions: [...expected.get(name)!].sort() });
      for (const session of sessions) {
        expect(session).toMatchObject({ state: "up", bgpState: "Established" });
        since.set(`${name} ${session.address}`, session.since);
      }
    }
    return since;
  }

  /** Why this node's newest session with this address ended, in the words of its log. */
  endOf(name: NodeName, peer: string): string | undefined {
    const lines = readFileSync(join(this.host(name).directory, "peregrine.log"), "utf8")
      .trimEnd()
      .split("\n");
    const ends = lines.map((line) => JSON.parse(line)).filter((entry) => entry.peer === peer && "by" in entry);
    return ends.at(-1)?.msg;
  }

  /** Passes when our routes in the kernel of every node are these, e.g. "10.244.12.0/26 via 10.0.0.12", besides the node's own blackhole. */
  async kernelsHold(expected: (at: NodeName) => readonly string[]): Promise<void> {
    for (const name of NAMES) {
      const wanted = [`${blockOf(name)} blackhole`, ...expected(name)].sort();
      await until(`the kernel of ${name} is as it should be`, async () => {
        const routes = [...(await kernelRoutes(this.host(name), "ipv4")).values()];
        const lines = routes.map(({ prefix, type, nextHops }) => `${prefix} ${nextHops.length > 0 ? `via ${nextHops}` : type}`);
        expect(lines.sort()).toEqual(wanted);
        return true;
      });
    }
  }

  /** Passes when FRR has exactly these sessions Established, and these prefixes by these AS paths besides its own network. */
  async torHas(neighbors: readonly NodeName[], routes: Readonly<Record<string, readonly number[]>>): Promise<void> {
    await until("FRR has the sessions and routes", async () => {
      const states = await Promise.all(NAMES.map((name) => this.tor.sessionState(ADDRESSES[name])));
      expect(NAMES.filter((_, index) => states[index] === "Established")).toEqual(neighbors);
      const table = [...(await this.tor.routes("ipv4"))].map(([prefix, { asPath }]) => [prefix, asPath] as const);
      expect(Object.fromEntries(table)).toEqual({ [TOR.network]: [], ...routes });
      return true;
    });
  }

  /** Passes when BIRD has exactly these prefixes by these next hops, besides its own network. */
  async borderHas(routes: Readonly<Record<string, string>>): Promise<void> {
    await until("BIRD has the session and routes", async () => {
      expect(await this.#border.sessionState(ADDRESSES["my-node"])).toBe("Established");
      const table = [...(await this.#border.routes("ipv4"))].map(([prefix, { nextHop }]) => [prefix, nextHop] as const);
      expect(Object.fromEntries(table)).toEqual({ [BORDER.network]: "", ...routes });
      return true;
    });
  }

  /** Passes when a packet from inside the node's block comes back from this address. */
  async reaches(from: NodeName, address: string): Promise<void> {
    const ping = ["-c", "1", "-W", "1", "-I", insideOf(from), address];
    await until(`${from} reaches ${address}`, async () => (await this.host(from).run("ping", ping)).code === 0);
  }

  /** FRR's operator lets each node have the AS it says, if it is another than FRR's own. */
  torTakesAnyAs(): Promise<void> {
    const neighbors = Object.values(ADDRESSES).map((address) => `neighbor ${address} remote-as external`);
    return this.tor.configure(`router bgp ${TOR.asNumber}`, ...neighbors);
  }

  /** BIRD's operator gives it another idea of the cluster's AS. */
  async restartBorder(clusterAs: number): Promise<void> {
    await this.#border.stop();
    this.#border = this.#makeBorder(clusterAs);
    await this.#border.start();
  }

  #makeBorder(clusterAs: number): Bird {
    return new Bird(this.host("border"), {
      asNumber: BORDER.asNumber,
      routerId: BORDER.address,
      networks: [BORDER.network],
      neighbors: [{ address: ADDRESSES["my-node"], asNumber: clusterAs, localAddress: BORDER.address }],
    });
  }

  async #connect(): Promise<void> {
    const end = (name: string, address: string) => ({ host: this.host(name), interface: "eth0", addresses: [`${address}/24`] });
    await this.#network.lan("lan", [
      end("tor", TOR.link),
      end("border", BORDER.address),
      ...NAMES.map((name) => end(name, ADDRESSES[name])),
    ]);
    const tor = this.host("tor");
    for (const address of [`${TOR.address}/32`, `${TOR.inside}/24`]) await tor.ip("address", "add", address, "dev", "lo");
    await forwardPackets(tor);
    for (const name of NAMES) {
      await this.host(name).ip("route", "add", TOR.address, "via", TOR.link);
      await this.host(name).ip("address", "add", `${insideOf(name)}/32`, "dev", "lo");
      await forwardPackets(this.host(name));
    }
  }
}

/** One of the nodes is Kubernetes' own resource, whose BGP settings are annotations. */
const KUBERNETES_NODE = `apiVersion: v1
kind: Node
metadata:
  name: node-b
  annotations:
    projectcalico.org/IPv4Address: 10.0.0.12/24
`;

function installProgram(directory: string): void {
  mkdirSync(directory);
  const program = join(directory, "peregrine");
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${mainFile()}" "$@"\n`);
  chmodSync(program, 0o755);
}
