import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Frr } from "./frr.js";
import type { Host } from "./host.js";
import { Network } from "./network.js";
import { packageRoot } from "./package-root.js";
import { PeregrineNode } from "./peregrine-node.js";
import { blockAffinity, node, ResourceDirectory, resource } from "./resource-directory.js";
import type { Speaker, SpeakerOptions } from "./speaker.js";
import { connectWorkload, forwardPackets } from "./workload.js";

export const NODE_AS = 64512;
export const TOR_AS = 65001;
/** A network behind the ToR router, and a machine in it (the ToR's own loopback). */
export const BEHIND_TOR = { prefix: "203.0.113.0/24", address: "203.0.113.1" } as const;

const NODES = [
  { name: "node-a", octet: 11, workload: "10.244.1.2", block: "10.244.1.0/26" },
  { name: "node-b", octet: 12, workload: "10.244.2.2", block: "10.244.2.0/26" },
] as const;
const TOR_OCTET = 1;
const LOOPBACK_PORT = 1790; // one that needs no root

export interface QuickstartNode {
  readonly name: string;
  readonly address: string;
  readonly block: string;
  readonly host: Host;
  readonly peregrine: PeregrineNode;
  readonly workload: { readonly address: string; readonly host: Host } | null; // none on loopback
}

/** The network of `examples/quickstart/`: two nodes with a workload each, and a ToR router. */
export class Quickstart {
  readonly network: Network;
  readonly #loopback: boolean;

  constructor(kind: "namespaces" | "loopback") {
    this.#loopback = kind === "loopback";
    this.network = new Network(kind);
  }

  readonly torAddress = () => this.#address(TOR_OCTET);

  async start(): Promise<{ readonly nodes: readonly QuickstartNode[]; readonly tor: Speaker }> {
    const hosts = await Promise.all(NODES.map(({ name }) => this.network.host(name)));
    const torHost = await this.network.host("tor");
    if (!this.#loopback) await this.#connect(hosts, torHost);
    const resources = new ResourceDirectory(join(this.network.directory, "resources"));
    for (const [file, text] of this.#examples()) resources.putText(file, text);
    const tor = this.#tor(torHost);
    const nodes = await Promise.all(NODES.map((facts, index) => this.#node(facts, hosts[index] as Host, resources)));
    await Promise.all([tor.start(), ...nodes.map(({ peregrine }) => peregrine.start())]);
    return { nodes, tor };
  }

  async #connect(hosts: readonly Host[], tor: Host): Promise<void> {
    await this.network.lan("lan", [
      { host: tor, interface: "eth0", addresses: [`${this.torAddress()}/24`] },
      ...hosts.map((host, index) => ({
        host,
        interface: "eth0",
        addresses: [`${this.#address((NODES[index] as { octet: number }).octet)}/24`],
      })),
    ]);
    await tor.ip("address", "add", `${BEHIND_TOR.address}/24`, "dev", "lo");
    await Promise.all([tor, ...hosts].map(forwardPackets));
  }

  async #node(facts: (typeof NODES)[number], host: Host, resources: ResourceDirectory): Promise<QuickstartNode> {
    const address = this.#address(facts.octet);
    const where = this.#loopback ? ["--listen", address, "--port", String(LOOPBACK_PORT)] : [];
    const peregrine = new PeregrineNode(host, {
      node: facts.name,
      resources,
      kernel: this.#loopback ? "off" : "on",
      arguments: where,
    });
    const workload = this.#loopback
      ? null
      : {
          address: facts.workload,
          host: await connectWorkload(this.network, host, `work-${facts.name.slice(-1)}`, facts.workload),
        };
    return { name: facts.name, address, block: facts.block, host, peregrine, workload };
  }

  #tor(host: Host): Speaker {
    return existsSync("/usr/lib/frr/bgpd") ? new Frr(host, this.#torOptions()) : this.#peregrineTor(host);
  }

  #torOptions(): SpeakerOptions {
    const port = this.#loopback ? { port: LOOPBACK_PORT } : {};
    return {
      asNumber: TOR_AS,
      routerId: this.torAddress(),
      networks: [BEHIND_TOR.prefix],
      kernel: !this.#loopback,
      neighbors: NODES.map(({ octet }) => ({
        address: this.#address(octet),
        asNumber: NODE_AS,
        localAddress: this.torAddress(),
        ...port,
      })),
      ...port,
    };
  }

  #peregrineTor(host: Host): PeregrineNode {
    const port = this.#loopback ? `:${LOOPBACK_PORT}` : "";
    const resources = new ResourceDirectory(join(this.network.directory, "tor-resources"), [
      node("tor", { ipv4: `${this.torAddress()}/24`, asNumber: TOR_AS }),
      blockAffinity("tor", BEHIND_TOR.prefix),
      ...NODES.map(({ name, octet }) =>
        resource("BGPPeer", name, { peerIP: `${this.#address(octet)}${port}`, asNumber: NODE_AS }),
      ),
    ]);
    const where = this.#loopback ? ["--listen", this.torAddress(), "--port", String(LOOPBACK_PORT)] : [];
    return new PeregrineNode(host, { node: "tor", resources, kernel: this.#loopback ? "off" : "on", arguments: where });
  }

  #address(octet: number): string {
    return `${this.#loopback ? "127" : "10"}.179.0.${octet}`;
  }

  /** The files of `examples/quickstart/`; for loopback with addresses of 127.0.0.0/8 and a port that needs no root. */
  #examples(): readonly (readonly [string, string])[] {
    const directory = join(packageRoot(), "examples", "quickstart");
    const files = readdirSync(directory).filter((name) => name.endsWith(".yaml"));
    return files.map((name) => {
      const text = readFileSync(join(directory, name), "utf8");
      return [name, this.#loopback ? forLoopback(text) : text];
    });
  }
}

function forLoopback(text: string): string {
  return text
    .replaceAll("10.179.0.", "127.179.0.")
    .replace("listenPort: 179", `listenPort: ${LOOPBACK_PORT}`)
    .replace(/peerIP: (\S+)/g, `peerIP: $1:${LOOPBACK_PORT}`);
}
