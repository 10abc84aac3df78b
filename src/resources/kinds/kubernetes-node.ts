import { err, ok } from "../../../protocol/result.js";
import type { FieldReader, ParseValue } from "../field-reader.js";
import type { NodeBgp } from "../resource-set.js";
import type { Labels } from "../selector.js";
import { cidr, dottedQuad, ipAddress, nodeAddress } from "../values/addresses.js";
import { asNumber } from "../values/as-number.js";
import type { KindReader } from "./kind-reader.js";

const ANNOTATION = "projectcalico.org/";

/**
 * The Node of Kubernetes with Calico's annotations. Its other fields are many and none of our business, so they are
 * not checked; an annotation that cannot be read counts as absent, as in Calico, with a warning.
 */
export const kubernetesNode: KindReader<"Node"> = {
  kind: "Node",
  apiVersions: ["v1"],
  namespaced: false,
  isForeign: true,
  labels: ({ labels, annotations }) =>
    new Map([...(annotations?.optional(`${ANNOTATION}labels`, lenient(calicoLabels)) ?? []), ...labels]),
  read(resource, metadata, scope) {
    const errors = scope.errors;
    const spec = resource.object("spec");
    resource.ignore("status");
    const annotation = <T>(name: string, parse: ParseValue<T>) =>
      metadata.annotations?.optional(ANNOTATION + name, lenient(parse)) ?? null;
    const result = {
      bgp: readBgp(annotation),
      kubernetesName: null,
      wireguardIpv4: annotation("IPv4WireguardInterfaceAddr", ipAddress(4)),
      wireguardIpv6: annotation("IPv6WireguardInterfaceAddr", ipAddress(6)),
      podCidrs: spec ? readPodCidrs(spec) : [],
    };
    return scope.errors === errors ? result : null;
  },
};

function readBgp(annotation: <T>(name: string, parse: ParseValue<T>) => T | null): NodeBgp | null {
  const bgp: NodeBgp = {
    ipv4: annotation("IPv4Address", nodeAddress(4)),
    ipv6: annotation("IPv6Address", nodeAddress(6)),
    asNumber: annotation("ASNumber", asNumber("refuse")),
    routeReflectorClusterId: annotation("RouteReflectorClusterID", dottedQuad),
  };
  return Object.values(bgp).every((value) => value === null) ? null : bgp;
}

/** Labels given to the node by Calico's tools: a JSON object in an annotation. Those of Kubernetes win. */
const calicoLabels: ParseValue<Labels> = (scalar) => {
  try {
    const labels = Object.entries(JSON.parse(scalar.text) as object);
    if (labels.every(([, value]) => typeof value === "string")) return ok(new Map(labels));
  } catch {
    // JSON.parse tells what is no JSON by throwing
  }
  return err({ message: "is no JSON object of texts" });
};

function readPodCidrs(spec: FieldReader) {
  const one = spec.optional("podCIDR", cidr()); // the only field before dual stack
  const all = spec.list("podCIDRs", cidr());
  return all.length === 0 && one ? [one] : all;
}

function lenient<T>(parse: ParseValue<T>): ParseValue<T> {
  return (scalar, warn) => {
    const parsed = parse(scalar, warn);
    if (parsed.ok) return parsed;
    warn({ ...parsed.error, message: `${parsed.error.message}; the annotation is ignored` });
    return ok(null);
  };
}
