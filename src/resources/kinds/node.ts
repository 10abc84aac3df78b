import type { FieldReader } from "../field-reader.js";
import type { NodeBgp, NodeSpec } from "../resource-set.js";
import { cidr, dottedQuad, ipAddress, nodeAddress } from "../values/addresses.js";
import { asNumber } from "../values/as-number.js";
import { text } from "../values/scalars.js";
import { CALICO_API_VERSIONS, type KindReader } from "./kind-reader.js";

/** Of tunnels and discovery: nothing that BGP needs. */
const IGNORED = [
  "addresses",
  "interfaces",
  "ipv4VXLANTunnelAddr",
  "ipv6VXLANTunnelAddr",
  "vxlanTunnelMACAddr",
  "vxlanTunnelMACAddrV6",
];

/** Calico's Node; that of Kubernetes is `kubernetesNode`. */
export const node: KindReader<"Node"> = {
  kind: "Node",
  apiVersions: CALICO_API_VERSIONS,
  namespaced: false,
  read(resource, _metadata, scope) {
    const errors = scope.errors;
    const spec = resource.object("spec");
    const wireguard = spec?.object("wireguard") ?? null;
    const result: NodeSpec = {
      bgp: spec ? readBgp(spec) : null,
      kubernetesName: spec ? readKubernetesName(spec) : null,
      wireguardIpv4: wireguard?.optional("interfaceIPv4Address", ipAddress(4)) ?? null,
      wireguardIpv6: wireguard?.optional("interfaceIPv6Address", ipAddress(6)) ?? null,
      podCidrs: readStatus(resource),
    };
    spec?.ignore(...IGNORED);
    wireguard?.finish();
    spec?.finish();
    return scope.errors === errors ? result : null;
  },
};

function readBgp(spec: FieldReader): NodeBgp | null {
  const bgp = spec.object("bgp");
  if (!bgp) return null;
  if (bgp.size === 0)
    spec.complain("bgp", { message: "is empty", remedy: "give it an ipv4Address or ipv6Address, or remove it" });
  const result: NodeBgp = {
    ipv4: bgp.optional("ipv4Address", nodeAddress(4)),
    ipv6: bgp.optional("ipv6Address", nodeAddress(6)),
    asNumber: bgp.optional("asNumber", asNumber("refuse")),
    routeReflectorClusterId: bgp.optional("routeReflectorClusterID", dottedQuad),
  };
  bgp.optional("ipv4IPIPTunnelAddr", ipAddress(4));
  bgp.finish();
  return result;
}

function readKubernetesName(spec: FieldReader): string | null {
  const names = spec.objects("orchRefs").map((reference) => {
    const orchestrator = reference.required("orchestrator", text);
    const nodeName = reference.optional("nodeName", text);
    reference.finish();
    return orchestrator === "k8s" ? nodeName : null;
  });
  return names.find((name) => name !== null) ?? null;
}

function readStatus(resource: FieldReader) {
  const status = resource.object("status");
  if (!status) return [];
  const podCidrs = status.list("podCIDRs", cidr());
  for (const key of ["wireguardPublicKey", "wireguardPublicKeyV6"]) status.optional(key, text);
  status.finish();
  return podCidrs;
}
