import type { Asn } from "../../protocol/net/asn.js";
import type { IpAddress, IpVersion } from "../../protocol/net/ip-address.js";
import type { Prefix } from "../../protocol/net/prefix.js";
import type { RouterId } from "../../protocol/net/router-id.js";
import type { Cause } from "../plan/node-plan.js";
import type { SecretValue } from "./secret-value.js";
import type { Labels, Selector } from "./selector.js";

/**
 * Every resource of a directory, parsed and checked: nothing downstream checks again.
 * Each map is keyed by the resource's name and iterates in bytewise order of the names.
 */
export interface ResourceSet {
  readonly nodes: ReadonlyMap<string, Resource<NodeSpec>>;
  readonly bgpPeers: ReadonlyMap<string, Resource<BgpPeerSpec>>;
  readonly bgpConfigurations: ReadonlyMap<string, Resource<BgpConfigurationSpec>>; // "default" and "node.<name>"
  readonly bgpFilters: ReadonlyMap<string, Resource<BgpFilterSpec>>;
  readonly ipPools: ReadonlyMap<string, Resource<IpPoolSpec>>;
  readonly blockAffinities: ReadonlyMap<string, Resource<BlockAffinitySpec>>;
  readonly ipReservations: ReadonlyMap<string, Resource<IpReservationSpec>>;
  readonly calicoNodeStatuses: ReadonlyMap<string, Resource<CalicoNodeStatusSpec>>;
  readonly secrets: ReadonlyMap<string, Resource<SecretSpec>>; // those of the node agent's namespace
  readonly services: ReadonlyMap<string, Resource<ServiceSpec>>; // named "namespace/name"
  readonly endpointSlices: ReadonlyMap<string, Resource<EndpointSliceSpec>>; // named "namespace/name"
}

export interface Resource<S> {
  readonly kind: Kind;
  readonly name: string;
  readonly labels: Labels;
  readonly spec: S;
  readonly cause: Cause; // the line of `kind`'s document in its file
}

/** The kinds this version uses. */
export type Kind = keyof SpecOf;

/** What `spec` is for each kind. */
export interface SpecOf {
  readonly Node: NodeSpec;
  readonly BGPPeer: BgpPeerSpec;
  readonly BGPConfiguration: BgpConfigurationSpec;
  readonly BGPFilter: BgpFilterSpec;
  readonly IPPool: IpPoolSpec;
  readonly BlockAffinity: BlockAffinitySpec;
  readonly IPReservation: IpReservationSpec;
  readonly CalicoNodeStatus: CalicoNodeStatusSpec;
  readonly Secret: SecretSpec;
  readonly Service: ServiceSpec;
  readonly EndpointSlice: EndpointSliceSpec;
}

export interface NodeSpec {
  readonly bgp: NodeBgp | null; // null: no BGP on this node
  readonly kubernetesName: string | null; // where it is known by another name than Kubernetes'; null: the same
  readonly wireguardIpv4: IpAddress | null; // set: the node runs WireGuard for IPv4
  readonly wireguardIpv6: IpAddress | null;
  readonly podCidrs: readonly Prefix[]; // status.podCIDRs, or spec.podCIDRs of a Kubernetes Node
}

export interface NodeBgp {
  readonly ipv4: NodeAddress | null;
  readonly ipv6: NodeAddress | null;
  readonly asNumber: Asn | null; // null: that of the default BGPConfiguration
  readonly routeReflectorClusterId: RouterId | null; // set: a route reflector, not in the mesh
}

export interface NodeAddress {
  readonly address: IpAddress;
  readonly network: Prefix; // the local subnet; host length when none was given
}

export interface BgpPeerSpec {
  readonly node: string | null;
  readonly nodeSelector: Selector | null; // node and nodeSelector both null: a global peer
  readonly peerIp: PeerIp | null;
  readonly peerSelector: Selector | null;
  readonly localWorkloadSelector: Selector | null; // for Felix to evaluate. This, peerIp and peerSelector all null: inert
  readonly asNumber: Asn | null;
  readonly localAsNumber: Asn | null;
  readonly nextHopMode: "Auto" | "Self" | "Keep";
  readonly keepOriginalNextHop: boolean; // as Keep, on eBGP only; never together with Self or Keep
  readonly password: SecretKeyReference | null;
  readonly sourceAddress: "UseNodeIP" | "None";
  readonly maxRestartTimeSeconds: number | null;
  readonly keepaliveTimeSeconds: number | null;
  readonly numAllowedLocalAsNumbers: number; // 0: none
  readonly ttlSecurity: number | null; // GTSM hop count, 1..255; null: off
  readonly reachableBy: IpAddress | null; // gateway to the peerIP, of the same IP version
  readonly filters: readonly string[]; // names of existing BGPFilters, in order
  readonly reversePeering: "Auto" | "Manual";
}

export interface PeerIp {
  readonly address: IpAddress;
  readonly port: number | null; // null: none was given
}

export interface SecretKeyReference {
  readonly name: string; // of the Secret; may be "" or name none
  readonly key: string;
}

export interface BgpConfigurationSpec {
  readonly logSeverityScreen: LogSeverity | null; // null: unset
  readonly listenPort: number | null; // null: unset
  readonly prefixAdvertisements: readonly PrefixAdvertisement[]; // empty: unset
  // What follows is at its default in a "node.<name>" instance.
  readonly nodeToNodeMeshEnabled: boolean;
  readonly asNumber: Asn | null; // null: 64512
  readonly nodeMeshPassword: SecretKeyReference | null;
  readonly nodeMeshMaxRestartTimeSeconds: number | null;
  readonly bindMode: "None" | "NodeIP";
  readonly localWorkloadPeeringIpv4: IpAddress | null; // the node's address that workloads dial; Felix makes it
  readonly localWorkloadPeeringIpv6: IpAddress | null;
  readonly ignoredInterfaces: readonly string[]; // globs
  readonly programClusterRoutes: "Enabled" | "Disabled" | "EnabledIPIPOnly" | "EnabledNoEncapOnly";
  readonly ipv4NormalRoutePriority: number; // a kernel metric
  readonly ipv6NormalRoutePriority: number;
  readonly serviceClusterIps: readonly ServiceRange[];
  readonly serviceExternalIps: readonly ServiceRange[];
  readonly serviceLoadBalancerIps: readonly ServiceRange[];
  readonly serviceLoadBalancerAggregation: "Enabled" | "Disabled";
}

export type LogSeverity = "Trace" | "Debug" | "Info" | "Warning" | "Error" | "Fatal";

/** What applies where no BGPConfiguration says otherwise. */
export const BGP_CONFIGURATION_DEFAULTS: BgpConfigurationSpec = {
  logSeverityScreen: null,
  listenPort: null,
  prefixAdvertisements: [],
  nodeToNodeMeshEnabled: true,
  asNumber: null,
  nodeMeshPassword: null,
  nodeMeshMaxRestartTimeSeconds: null,
  bindMode: "None",
  localWorkloadPeeringIpv4: null,
  localWorkloadPeeringIpv6: null,
  ignoredInterfaces: [],
  programClusterRoutes: "Enabled",
  ipv4NormalRoutePriority: 1024,
  ipv6NormalRoutePriority: 1024,
  serviceClusterIps: [],
  serviceExternalIps: [],
  serviceLoadBalancerIps: [],
  serviceLoadBalancerAggregation: "Enabled",
};

/** A block of addresses that Services may have. */
export interface ServiceRange {
  readonly cidr: Prefix;
  readonly cause: Cause; // the entry's own line
}

/** Routes inside `cidr` leave with these communities; their names are already resolved. */
export interface PrefixAdvertisement {
  readonly cidr: Prefix;
  readonly communities: readonly number[]; // RFC 1997, ascending, no duplicates
  readonly largeCommunities: readonly LargeCommunity[]; // RFC 8092, ascending, no duplicates
  readonly cause: Cause;
}

/** A standard community (RFC 1997) as one number, or a large one (RFC 8092) as three. */
export type Community = number | LargeCommunity;

export type LargeCommunity = readonly [global: number, local1: number, local2: number];

export interface BgpFilterSpec {
  readonly exportV4: readonly FilterRule[];
  readonly importV4: readonly FilterRule[];
  readonly exportV6: readonly FilterRule[];
  readonly importV6: readonly FilterRule[];
}

/** All conditions must hold; a rule with none matches every route. */
export interface FilterRule {
  readonly match: PrefixMatch | null;
  readonly source: "RemotePeers" | null;
  readonly interface: string | null; // glob
  readonly peerType: "eBGP" | "iBGP" | null;
  readonly community: Community | null; // the route carries it
  readonly asPathPrefix: readonly Asn[]; // AS_PATH starts with exactly these; empty: no condition
  readonly priority: number | null; // the route has it, see route-priority.ts
  readonly action: "Accept" | "Reject";
  readonly operations: readonly FilterOperation[]; // in this order, before accepting
  readonly cause: Cause; // the rule's own line
}

/** What an accepting rule changes. */
export type FilterOperation =
  | { readonly type: "addCommunity"; readonly community: Community }
  | { readonly type: "prependASPath"; readonly asns: readonly Asn[] } // the first one ends up in front
  | { readonly type: "setPriority"; readonly priority: number };

export interface PrefixMatch {
  readonly cidr: Prefix;
  readonly operator: "Equal" | "NotEqual" | "In" | "NotIn";
  readonly prefixLength: { readonly min: number | null; readonly max: number | null } | null;
}

export interface IpPoolSpec {
  readonly cidr: Prefix;
  readonly ipipMode: "Never" | "Always" | "CrossSubnet";
  readonly vxlanMode: "Never" | "Always" | "CrossSubnet";
  readonly disableBgpExport: boolean;
  readonly disabled: boolean; // for address management only
  readonly blockSize: number;
}

export interface BlockAffinitySpec {
  readonly cidr: Prefix;
  readonly node: string;
  readonly state: "confirmed" | "pending" | "pendingDeletion";
  readonly type: "host" | "virtual";
}

export interface IpReservationSpec {
  readonly reservedCidrs: readonly Prefix[];
}

export interface CalicoNodeStatusSpec {
  readonly node: string; // that is to report
  readonly classes: readonly ("Agent" | "BGP" | "Routes")[]; // each at most once
  readonly updatePeriodSeconds: number; // 0: once
}

export interface SecretSpec {
  readonly values: ReadonlyMap<string, SecretValue>;
}

export interface ServiceSpec {
  readonly type: "ClusterIP" | "NodePort" | "LoadBalancer" | "ExternalName";
  readonly clusterIps: readonly IpAddress[]; // empty: none yet, or headless
  readonly ipFamilies: readonly IpVersion[];
  readonly externalIps: readonly IpAddress[];
  readonly externalTrafficPolicy: "Cluster" | "Local" | null; // null: a Service that has none
  readonly loadBalancerIp: IpAddress | null; // asked for
  readonly ingressIps: readonly IpAddress[]; // given: status.loadBalancer.ingress, host names left out
}

/** Some of the endpoints of a Service, all of one address family. */
export interface EndpointSliceSpec {
  readonly service: string | null; // "namespace/name"; null: of none
  readonly ipVersion: IpVersion | null; // null: host names
  readonly isReady: boolean; // one endpoint at least is
  readonly readyOn: readonly string[]; // Kubernetes' names of the nodes that have ready ones, each once
}
