import { asn } from "../../protocol/net/asn.js";
import type { IpAddress } from "../../protocol/net/ip-address.js";
import { Prefix } from "../../protocol/net/prefix.js";
import { routerId } from "../../protocol/net/router-id.js";
import { parseIpAddress, parsePrefix } from "../../protocol/net/text.js";
import type { Result } from "../../protocol/result.js";
import {
  BGP_CONFIGURATION_DEFAULTS,
  type BgpConfigurationSpec,
  type BgpFilterSpec,
  type BgpPeerSpec,
  type BlockAffinitySpec,
  type IpPoolSpec,
  type Kind,
  type NodeSpec,
  type Resource,
  type ResourceSet,
  type SecretSpec,
} from "../../src/resources/resource-set.js";
import { SecretValue } from "../../src/resources/secret-value.js";
import { Selector } from "../../src/resources/selector.js";

/** What a test says of a set; everything else has its default. */
export interface SetDescription {
  readonly nodes: readonly NodeDescription[];
  readonly peers?: readonly (Partial<BgpPeerSpec> & { readonly name: string })[];
  readonly configurations?: readonly (Partial<BgpConfigurationSpec> & { readonly name: string })[];
  readonly filters?: readonly (Partial<BgpFilterSpec> & { readonly name: string })[];
  readonly pools?: readonly (Partial<IpPoolSpec> & { readonly name: string; readonly cidr: Prefix })[];
  readonly blocks?: readonly (Partial<BlockAffinitySpec> & {
    readonly name: string;
    readonly cidr: Prefix;
    readonly node: string;
  })[];
  readonly secrets?: readonly { readonly name: string; readonly values: { readonly [key: string]: string } }[];
}

export interface NodeDescription {
  readonly name: string;
  readonly labels?: { readonly [key: string]: string };
  readonly ipv4?: string | null; // with or without length
  readonly ipv6?: string | null;
  readonly asNumber?: number | null;
  readonly clusterId?: number | null;
  readonly podCidrs?: readonly Prefix[];
  readonly wireguardIpv4?: IpAddress;
  readonly wireguardIpv6?: IpAddress;
}

/** A ResourceSet as the loader would make it, without its text. */
export function typedSet(description: SetDescription): ResourceSet {
  return {
    nodes: byName(description.nodes, (node) => resource("Node", node.name, nodeSpec(node), node.labels)),
    bgpPeers: byName(description.peers, ({ name, ...spec }) => resource("BGPPeer", name, { ...PEER_DEFAULTS, ...spec })),
    bgpConfigurations: byName(description.configurations, ({ name, ...spec }) =>
      resource("BGPConfiguration", name, { ...BGP_CONFIGURATION_DEFAULTS, ...spec }),
    ),
    bgpFilters: byName(description.filters, ({ name, ...spec }) => resource("BGPFilter", name, { ...FILTER_DEFAULTS, ...spec })),
    ipPools: byName(description.pools, ({ name, ...spec }) => resource("IPPool", name, { ...POOL_DEFAULTS, ...spec })),
    blockAffinities: byName(description.blocks, ({ name, ...spec }) =>
      resource("BlockAffinity", name, { state: "confirmed", type: "host", ...spec } as BlockAffinitySpec),
    ),
    ipReservations: new Map(),
    calicoNodeStatuses: new Map(),
    secrets: byName(description.secrets, ({ name, values }) => resource("Secret", name, secretSpec(values))),
    services: new Map(),
    endpointSlices: new Map(),
  };
}

export function ip(text: string): IpAddress {
  return must(parseIpAddress(text));
}

export function prefix(text: string): Prefix {
  return must(parsePrefix(text));
}

export function selector(text: string): Selector {
  return must(Selector.parse(text));
}

export function must<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

const PEER_DEFAULTS: BgpPeerSpec = {
  node: null,
  nodeSelector: null,
  peerIp: null,
  peerSelector: null,
  localWorkloadSelector: null,
  asNumber: null,
  localAsNumber: null,
  nextHopMode: "Auto",
  keepOriginalNextHop: false,
  password: null,
  sourceAddress: "UseNodeIP",
  maxRestartTimeSeconds: null,
  keepaliveTimeSeconds: null,
  numAllowedLocalAsNumbers: 0,
  ttlSecurity: null,
  reachableBy: null,
  filters: [],
  reversePeering: "Auto",
};

const FILTER_DEFAULTS: BgpFilterSpec = { exportV4: [], importV4: [], exportV6: [], importV6: [] };

const POOL_DEFAULTS: Omit<IpPoolSpec, "cidr"> = {
  ipipMode: "Never",
  vxlanMode: "Never",
  disableBgpExport: false,
  disabled: false,
  blockSize: 26,
};

function byName<D extends { readonly name: string }, S>(
  descriptions: readonly D[] | undefined,
  make: (description: D) => Resource<S>,
): ReadonlyMap<string, Resource<S>> {
  const sorted = [...(descriptions ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
  return new Map(sorted.map((description) => [description.name, make(description)]));
}

function resource<S>(kind: Kind, name: string, spec: S, labels: { readonly [key: string]: string } = {}): Resource<S> {
  return { kind, name, labels: new Map(Object.entries(labels)), spec, cause: { kind, name, file: "set.yaml", line: 1 } };
}

function nodeSpec(node: NodeDescription): NodeSpec {
  const [ipv4, ipv6] = [node.ipv4, node.ipv6].map((text) => (text ? nodeAddress(text) : null));
  const asNumber = node.asNumber ? asn(node.asNumber) : null;
  const routeReflectorClusterId = node.clusterId ? routerId(node.clusterId) : null;
  return {
    bgp: ipv4 || ipv6 ? { ipv4: ipv4 ?? null, ipv6: ipv6 ?? null, asNumber, routeReflectorClusterId } : null,
    kubernetesName: null,
    wireguardIpv4: node.wireguardIpv4 ?? null,
    wireguardIpv6: node.wireguardIpv6 ?? null,
    podCidrs: node.podCidrs ?? [],
  };
}

function nodeAddress(text: string) {
  const [address, length] = text.split("/");
  const parsed = ip(address!);
  return { address: parsed, network: Prefix.of(parsed, length === undefined ? parsed.bits : Number(length)) };
}

function secretSpec(values: { readonly [key: string]: string }): SecretSpec {
  return { values: new Map(Object.entries(values).map(([key, value]) => [key, new SecretValue(value)])) };
}
