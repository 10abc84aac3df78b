import { nearMiss } from "../near-miss.js";
import type { Kind } from "../resource-set.js";
import { bgpConfiguration } from "./bgp-configuration.js";
import { bgpFilter } from "./bgp-filter.js";
import { bgpPeer } from "./bgp-peer.js";
import { blockAffinity } from "./block-affinity.js";
import { calicoNodeStatus } from "./calico-node-status.js";
import { endpointSlice } from "./endpoint-slice.js";
import { ipPool } from "./ip-pool.js";
import { ipReservation } from "./ip-reservation.js";
import type { KindReader } from "./kind-reader.js";
import { kubernetesNode } from "./kubernetes-node.js";
import { node } from "./node.js";
import { secret } from "./secret.js";
import { service } from "./service.js";

export type AnyKindReader = { [K in Kind]: KindReader<K> }[Kind];

const READERS: readonly AnyKindReader[] = [
  node,
  kubernetesNode,
  bgpPeer,
  bgpConfiguration,
  bgpFilter,
  ipPool,
  blockAffinity,
  ipReservation,
  calicoNodeStatus,
  secret,
  service,
  endpointSlice,
];

/** Kinds of Calico, and those of Kubernetes it looks at, that have no bearing on what this version does. */
const NOT_USED = new Set([
  "ClusterInformation",
  "FelixConfiguration",
  "GlobalNetworkPolicy",
  "GlobalNetworkSet",
  "HostEndpoint",
  "IPAMBlock",
  "IPAMConfig",
  "IPAMConfiguration",
  "IPAMHandle",
  "KubeControllersConfiguration",
  "LiveMigration",
  "NetworkPolicy",
  "NetworkSet",
  "Profile",
  "StagedGlobalNetworkPolicy",
  "StagedKubernetesNetworkPolicy",
  "StagedNetworkPolicy",
  "Tier",
  "WorkloadEndpoint",
]);

/** What to do with a resource of this kind and apiVersion. */
export type KindChoice =
  | { readonly type: "read"; readonly reader: AnyKindReader }
  | { readonly type: "not-used" }
  | { readonly type: "unknown" }
  /** Surely meant to be one we use: `kind` is misspelt, or its apiVersion is another. */
  | { readonly type: "mistaken"; readonly meant: Kind; readonly apiVersions: readonly string[] };

export function chooseKind(kind: string, apiVersion: string): KindChoice {
  const reader = READERS.find((candidate) => candidate.kind === kind && candidate.apiVersions.includes(apiVersion));
  if (reader) return { type: "read", reader };
  if (NOT_USED.has(kind)) return { type: "not-used" };
  const ours =
    apiVersion === "" || apiVersion === "v1" || /^(?:(?:crd\.)?projectcalico\.org|discovery\.k8s\.io)(?:\/|$)/.test(apiVersion);
  const meant = ours ? nearMiss(kind, new Set(READERS.map((candidate) => candidate.kind)), 1) : null;
  if (!meant) return { type: "unknown" };
  const apiVersions = READERS.filter((candidate) => candidate.kind === meant).flatMap((candidate) => candidate.apiVersions);
  return { type: "mistaken", meant, apiVersions };
}
