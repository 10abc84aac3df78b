import { formatRouterId } from "../../protocol/net/router-id.js";
import type { NextHopTable } from "../next-hop-table.js";
import { type PeerTable, SOURCE_PREFERENCE } from "../peer-table.js";
import type { AttributeSetTable } from "../store/attribute-set-table.js";
import { RAISE } from "../store/decision-columns.js";
import type { AttributeSetId, PeerId } from "../store/ids.js";
import type { DecisionOptions } from "./options.js";
import type { TiedPaths } from "./tied-paths.js";

/** What the decision knows about a path besides which it is. */
export interface DecisionFacts {
  readonly attributes: AttributeSetTable;
  readonly nextHops: NextHopTable;
  readonly peers: PeerTable;
  readonly options: DecisionOptions;
}

/** One step: it keeps the best of the paths that are still tied. */
export interface TieBreak {
  readonly name: string;
  readonly section: string;
  keep(paths: TiedPaths, facts: DecisionFacts): void;
  /** What the step compares of a path, in words. */
  valueOf(peer: PeerId, set: AttributeSetId, facts: DecisionFacts): string;
}

/** Where the route comes from, before anything else: connected before static before BGP before what the kernel has learned. */
export const highestPreference: TieBreak = {
  name: "highest preference of the source",
  section: "route preference by source",
  keep(paths, facts) {
    for (let i = 0; i < paths.count; i++) paths.keys[i] = -preferenceOf(paths.peer(i), paths.set(i), facts);
    paths.keepLowest();
  },
  valueOf: (peer, set, facts) => {
    const raised = facts.attributes.isRaised(set) ? ", raised" : "";
    return `${facts.peers.get(peer).source} (${preferenceOf(peer, set, facts)}${raised})`;
  },
};

function preferenceOf(peer: PeerId, set: AttributeSetId, { attributes, peers }: DecisionFacts): number {
  return SOURCE_PREFERENCE[peers.get(peer).source] + (attributes.isRaised(set) ? RAISE : 0);
}

export const highestLocalPref: TieBreak = {
  name: "highest LOCAL_PREF",
  section: "RFC 4271 §9.1.1",
  keep(paths, { attributes }) {
    for (let i = 0; i < paths.count; i++) paths.keys[i] = -attributes.localPref(paths.set(i));
    paths.keepLowest();
  },
  valueOf: (_peer, set, { attributes }) => `${attributes.localPref(set)}${attributes.hasLocalPref(set) ? "" : " (by default)"}`,
};

export const shortestAsPath: TieBreak = {
  name: "shortest AS_PATH",
  section: "RFC 4271 §9.1.2.2 (a)",
  keep(paths, { attributes }) {
    for (let i = 0; i < paths.count; i++) paths.keys[i] = attributes.asPathLength(paths.set(i));
    paths.keepLowest();
  },
  valueOf: (_peer, set, { attributes }) => `${attributes.asPathLength(set)}`,
};

const ORIGIN_NAMES = ["IGP", "EGP", "INCOMPLETE"];

export const lowestOrigin: TieBreak = {
  name: "lowest ORIGIN",
  section: "RFC 4271 §9.1.2.2 (b)",
  keep(paths, { attributes }) {
    for (let i = 0; i < paths.count; i++) paths.keys[i] = attributes.origin(paths.set(i));
    paths.keepLowest();
  },
  valueOf: (_peer, set, { attributes }) => ORIGIN_NAMES[attributes.origin(set)],
};

/**
 * Every path is dropped to which one from the same neighbour AS with a lower MULTI_EXIT_DISC exists. All tied paths are looked at
 * together, as the RFC has it, so the order of arrival does not matter ("deterministic MED").
 */
export const lowestMed: TieBreak = {
  name: "lowest MULTI_EXIT_DISC within a neighbour AS",
  section: "RFC 4271 §9.1.2.2 (c)",
  keep(paths, facts) {
    for (let i = 0; i < paths.count; i++) paths.keys[i] = medOf(paths.set(i), facts);
    if (facts.options.alwaysCompareMed) paths.keepLowest();
    else keepLowestOfNeighbors(paths, facts.attributes);
  },
  valueOf: (_peer, set, facts) => {
    const { attributes } = facts;
    return `${medOf(set, facts)}${attributes.hasMed(set) ? "" : " (absent)"} from AS ${attributes.neighborAs(set) || "of our own"}`;
  },
};

function medOf(set: AttributeSetId, { attributes, options }: DecisionFacts): number {
  if (attributes.hasMed(set)) return attributes.med(set);
  return options.missingMedAsWorst ? 0xffffffff : 0;
}

const SETTLED = -1;
const DROPPED = -2;

/** One round for each neighbour AS: `keys` hold the MED of a path until its AS has had its turn. */
function keepLowestOfNeighbors(paths: TiedPaths, attributes: AttributeSetTable): void {
  const { keys, count } = paths;
  if (allEqual(keys, count)) return;
  for (let i = 0; i < count; i++) {
    if (keys[i] < 0) continue;
    const neighbor = attributes.neighborAs(paths.set(i));
    let lowest = keys[i];
    for (let j = i + 1; j < count; j++) {
      if (keys[j] >= 0 && keys[j] < lowest && attributes.neighborAs(paths.set(j)) === neighbor) lowest = keys[j];
    }
    for (let j = i; j < count; j++) {
      if (keys[j] >= 0 && attributes.neighborAs(paths.set(j)) === neighbor) keys[j] = keys[j] === lowest ? SETTLED : DROPPED;
    }
  }
  paths.keep(SETTLED);
}

function allEqual(keys: Float64Array, count: number): boolean {
  for (let i = 1; i < count; i++) if (keys[i] !== keys[0]) return false;
  return true;
}

export const externalOverInternal: TieBreak = {
  name: "eBGP over iBGP",
  section: "RFC 4271 §9.1.2.2 (d)",
  keep(paths, { peers }) {
    for (let i = 0; i < paths.count; i++) paths.keys[i] = peers.get(paths.peer(i)).internal ? 1 : 0;
    paths.keepLowest();
  },
  valueOf: (peer, _set, { peers }) => (peers.get(peer).internal ? "iBGP" : "eBGP"),
};

export const lowestInteriorCost: TieBreak = {
  name: "lowest interior cost of the next hop",
  section: "RFC 4271 §9.1.2.2 (e)",
  keep(paths, { attributes, nextHops }) {
    for (let i = 0; i < paths.count; i++) paths.keys[i] = nextHops.metric(attributes.nextHop(paths.set(i)));
    paths.keepLowest();
  },
  valueOf: (_peer, set, { attributes, nextHops }) => `${nextHops.metric(attributes.nextHop(set))}`,
};

/** Only when asked for: an external path that was the best and is still as good stays, whatever its identifier. */
export const currentBestIfExternal: TieBreak = {
  name: "external path chosen before",
  section: "RFC 5004 §3",
  keep(paths, { options, peers }) {
    if (!options.preferOldestExternal) return;
    for (let i = 0; i < paths.count; i++) {
      const isCurrent = paths.peers[i] === paths.currentPeer && paths.sets[i] === paths.currentSet;
      paths.keys[i] = isCurrent && !peers.get(paths.peer(i)).internal ? 0 : 1;
    }
    paths.keepLowest();
  },
  valueOf: () => "chosen before or not",
};

/** ORIGINATOR_ID stands for the identifier of a reflected path (RFC 4456 §9). */
export const lowestIdentifier: TieBreak = {
  name: "lowest BGP Identifier, or ORIGINATOR_ID",
  section: "RFC 4271 §9.1.2.2 (f)",
  keep(paths, facts) {
    for (let i = 0; i < paths.count; i++) paths.keys[i] = identifierOf(paths.peer(i), paths.set(i), facts);
    paths.keepLowest();
  },
  valueOf: (peer, set, facts) => formatRouterId(identifierOf(peer, set, facts)),
};

function identifierOf(peer: PeerId, set: AttributeSetId, { attributes, peers }: DecisionFacts): number {
  return attributes.originatorId(set) || peers.get(peer).routerId;
}

export const shortestClusterList: TieBreak = {
  name: "shortest CLUSTER_LIST",
  section: "RFC 4456 §9",
  keep(paths, { attributes }) {
    for (let i = 0; i < paths.count; i++) paths.keys[i] = attributes.clusterListLength(paths.set(i));
    paths.keepLowest();
  },
  valueOf: (_peer, set, { attributes }) => `${attributes.clusterListLength(set)}`,
};

export const lowestPeerAddress: TieBreak = {
  name: "lowest peer address",
  section: "RFC 4271 §9.1.2.2 (g)",
  keep(paths, { peers }) {
    let lowest = peers.get(paths.peer(0)).address;
    for (let i = 1; i < paths.count; i++) {
      const { address } = peers.get(paths.peer(i));
      if (address.compare(lowest) < 0) lowest = address;
    }
    for (let i = 0; i < paths.count; i++) paths.keys[i] = peers.get(paths.peer(i)).address.equals(lowest) ? 0 : 1;
    paths.keepLowest();
  },
  valueOf: (peer, _set, { peers }) => `${peers.get(peer).address}`,
};

/** Two sessions with one address, on two ports or for two local sources: the RFC has no answer, but there must be one. */
export const firstPeerName: TieBreak = {
  name: "first name of the peer",
  section: "ours, after RFC 4271 §9.1.2.2 (g)",
  keep(paths, { peers }) {
    let first = 0;
    for (let i = 1; i < paths.count; i++) if (comesBefore(paths.peer(i), paths.peer(first), peers)) first = i;
    for (let i = 0; i < paths.count; i++) paths.keys[i] = paths.peers[i] === paths.peers[first] ? 0 : 1;
    paths.keepLowest();
  },
  valueOf: (peer, _set, { peers }) => peers.get(peer).name,
};

/**
 * Of several paths by one peer (RFC 7911) that are as good as each other in all else: path identifiers mean nothing and may be
 * others after a restart, so what the paths say decides.
 */
export const firstAttributes: TieBreak = {
  name: "first attributes, octet by octet",
  section: "ours, between paths of one peer (RFC 7911)",
  keep(paths, { attributes }) {
    let first = paths.set(0);
    for (let i = 1; i < paths.count; i++) if (compareOctets(paths.set(i), first, attributes) < 0) first = paths.set(i);
    for (let i = 0; i < paths.count; i++) paths.keys[i] = paths.sets[i] === first ? 0 : 1;
    paths.keepLowest();
  },
  valueOf: (_peer, set, { attributes }) => {
    const start = attributes.offset(set);
    const octets = attributes.slab(set).subarray(start, start + attributes.byteLength(set));
    return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
  },
};

/** @returns below 0 when `a` comes first */
function compareOctets(a: AttributeSetId, b: AttributeSetId, attributes: AttributeSetTable): number {
  const [slabA, slabB] = [attributes.slab(a), attributes.slab(b)];
  const [startA, startB] = [attributes.offset(a), attributes.offset(b)];
  const length = Math.min(attributes.byteLength(a), attributes.byteLength(b));
  for (let i = 0; i < length; i++) {
    const difference = slabA[startA + i] - slabB[startB + i];
    if (difference !== 0) return difference;
  }
  return attributes.byteLength(a) - attributes.byteLength(b);
}

/** Names may be equal for a moment, when a session is up again before the routes of the one before are gone: the new one wins. */
function comesBefore(a: PeerId, b: PeerId, peers: PeerTable): boolean {
  const nameA = peers.get(a).name;
  const nameB = peers.get(b).name;
  return nameA === nameB ? a > b : nameA < nameB;
}

/** What the rank decides; selection compares it as one number. */
export const RANK_STEPS: readonly TieBreak[] = [highestPreference, highestLocalPref, shortestAsPath, lowestOrigin];

/** Paths equal after these are as good as the best: the multipath set. */
export const MULTIPATH_STEPS: readonly TieBreak[] = [lowestMed, externalOverInternal, lowestInteriorCost];

/** These leave one path. */
export const FINAL_STEPS: readonly TieBreak[] = [
  currentBestIfExternal,
  lowestIdentifier,
  shortestClusterList,
  lowestPeerAddress,
  firstPeerName,
  firstAttributes,
];
