import type { IpAddress } from "../../../protocol/net/ip-address.js";
import { err, ok } from "../../../protocol/result.js";
import type { FieldReader, ParseValue } from "../field-reader.js";
import type { ResourceScope } from "../resource-scope.js";
import { BGP_CONFIGURATION_DEFAULTS, type BgpConfigurationSpec, type LogSeverity, type ServiceRange } from "../resource-set.js";
import { cidr, ipAddress } from "../values/addresses.js";
import { asNumber } from "../values/as-number.js";
import { duration } from "../values/duration.js";
import { interfaceGlob } from "../values/names.js";
import { routePriority } from "../values/route-priority.js";
import { boolean, found, integer, oneOf } from "../values/scalars.js";
import { CALICO_API_VERSIONS, type KindReader } from "./kind-reader.js";
import { readPrefixAdvertisements } from "./prefix-advertisements.js";
import { readSecretKeyReference } from "./secret-key-reference.js";

const SERVICE_RANGES = ["serviceLoadBalancerIPs", "serviceExternalIPs", "serviceClusterIPs"];
const REFUSED_PER_NODE = ["nodeToNodeMeshEnabled", "asNumber", ...SERVICE_RANGES, "nodeMeshPassword", "nodeMeshMaxRestartTime"];
const IGNORED_PER_NODE = [
  "bindMode",
  "localWorkloadPeeringIPV4",
  "localWorkloadPeeringIPV6",
  "ignoredInterfaces",
  "programClusterRoutes",
  "ipv4NormalRoutePriority",
  "ipv6NormalRoutePriority",
  "serviceLoadBalancerAggregation",
];
const LONGEST_RESTART_TIME = 4095; // twelve bits (RFC 4724 §3)

export const bgpConfiguration: KindReader<"BGPConfiguration"> = {
  kind: "BGPConfiguration",
  apiVersions: CALICO_API_VERSIONS,
  namespaced: false,
  read(resource, { name }, scope) {
    const errors = scope.errors;
    const spec = resource.object("spec");
    const configuration = spec ? { ...readForAllNodes(spec, scope), ...readForAnyNode(spec, scope) } : BGP_CONFIGURATION_DEFAULTS;
    if (spec) checkMesh(spec, configuration);
    if (spec && name.startsWith("node.")) checkPerNode(spec);
    spec?.mark("nodeMeshPassword");
    spec?.finish();
    if (scope.errors !== errors) return null;
    if (name === "default") return configuration;
    if (name.startsWith("node.")) return onlyForAnyNode(configuration);
    resource.warn("metadata", { message: `a BGPConfiguration named ${name} has no effect`, allowed: "default, node.NODENAME" });
    return null;
  },
};

type ForAnyNode = Pick<BgpConfigurationSpec, "logSeverityScreen" | "listenPort" | "prefixAdvertisements">;

/** What a "node.<name>" instance may override. */
function readForAnyNode(spec: FieldReader, scope: ResourceScope): ForAnyNode {
  return {
    logSeverityScreen: spec.optional("logSeverityScreen", logSeverity),
    listenPort: spec.optional("listenPort", integer(0, 65535)) || null,
    prefixAdvertisements: readPrefixAdvertisements(spec, scope),
  };
}

function onlyForAnyNode({ logSeverityScreen, listenPort, prefixAdvertisements }: ForAnyNode): BgpConfigurationSpec {
  return { ...BGP_CONFIGURATION_DEFAULTS, logSeverityScreen, listenPort, prefixAdvertisements };
}

function readForAllNodes(spec: FieldReader, scope: ResourceScope): Omit<BgpConfigurationSpec, keyof ForAnyNode> {
  const defaults = BGP_CONFIGURATION_DEFAULTS;
  return {
    nodeToNodeMeshEnabled: spec.optional("nodeToNodeMeshEnabled", boolean) ?? defaults.nodeToNodeMeshEnabled,
    asNumber: spec.optional("asNumber", asNumber("refuse")),
    nodeMeshPassword: readSecretKeyReference(spec, "nodeMeshPassword"),
    nodeMeshMaxRestartTimeSeconds: spec.optional("nodeMeshMaxRestartTime", duration(0, LONGEST_RESTART_TIME)),
    bindMode: spec.optional("bindMode", oneOf("None", "NodeIP")) ?? defaults.bindMode,
    localWorkloadPeeringIpv4: spec.optional("localWorkloadPeeringIPV4", ipAddress(4)),
    localWorkloadPeeringIpv6: readWorkloadPeeringIpv6(spec),
    ignoredInterfaces: readIgnoredInterfaces(spec),
    programClusterRoutes:
      spec.optional("programClusterRoutes", oneOf("Enabled", "Disabled", "EnabledIPIPOnly", "EnabledNoEncapOnly")) ??
      defaults.programClusterRoutes,
    ipv4NormalRoutePriority: spec.optional("ipv4NormalRoutePriority", routePriority) ?? defaults.ipv4NormalRoutePriority,
    ipv6NormalRoutePriority: spec.optional("ipv6NormalRoutePriority", routePriority) ?? defaults.ipv6NormalRoutePriority,
    serviceClusterIps: readServiceRanges(spec, "serviceClusterIPs", scope),
    serviceExternalIps: readServiceRanges(spec, "serviceExternalIPs", scope),
    serviceLoadBalancerIps: readServiceRanges(spec, "serviceLoadBalancerIPs", scope),
    serviceLoadBalancerAggregation:
      spec.optional("serviceLoadBalancerAggregation", oneOf("Enabled", "Disabled")) ?? defaults.serviceLoadBalancerAggregation,
  };
}

function readWorkloadPeeringIpv6(spec: FieldReader): IpAddress | null {
  const address = spec.optional("localWorkloadPeeringIPV6", ipAddress(6));
  if (!address?.isLinkLocal) return address;
  spec.complain("localWorkloadPeeringIPV6", { message: `${address} is a link-local address`, allowed: "any other IPv6 address" });
  return null;
}

function readIgnoredInterfaces(spec: FieldReader): string[] {
  const globs = spec.list("ignoredInterfaces", interfaceGlob);
  if (globs.includes("*"))
    spec.complain("ignoredInterfaces", { message: '"*" alone would ignore every interface', remedy: "name the interfaces" });
  spec.refuseDuplicates("ignoredInterfaces", globs);
  return globs;
}

/** Empty entries are tolerated. */
function readServiceRanges(spec: FieldReader, field: string, scope: ResourceScope): ServiceRange[] {
  return spec.objects(field).flatMap((range) => {
    const block = range.optional("cidr", cidr());
    range.finish();
    return block ? [{ cidr: block, cause: scope.causeAt(range.span[0]) }] : [];
  });
}

function checkMesh(spec: FieldReader, { nodeToNodeMeshEnabled }: BgpConfigurationSpec): void {
  if (nodeToNodeMeshEnabled) return;
  for (const field of ["nodeMeshPassword", "nodeMeshMaxRestartTime"]) {
    spec.refuse(field, { message: "needs the mesh, but nodeToNodeMeshEnabled is false", remedy: "remove one of them" });
  }
}

function checkPerNode(spec: FieldReader): void {
  for (const field of REFUSED_PER_NODE) {
    spec.refuse(field, { message: "can be set for all nodes only", remedy: 'move it to the BGPConfiguration named "default"' });
  }
  for (const field of IGNORED_PER_NODE) {
    if (spec.has(field))
      spec.warn(field, { message: "has no effect for one node", remedy: 'move it to the BGPConfiguration named "default"' });
  }
}

const SEVERITIES: readonly LogSeverity[] = ["Trace", "Debug", "Info", "Warning", "Error", "Fatal"];

/** In any case of letters. */
const logSeverity: ParseValue<LogSeverity> = (scalar) => {
  if (scalar.text === "") return ok(null);
  const severity = SEVERITIES.find((word) => word.toLowerCase() === scalar.text.toLowerCase());
  return severity ? ok(severity) : err({ message: `${found(scalar.text)} is not allowed`, allowed: SEVERITIES.join(", ") });
};
