import { nearMiss } from "./near-miss.js";

/** How a kind is spelt: in files, and by people on the command line. */
export interface KindName {
  readonly kind: string;
  readonly apiVersion: string; // the one we write
  readonly namespaced: boolean;
  readonly aliases: readonly string[]; // lower case
}

const CALICO = "projectcalico.org/v3";

/** Every kind that the commands take, with calicoctl's aliases (reference section 1); those of Kubernetes with kubectl's. */
export const KIND_NAMES: readonly KindName[] = [
  { kind: "BGPPeer", apiVersion: CALICO, namespaced: false, aliases: ["bgppeer", "bgppeers", "bgpp", "bgpps", "bp", "bps"] },
  {
    kind: "BGPConfiguration",
    apiVersion: CALICO,
    namespaced: false,
    aliases: ["bgpconfiguration", "bgpconfigurations", "bgpconfig", "bgpconfigs"],
  },
  {
    kind: "BGPFilter",
    apiVersion: CALICO,
    namespaced: false,
    aliases: ["bgpfilter", "bgpfilters", "bgpf", "bgpfs", "bf", "bfs"],
  },
  { kind: "Node", apiVersion: CALICO, namespaced: false, aliases: ["node", "nodes", "no", "nos"] },
  { kind: "IPPool", apiVersion: CALICO, namespaced: false, aliases: ["ippool", "ippools", "ipp", "ipps", "pool", "pools"] },
  {
    kind: "IPReservation",
    apiVersion: CALICO,
    namespaced: false,
    aliases: ["ipreservation", "ipreservations", "reservation", "reservations"],
  },
  {
    kind: "BlockAffinity",
    apiVersion: CALICO,
    namespaced: false,
    aliases: ["blockaffinity", "blockaffinities", "affinity", "affinities"],
  },
  {
    kind: "CalicoNodeStatus",
    apiVersion: CALICO,
    namespaced: false,
    aliases: ["caliconodestatus", "caliconodestatuses", "nodestatus", "nodestatuses"],
  },
  { kind: "Secret", apiVersion: "v1", namespaced: true, aliases: ["secret", "secrets"] },
  { kind: "Service", apiVersion: "v1", namespaced: true, aliases: ["service", "services", "svc"] },
  { kind: "EndpointSlice", apiVersion: "discovery.k8s.io/v1", namespaced: true, aliases: ["endpointslice", "endpointslices"] },
];

/** @param word as typed, in any case of letters */
export function kindOfAlias(word: string): KindName | null {
  return KIND_NAMES.find(({ aliases }) => aliases.includes(word.toLowerCase())) ?? null;
}

/** The alias that a misspelt kind was most likely meant to be. */
export function nearestAlias(word: string): string | null {
  return nearMiss(
    word.toLowerCase(),
    KIND_NAMES.flatMap(({ aliases }) => aliases),
  );
}

/** The kind of a resource in a file; null for one that the commands do not take. */
export function kindOfResource(kind: string, apiVersion: string): KindName | null {
  const name = KIND_NAMES.find((candidate) => candidate.kind === kind);
  if (!name) return null;
  if (apiVersion === name.apiVersion) return name;
  if (name.apiVersion === CALICO && apiVersion === "crd.projectcalico.org/v1") return name;
  return kind === "Node" && apiVersion === "v1" ? name : null;
}
