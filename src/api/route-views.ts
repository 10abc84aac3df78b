import type { Prefix } from "../../protocol/net/prefix.js";
import type { Candidate, FamilyTable } from "../../rib/family-table.js";
import type { Rib } from "../../rib/rib.js";
import { type AttributeSetId, NO_ATTRIBUTES, NO_PREFIX, type PeerId, type PrefixId } from "../../rib/store/ids.js";
import type { HeldSession } from "../peer/sessions.js";
import { attributesView } from "./attributes-view.js";
import type { AdvertisedView, RouteView } from "./views.js";

/** Up to this many prefixes are sorted by address; of more, they come in the order in which they were first heard of. */
const SORTED_AT_MOST = 20_000;

/** Ids of all prefixes of a table that are in use. Read as they are walked: the table may change meanwhile. */
export function* prefixesOf(table: FamilyTable): Iterable<PrefixId> {
  if (table.prefixes.count > SORTED_AT_MOST) return yield* liveIds(table);
  const ids = [...liveIds(table)].map((id) => ({ id, prefix: table.prefixes.read(id) }));
  ids.sort((a, b) => a.prefix.compare(b.prefix));
  for (const { id } of ids) if (table.prefixes.isLive(id)) yield id;
}

function* liveIds({ prefixes }: FamilyTable): Iterable<PrefixId> {
  for (let id = 1; id <= prefixes.highest; id++) if (prefixes.isLive(id as PrefixId)) yield id as PrefixId;
}

/** The Loc-RIB of a family: chosen paths, or with `all` every path of each prefix. */
export function* locRibViews(rib: Rib, table: FamilyTable, all: boolean): Iterable<RouteView> {
  for (const id of prefixesOf(table)) yield* prefixViews(rib, table, id, all);
}

/** The paths of one prefix, the best one first. */
export function prefixViews(rib: Rib, table: FamilyTable, id: PrefixId, all: boolean): readonly RouteView[] {
  const views = choices(table, id, table.candidates(id))
    .filter(({ best, multipath }) => all || best || multipath)
    .map(({ candidate, ...chosen }) => routeView(rib, table, id, candidate, chosen));
  return [...views.filter(({ best }) => best), ...views.filter(({ best }) => !best)];
}

interface Choice {
  readonly candidate: Candidate;
  readonly best: boolean;
  readonly multipath: boolean;
}

/** Paths of a prefix and whether they are in use; of several with the same attributes by one peer, only the first is. */
function choices(table: FamilyTable, id: PrefixId, candidates: readonly Candidate[]): readonly Choice[] {
  const used: { readonly peer: PeerId; readonly set: AttributeSetId; isBest: boolean; isFound: boolean }[] = [];
  table.multipath(id, (peer, set) => used.push({ peer, set, isBest: used.length === 0, isFound: false }));
  return candidates.map((candidate) => {
    const use = used.find(({ peer, set, isFound }) => !isFound && peer === candidate.peer && set === candidate.accepted);
    if (use !== undefined) use.isFound = true;
    return { candidate, best: use?.isBest ?? false, multipath: use !== undefined && !use.isBest };
  });
}

/** What one peer has announced. @param destination null: everything */
export function* receivedViews(
  rib: Rib,
  table: FamilyTable,
  { peer }: Pick<HeldSession["routing"], "peer">,
  destination: Destination | null,
): Iterable<RouteView> {
  if (peer === null) return;
  const has = (id: PrefixId) => table.candidatesOf(peer, id).length > 0;
  const ids = destination === null ? receivedIds(table, peer) : [findPrefix(table, destination, has)].filter(isPrefix);
  for (const id of ids) {
    for (const { candidate, ...chosen } of choices(table, id, table.candidatesOf(peer, id))) {
      yield routeView(rib, table, id, candidate, chosen);
    }
  }
}

function* receivedIds(table: FamilyTable, peer: PeerId): Iterable<PrefixId> {
  for (let id = table.nextReceived(peer, NO_PREFIX); id !== NO_PREFIX; id = table.nextReceived(peer, id)) yield id;
}

/** What one peer has been told. @param destination null: everything */
export function* advertisedViews(
  rib: Rib,
  table: FamilyTable,
  { membership }: Pick<HeldSession["routing"], "membership">,
  destination: Destination | null,
): Iterable<AdvertisedView> {
  if (membership === null) return;
  const has = (id: PrefixId) => membership.advertised(table.prefixes.read(id)).length > 0;
  const ids = destination === null ? prefixesOf(table) : [findPrefix(table, destination, has)].filter(isPrefix);
  for (const id of ids) {
    const prefix = table.prefixes.read(id);
    for (const { pathId, set, attributes } of membership.advertised(prefix)) {
      yield { prefix: prefix.toString(), pathId, attributes: attributesView(attributes, outgoing(rib, set)) };
    }
  }
}

/** What a request names: a prefix, or an address, by which the longest prefix that holds it is meant. */
export interface Destination {
  readonly prefix: Prefix;
  readonly isAddress: boolean;
}

/** @param has which prefixes count for the longest match @returns NO_PREFIX when there is none */
export function findPrefix(table: FamilyTable, { prefix, isAddress }: Destination, has: (id: PrefixId) => boolean): PrefixId {
  if (prefix.family !== table.family) return NO_PREFIX;
  const { w0, w1, w2, w3 } = prefix.address;
  return isAddress ? table.prefixes.longestMatch(w0, w1, w2, w3, has) : table.find(prefix);
}

const isPrefix = (id: PrefixId) => id !== NO_PREFIX;

/** The interface by which routes with these attributes leave. */
export function outgoing(rib: Rib, set: AttributeSetId): string | null {
  return rib.attributes.interfaceName(set) ?? rib.nextHops.interfaceOf(rib.attributes.nextHop(set));
}

function routeView(
  rib: Rib,
  table: FamilyTable,
  id: PrefixId,
  { peer, pathId, received, accepted, isStale }: Candidate,
  chosen: Pick<RouteView, "best" | "multipath">,
): RouteView {
  const { source, name, address } = rib.peer(peer);
  const set = accepted === NO_ATTRIBUTES ? received : accepted;
  return {
    prefix: table.prefixes.read(id).toString(),
    ...chosen,
    accepted: accepted !== NO_ATTRIBUTES,
    stale: isStale,
    source,
    peer: source === "bgp" ? address.toString() : name,
    pathId,
    attributes: attributesView(rib.attributes.decode(set), outgoing(rib, set)),
  };
}
