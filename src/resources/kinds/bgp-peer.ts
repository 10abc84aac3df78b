import type { Asn } from "../../../protocol/net/asn.js";
import type { IpAddress } from "../../../protocol/net/ip-address.js";
import type { FieldReader } from "../field-reader.js";
import type { BgpPeerSpec, PeerIp } from "../resource-set.js";
import { ipAddress } from "../values/addresses.js";
import { asNumber } from "../values/as-number.js";
import { duration } from "../values/duration.js";
import { resourceName } from "../values/names.js";
import { peerIp } from "../values/peer-ip.js";
import { boolean, integer, oneOf } from "../values/scalars.js";
import { selector } from "../values/selector-text.js";
import { CALICO_API_VERSIONS, type KindReader, requiredSpec } from "./kind-reader.js";
import { readSecretKeyReference } from "./secret-key-reference.js";

const LONGEST_RESTART_TIME = 4095; // twelve bits (RFC 4724 §3)

const REMOTE_ENDS = ["peerIP", "peerSelector", "localWorkloadSelector"] as const;
const IGNORED_WITH: Readonly<Record<(typeof REMOTE_ENDS)[number], readonly string[]>> = {
  peerIP: [],
  peerSelector: ["localASNumber", "numAllowedLocalASNumbers"],
  localWorkloadSelector: [
    ...["password", "sourceAddress", "maxRestartTime", "keepaliveTime", "numAllowedLocalASNumbers", "ttlSecurity"],
    ...["nextHopMode", "keepOriginalNextHop", "reversePeering"],
  ],
};
const INT32 = 0x7fffffff;

export const bgpPeer: KindReader<"BGPPeer"> = {
  kind: "BGPPeer",
  apiVersions: CALICO_API_VERSIONS,
  namespaced: false,
  read(resource, _metadata, scope) {
    const errors = scope.errors;
    const spec = requiredSpec(resource);
    if (!spec) return null;
    const peer = readSpec(spec);
    spec.mark("node", "nodeSelector", "peerIP", "peerSelector", "password", "filters");
    for (const field of ["failureDetectionMode", "restartMode"])
      spec.refuse(field, { message: "exists in Calico Enterprise only" });
    checkCombinations(spec, peer);
    spec.finish();
    return scope.errors === errors ? peer : null;
  },
};

function readSpec(spec: FieldReader): BgpPeerSpec {
  return {
    node: spec.optional("node", resourceName),
    nodeSelector: spec.optional("nodeSelector", selector),
    peerIp: spec.optional("peerIP", peerIp),
    peerSelector: spec.optional("peerSelector", selector),
    localWorkloadSelector: spec.optional("localWorkloadSelector", selector),
    asNumber: spec.optional("asNumber", asNumber("unset")),
    localAsNumber: spec.optional("localASNumber", asNumber("refuse")),
    nextHopMode: spec.optional("nextHopMode", oneOf("Auto", "Self", "Keep")) ?? "Auto",
    keepOriginalNextHop: spec.optional("keepOriginalNextHop", boolean) ?? false,
    password: readSecretKeyReference(spec, "password"),
    sourceAddress: spec.optional("sourceAddress", oneOf("UseNodeIP", "None")) ?? "UseNodeIP",
    maxRestartTimeSeconds: spec.optional("maxRestartTime", duration(0, LONGEST_RESTART_TIME)),
    keepaliveTimeSeconds: spec.optional("keepaliveTime", duration(1, 65535)),
    numAllowedLocalAsNumbers: readAllowedLocalAsNumbers(spec),
    ttlSecurity: spec.optional("ttlSecurity", integer(0, 255)) || null,
    reachableBy: spec.optional("reachableBy", ipAddress()),
    filters: spec.list("filters", resourceName),
    reversePeering: spec.optional("reversePeering", oneOf("Auto", "Manual")) ?? "Auto",
  };
}

function readAllowedLocalAsNumbers(spec: FieldReader): number {
  const count = spec.optional("numAllowedLocalASNumbers", integer(-INT32 - 1, INT32)) ?? 0;
  if (count < 0) spec.warn("numAllowedLocalASNumbers", { message: `${count} has no effect`, allowed: "0 and more" });
  return Math.max(0, count);
}

function checkCombinations(spec: FieldReader, peer: BgpPeerSpec): void {
  const exclude = (field: string, other: string) =>
    spec.complain(field, { message: `excludes ${other}`, remedy: `keep one of ${other} and ${field}` });
  if (spec.has("node") && spec.has("nodeSelector")) exclude("nodeSelector", "node");
  if (spec.has("peerIP") && spec.has("peerSelector")) exclude("peerSelector", "peerIP");
  if (spec.has("peerSelector") && peer.asNumber !== null) {
    spec.complain("asNumber", {
      message: "excludes peerSelector",
      remedy: "remove it: each selected node has its own AS number",
    });
  }
  if (peer.keepOriginalNextHop && spec.has("nextHopMode")) exclude("keepOriginalNextHop", "nextHopMode");
  else if (peer.keepOriginalNextHop && !spec.has("localWorkloadSelector")) warnOfDeprecation(spec);
  if (peer.reachableBy !== null) checkGateway(spec, peer.reachableBy, peer.peerIp);
  if (spec.has("localWorkloadSelector")) checkWorkloadPeer(spec, peer.asNumber, exclude);
  for (const end of REMOTE_ENDS) if (spec.has(end)) warnOfIgnoredFields(spec, end);
  if (!REMOTE_ENDS.some((field) => spec.has(field))) {
    const message = "has neither peerIP nor peerSelector nor localWorkloadSelector and so makes no session";
    spec.warn(null, { message, remedy: "name the remote end" });
  }
}

function checkWorkloadPeer(spec: FieldReader, asNumber: Asn | null, exclude: (field: string, other: string) => void): void {
  for (const other of ["peerIP", "peerSelector"]) if (spec.has(other)) exclude("localWorkloadSelector", other);
  if (asNumber === null)
    spec.complain("localWorkloadSelector", { message: "needs asNumber", remedy: "give the workloads' AS number" });
}

function checkGateway(spec: FieldReader, gateway: IpAddress, peer: PeerIp | null): void {
  if (!spec.has("peerIP")) {
    spec.complain("reachableBy", { message: "needs peerIP", remedy: "name the peer that the gateway leads to, or remove it" });
  } else if (peer !== null && peer.address.version !== gateway.version) {
    spec.complain("reachableBy", {
      message: `${gateway} and the peerIP ${peer.address} are of different IP versions`,
      allowed: `an IPv${peer.address.version} address`,
    });
  } else if (gateway.isLinkLocal) {
    spec.warn("reachableBy", {
      message: `${gateway} is a link-local address and no field names its link: there will be no route to the peer`,
      remedy: "name the gateway by another address",
    });
  }
}

function warnOfDeprecation(spec: FieldReader): void {
  const remedy = "write nextHopMode: Keep, which does the same on eBGP sessions";
  spec.warn("keepOriginalNextHop", { message: "is deprecated in Calico", remedy });
}

/** Fields that mean nothing with that remote end (reference 4.5, 4.7, 10). */
function warnOfIgnoredFields(spec: FieldReader, end: (typeof REMOTE_ENDS)[number]): void {
  for (const field of IGNORED_WITH[end]) {
    if (spec.has(field)) spec.warn(field, { message: `has no effect together with ${end}` });
  }
}
