import type { Family } from "../../protocol/net/address-family.js";
import { type Asn, asn } from "../../protocol/net/asn.js";
import type { IpAddress } from "../../protocol/net/ip-address.js";
import type { Prefix } from "../../protocol/net/prefix.js";
import type { RouterId } from "../../protocol/net/router-id.js";
import {
  BGP_CONFIGURATION_DEFAULTS,
  type BgpConfigurationSpec,
  type NodeAddress,
  type NodeSpec,
  type Resource,
  type ResourceSet,
} from "../resources/resource-set.js";
import type { Selector } from "../resources/selector.js";
import type { Cause } from "./node-plan.js";
import { PeerIndex } from "./peer-index.js";

/** The TCP port of BGP (RFC 4271 §8.2.1), where no listenPort says otherwise. */
export const BGP_PORT = 179;

const DEFAULT_AS = asn(64512);

/** A Node as peerings see it. */
export interface ClusterNode {
  readonly name: string;
  readonly labels: Resource<NodeSpec>["labels"];
  readonly cause: Cause;
  readonly asNumber: Asn; // its own, else that of the default BGPConfiguration, else 64512
  readonly listenPort: number | null; // as configured for it, else by default; null: nowhere, so 179
  readonly clusterId: RouterId | null;
  readonly endpoints: { readonly [family in Family]: NodeEndpoint | null };
  readonly runsWireguard: { readonly [family in Family]: boolean };
}

/** A node's BGP address in one family. */
export interface NodeEndpoint {
  readonly address: IpAddress;
  readonly text: string; // canonical: the form in which addresses are compared
  readonly network: Prefix;
}

/** The nodes of a cluster, found by name, by address and by selector. Each selector is evaluated once per node. */
export class ClusterView {
  readonly set: ResourceSet;
  readonly configuration: BgpConfigurationSpec; // the default instance
  readonly nodes: readonly ClusterNode[]; // by name
  readonly peers: PeerIndex;
  readonly #resources: readonly Resource<NodeSpec>[]; // that the nodes were made from, at the same place
  readonly #places: NodePlaces;
  readonly #bySelector = new Map<string, readonly ClusterNode[]>();

  /** @param before the view of another set: a node that is the same in both is the same object */
  constructor(set: ResourceSet, before: ClusterView | null = null) {
    this.set = set;
    this.configuration = set.bgpConfigurations.get("default")?.spec ?? BGP_CONFIGURATION_DEFAULTS;
    this.peers = before?.set.bgpPeers === set.bgpPeers ? before.peers : new PeerIndex([...set.bgpPeers.values()]);
    const known = before?.set.bgpConfigurations === set.bgpConfigurations ? before : null;
    this.#resources = [...set.nodes.values()];
    this.nodes = this.#resources.map((node, place) => known?.nodeOf(node, place) ?? this.#clusterNode(node));
    this.#places = known !== null && isPlacedAlike(this.nodes, known.nodes) ? known.#places : new NodePlaces(this.nodes);
  }

  node(name: string): ClusterNode | undefined {
    return this.nodes[this.#places.byName.get(name) ?? -1];
  }

  /** The node with this address, given in canonical text; of several the first by name. */
  ownerOf(address: string): ClusterNode | undefined {
    return this.nodes[this.#places.byAddress.get(address) ?? -1];
  }

  matching(selector: Selector): readonly ClusterNode[] {
    const text = selector.toString();
    let found = this.#bySelector.get(text);
    if (found === undefined) {
      found = this.nodes.filter((node) => selector.matches(node.labels));
      this.#bySelector.set(text, found);
    }
    return found;
  }

  /** The node that was made from this very resource. @param place where it would stand if none before it had come or gone */
  nodeOf(resource: Resource<NodeSpec>, place: number): ClusterNode | undefined {
    if (this.#resources[place] === resource) return this.nodes[place];
    return this.set.nodes.get(resource.name) === resource ? this.node(resource.name) : undefined;
  }

  #clusterNode(node: Resource<NodeSpec>): ClusterNode {
    const { bgp, wireguardIpv4, wireguardIpv6 } = node.spec;
    return {
      name: node.name,
      labels: node.labels,
      cause: node.cause,
      asNumber: bgp?.asNumber ?? this.configuration.asNumber ?? DEFAULT_AS,
      listenPort: this.set.bgpConfigurations.get(`node.${node.name}`)?.spec.listenPort ?? this.configuration.listenPort,
      clusterId: bgp?.routeReflectorClusterId ?? null,
      endpoints: { "ipv4-unicast": endpoint(bgp?.ipv4), "ipv6-unicast": endpoint(bgp?.ipv6) },
      runsWireguard: { "ipv4-unicast": wireguardIpv4 !== null, "ipv6-unicast": wireguardIpv6 !== null },
    };
  }
}

/** Where in the list of nodes one stands. */
class NodePlaces {
  readonly byName = new Map<string, number>();
  readonly byAddress = new Map<string, number>(); // in canonical text; of several nodes the first

  constructor(nodes: readonly ClusterNode[]) {
    for (const [place, node] of nodes.entries()) {
      this.byName.set(node.name, place);
      for (const { text } of endpointsOf(node)) if (!this.byAddress.has(text)) this.byAddress.set(text, place);
    }
  }
}

/** Whether nodes of the same names and addresses stand in the same places. */
function isPlacedAlike(nodes: readonly ClusterNode[], others: readonly ClusterNode[]): boolean {
  const addresses = (node: ClusterNode) =>
    endpointsOf(node)
      .map(({ text }) => text)
      .join();
  const isAlike = (node: ClusterNode, other: ClusterNode) => node.name === other.name && addresses(node) === addresses(other);
  return nodes.length === others.length && nodes.every((node, place) => node === others[place] || isAlike(node, others[place]!));
}

/** The node's endpoints, IPv4 first. */
export function endpointsOf(node: ClusterNode): readonly NodeEndpoint[] {
  const { "ipv4-unicast": ipv4, "ipv6-unicast": ipv6 } = node.endpoints;
  if (ipv4 === null) return ipv6 === null ? [] : [ipv6];
  return ipv6 === null ? [ipv4] : [ipv4, ipv6];
}

/** The family that a session over this address carries: one family a session (reference 4.1). */
export function familyOfAddress(address: IpAddress): Family {
  return address.version === 4 ? "ipv4-unicast" : "ipv6-unicast";
}

function endpoint(given: NodeAddress | null | undefined): NodeEndpoint | null {
  return given ? { address: given.address, text: given.address.toString(), network: given.network } : null;
}
