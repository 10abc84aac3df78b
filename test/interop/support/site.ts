import { join } from "node:path";
import { Frr } from "../../../src/lab/frr.js";
import type { Host } from "../../../src/lab/host.js";
import { type Lan, Network } from "../../../src/lab/network.js";
import { PeregrineNode } from "../../../src/lab/peregrine-node.js";
import {
  acceptAllFilter,
  blockAffinity,
  type NodeFacts,
  node,
  ResourceDirectory,
  type ResourceDocument,
  resource,
} from "../../../src/lab/resource-directory.js";
import type { FamilyName } from "../../../src/lab/speaker.js";

export const CLUSTER_AS = 64512;
export const FAMILIES = ["ipv4", "ipv6"] as const satisfies readonly FamilyName[];
export const POOLS = { ipv4: "10.244.0.0/16", ipv6: "fd00:244::/48" } as const;

/** The address of a host on the site's LAN; `octet` 1..254. */
export function lanAddress(octet: number, family: FamilyName): string {
  return family === "ipv4" ? `10.179.0.${octet}` : `fd00:179::${octet.toString(16)}`;
}

/** The block of the node with this octet. */
export function blockOf(octet: number, family: FamilyName): string {
  return family === "ipv4" ? `10.244.${octet}.0/26` : `fd00:244:0:${octet.toString(16)}::/122`;
}

/** Hosts on one LAN, a directory of resources that all Peregrine nodes share, and everything's end in `close()`. */
export class Site {
  readonly network: Network;
  readonly resources: ResourceDirectory;
  readonly hosts: ReadonlyMap<number, Host>;
  readonly lan: Lan;

  private constructor(network: Network, resources: ResourceDirectory, hosts: ReadonlyMap<number, Host>, lan: Lan) {
    this.network = network;
    this.resources = resources;
    this.hosts = hosts;
    this.lan = lan;
  }

  /** A host for each octet, named host-OCTET. */
  static async open(octets: readonly number[], documents: readonly ResourceDocument[] = []): Promise<Site> {
    const network = new Network();
    const hosts = new Map(await Promise.all(octets.map(async (octet) => [octet, await network.host(`host-${octet}`)] as const)));
    const ends = [...hosts].map(([octet, host]) => ({
      host,
      interface: "eth0",
      addresses: [`${lanAddress(octet, "ipv4")}/24`, `${lanAddress(octet, "ipv6")}/64`],
    }));
    const lan = await network.lan("lan", ends);
    const pools = FAMILIES.map((family) => resource("IPPool", `pool-${family}`, { cidr: POOLS[family] }));
    return new Site(network, new ResourceDirectory(join(network.directory, "resources"), [...pools, ...documents]), hosts, lan);
  }

  host(octet: number): Host {
    const host = this.hosts.get(octet);
    if (host === undefined) throw new Error(`no host ${octet}`);
    return host;
  }

  /** A Peregrine on the host with this octet; its Node resource and its blocks of both families are written first. */
  addNode(
    octet: number,
    facts: Omit<NodeFacts, "ipv4" | "ipv6"> = {},
    options: { kernel?: "on" | "off"; arguments?: readonly string[]; environment?: Readonly<Record<string, string>> } = {},
  ): PeregrineNode {
    const name = nodeName(octet);
    this.resources.put(
      node(name, { ipv4: `${lanAddress(octet, "ipv4")}/24`, ipv6: `${lanAddress(octet, "ipv6")}/64`, ...facts }),
    );
    for (const family of FAMILIES) this.resources.put(blockAffinity(name, blockOf(octet, family)));
    return new PeregrineNode(this.host(octet), { node: name, resources: this.resources, kernel: "on", ...options });
  }

  /** FRR on the host with this octet, with a session of each family to the node with the other. */
  frrBeside(octet: number, node: number, asNumber: number, networks: readonly string[]): Frr {
    return new Frr(this.host(octet), {
      ...{ asNumber, networks, routerId: lanAddress(octet, "ipv4") },
      neighbors: FAMILIES.map((family) => ({
        address: lanAddress(node, family),
        asNumber: CLUSTER_AS,
        localAddress: lanAddress(octet, family),
      })),
    });
  }

  /** BGPPeers to the router with this octet, one for each family, for every node. */
  addRouter(octet: number, asNumber: number, spec: Readonly<Record<string, unknown>> = {}): void {
    for (const family of FAMILIES) {
      this.resources.put(
        resource("BGPPeer", `router-${octet}-${family}`, { peerIP: lanAddress(octet, family), asNumber, ...spec }),
      );
    }
  }

  /** A filter by which peers get and give everything. */
  addTransitFilter(): void {
    this.resources.put(acceptAllFilter("everything"));
  }

  close(): Promise<void> {
    return this.network.close();
  }
}

export function nodeName(octet: number): string {
  return `node-${octet}`;
}
