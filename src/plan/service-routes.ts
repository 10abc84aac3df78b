import type { IpAddress } from "../../protocol/net/ip-address.js";
import { Prefix } from "../../protocol/net/prefix.js";
import type {
  BgpConfigurationSpec,
  EndpointSliceSpec,
  ResourceSet,
  ServiceRange,
  ServiceSpec,
} from "../resources/resource-set.js";
import type { ClusterNode, ClusterView } from "./cluster-view.js";
import type { OriginatedPrefix } from "./node-plan.js";
import { distinct } from "./originated-prefixes.js";

const EXCLUDED = "node.kubernetes.io/exclude-from-external-load-balancers";

const OVERRIDE = { kind: "Environment", name: "CALICO_ADVERTISE_CLUSTER_IPS", file: "environment", line: 1 } as const;

/** A range with the field it stands in. */
export interface NamedRange extends ServiceRange {
  readonly field: "serviceClusterIPs" | "serviceExternalIPs" | "serviceLoadBalancerIPs";
}

/** What the Services of a cluster ask of one node (reference 5.7). */
export interface ServiceRoutes {
  readonly originated: readonly OriginatedPrefix[]; // ranges and single addresses, each prefix once, by prefix
  readonly advertised: readonly NamedRange[]; // ranges announced as a whole; none by an excluded node
  readonly apart: readonly Prefix[]; // single addresses outside these
  readonly unprogrammed: readonly NamedRange[]; // routes inside stay out of the kernel, on an excluded node, too
  readonly passedOn: readonly NamedRange[]; // routes inside are announced by a route reflector, whoever they are from
}

/** @param clusterIps takes the place of `serviceClusterIPs`; null: nothing does */
export function serviceRoutes(view: ClusterView, local: ClusterNode, clusterIps: Prefix | null): ServiceRoutes {
  const ranges = new ServiceRanges(view.configuration, clusterIps);
  const isExcluded = local.labels.get(EXCLUDED) === "true"; // another value does not exclude, unlike in Kubernetes
  const advertised = isExcluded ? [] : ranges.whole;
  const wholes = advertised.map(({ cidr, cause }): OriginatedPrefix => ({ type: "service", prefix: cidr, cause }));
  const addresses = isExcluded || ranges.isEmpty ? [] : serviceAddresses(view.set, local, ranges);
  const originated = distinct([...wholes, ...addresses]);
  return {
    originated,
    advertised,
    apart: originated.map(({ prefix }) => prefix).filter((prefix) => !advertised.some(({ cidr }) => cidr.contains(prefix))),
    unprogrammed: ranges.whole,
    passedOn: local.clusterId === null ? [] : [...ranges.loadBalancerIps, ...ranges.externalIps],
  };
}

/** The configured ranges, and what they allow. */
class ServiceRanges {
  readonly clusterIps: readonly NamedRange[];
  readonly externalIps: readonly NamedRange[];
  readonly loadBalancerIps: readonly NamedRange[];
  readonly aggregatesLoadBalancerIps: boolean;

  constructor(configuration: BgpConfigurationSpec, clusterIps: Prefix | null) {
    const given = clusterIps === null ? configuration.serviceClusterIps : [{ cidr: clusterIps, cause: OVERRIDE }];
    this.clusterIps = named("serviceClusterIPs", given);
    this.externalIps = named("serviceExternalIPs", configuration.serviceExternalIps);
    this.loadBalancerIps = named("serviceLoadBalancerIPs", configuration.serviceLoadBalancerIps);
    this.aggregatesLoadBalancerIps = configuration.serviceLoadBalancerAggregation === "Enabled";
  }

  get isEmpty(): boolean {
    return this.clusterIps.length + this.externalIps.length + this.loadBalancerIps.length === 0;
  }

  /** Those announced as a whole; a range of one address is so only as long as a Service has it, unless it is a cluster IP. */
  get whole(): readonly NamedRange[] {
    const blocks = [...this.externalIps, ...(this.aggregatesLoadBalancerIps ? this.loadBalancerIps : [])];
    return [...this.clusterIps, ...blocks.filter((range) => !isHost(range))];
  }
}

function named(field: NamedRange["field"], ranges: readonly ServiceRange[]): readonly NamedRange[] {
  return ranges.map(({ cidr, cause }) => ({ field, cidr, cause }));
}

function serviceAddresses(set: ResourceSet, local: ClusterNode, ranges: ServiceRanges): readonly OriginatedPrefix[] {
  const nodeName = set.nodes.get(local.name)!.spec.kubernetesName ?? local.name;
  const slicesOf = slicesByService(set);
  return [...set.services.values()]
    .filter(({ name, spec }) => isAdvertised(spec, slicesOf.get(name) ?? [], ranges, nodeName))
    .flatMap(({ spec, cause }) => addressesOf(spec, ranges).map((address) => hostPrefix(address, cause)));
}

function slicesByService({ endpointSlices }: ResourceSet): ReadonlyMap<string, readonly EndpointSliceSpec[]> {
  const slices = new Map<string, EndpointSliceSpec[]>();
  for (const { spec } of endpointSlices.values()) {
    if (spec.service === null) continue;
    const others = slices.get(spec.service);
    if (others === undefined) slices.set(spec.service, [spec]);
    else others.push(spec);
  }
  return slices;
}

/** Whether this node announces the Service's addresses one by one; the tests in the reference's order. */
function isAdvertised(
  service: ServiceSpec,
  slices: readonly EndpointSliceSpec[],
  ranges: ServiceRanges,
  nodeName: string,
): boolean {
  if (service.type === "ExternalName" || service.clusterIps.length === 0) return false;
  if (service.externalTrafficPolicy === "Cluster" && hasRangeOfItsOwn(service, ranges)) return true;
  const isLocal = service.externalTrafficPolicy === "Local";
  if (!isLocal && ranges.aggregatesLoadBalancerIps) return false;
  return slices.some(({ ipVersion, isReady, readyOn }) => {
    const counts = ipVersion !== null && service.ipFamilies.includes(ipVersion);
    return counts && (isLocal ? readyOn.includes(nodeName) : isReady);
  });
}

/** True when one of its addresses is configured as a range of one, which is announced for no other reason. */
function hasRangeOfItsOwn(service: ServiceSpec, ranges: ServiceRanges): boolean {
  const { type, externalIps, loadBalancerIp, ingressIps } = service;
  const balanced = type !== "LoadBalancer" ? [] : loadBalancerIp === null ? ingressIps : [loadBalancerIp, ...ingressIps];
  return (
    balanced.some((address) => isInside(address, ranges.loadBalancerIps.filter(isHost))) ||
    externalIps.some((address) => isInside(address, ranges.externalIps.filter(isHost)))
  );
}

/** Cluster IPs are not looked for in their ranges: that there is one is enough. */
function addressesOf(service: ServiceSpec, ranges: ServiceRanges): readonly IpAddress[] {
  return [
    ...(ranges.clusterIps.length > 0 ? service.clusterIps : []),
    ...service.externalIps.filter((address) => isInside(address, ranges.externalIps)),
    ...service.ingressIps.filter((address) => isInside(address, ranges.loadBalancerIps)),
  ];
}

function isInside(address: IpAddress, ranges: readonly NamedRange[]): boolean {
  return ranges.some(({ cidr }) => cidr.containsAddress(address));
}

function isHost({ cidr }: NamedRange): boolean {
  return cidr.length === cidr.address.bits;
}

function hostPrefix(address: IpAddress, cause: OriginatedPrefix["cause"]): OriginatedPrefix {
  return { type: "service", prefix: Prefix.of(address, address.bits), cause };
}
