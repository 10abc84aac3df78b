import type { IpAddress } from "../../../protocol/net/ip-address.js";
import { err, ok } from "../../../protocol/result.js";
import type { FieldReader, ParseValue } from "../field-reader.js";
import type { ServiceSpec } from "../resource-set.js";
import { ipAddress } from "../values/addresses.js";
import { oneOf } from "../values/scalars.js";
import { type KindReader, qualifiedName, requiredSpec } from "./kind-reader.js";

/**
 * The Service of Kubernetes. What its API server would fill in is filled in here, too: `clusterIPs` and `clusterIP` from
 * each other, `ipFamilies` from the addresses, and the traffic policy of what can be reached from outside.
 */
export const service: KindReader<"Service"> = {
  kind: "Service",
  apiVersions: ["v1"],
  namespaced: true,
  isForeign: true,
  nameOf: qualifiedName,
  read(resource, _metadata, scope) {
    const errors = scope.errors;
    const spec = requiredSpec(resource);
    if (!spec) return null;
    const type = spec.optional("type", oneOf("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")) ?? "ClusterIP";
    const clusterIps = readClusterIps(spec);
    const ipFamilies = spec.list("ipFamilies", oneOf("IPv4", "IPv6"));
    const isExposed = type === "NodePort" || type === "LoadBalancer";
    const result: ServiceSpec = {
      type,
      clusterIps,
      ipFamilies: ipFamilies.length > 0 ? ipFamilies.map(versionOf) : clusterIps.map(({ version }) => version),
      externalIps: spec.list("externalIPs", ipAddress()),
      externalTrafficPolicy: spec.optional("externalTrafficPolicy", oneOf("Cluster", "Local")) ?? (isExposed ? "Cluster" : null),
      loadBalancerIp: spec.optional("loadBalancerIP", ipAddress()),
      ingressIps: readIngressIps(resource),
    };
    return scope.errors === errors ? result : null;
  },
};

/** None for a headless Service. */
function readClusterIps(spec: FieldReader): readonly IpAddress[] {
  const one = spec.optional("clusterIP", addressOrNone);
  const all = spec.list("clusterIPs", addressOrNone);
  if (all.length === 0) return one === null || one === "None" ? [] : [one];
  if (one !== null && one.toString() !== all[0]!.toString()) {
    spec.complain("clusterIPs", { message: `begins with ${all[0]}, but clusterIP is ${one}`, remedy: "make them the same" });
  }
  return all.filter((address) => address !== "None");
}

const addressOrNone: ParseValue<IpAddress | "None"> = (scalar, warn) => {
  if (scalar.text === "None") return ok("None");
  const address = ipAddress()(scalar, warn);
  return address.ok ? address : err({ ...address.error, allowed: "an IPv4 or IPv6 address, None" });
};

function readIngressIps(resource: FieldReader): readonly IpAddress[] {
  const ingress = resource.object("status")?.object("loadBalancer")?.objects("ingress") ?? [];
  return ingress.map((entry) => entry.optional("ip", ipAddress())).filter((address) => address !== null);
}

function versionOf(family: "IPv4" | "IPv6"): 4 | 6 {
  return family === "IPv4" ? 4 : 6;
}
