import type { AttributeSet } from "../../protocol/attributes/attribute-set.js";
import type { Prefix } from "../../protocol/net/prefix.js";
import { NO_PATH, type PathId } from "../path-id.js";
import type { PolicyTrace } from "../policy/evaluate.js";
import type { Rib } from "../rib.js";
import { type AttributeSetId, NO_ATTRIBUTES, NO_PREFIX, type PrefixId } from "../store/ids.js";
import type { ExportPath, UpdateGroup } from "../update-group.js";
import { advertiseTo, type Refusal } from "./advertise-to.js";
import type { Recipient } from "./recipient.js";

/** Why a path is, or is not, sent to one peer. Plain data; worked out anew, by the functions that decided. */
export interface ExportExplanation {
  readonly prefix: Prefix;
  /** The path identifier that the peer is sent (RFC 7911 §3); null: none, as without ADD-PATH. */
  readonly pathId: number | null;
  /** The best path, under ADD-PATH any, and the name of the peer, or of our own source, it is from; null: there is none. */
  readonly path: { readonly peer: string; readonly attributes: AttributeSet } | null;
  /** Why no peer of this kind is told; null: it may be. */
  readonly refusal: Refusal | null;
  /** What the export policy says; null: it was not asked. */
  readonly policy: PolicyTrace | null;
  /** The route was learned from this very peer, and is not sent back. */
  readonly isOwn: boolean;
  /** The attributes fill more than one message of the length the peer takes (RFC 8654 §4). */
  readonly isTooLong: boolean;
  /** What ought to be advertised, by all of the above. */
  readonly isWanted: boolean;
  /** What the peer was sent, or stands in line to be sent; null: nothing. */
  readonly advertised: AttributeSet | null;
  /** Something about this prefix is still to be sent. */
  readonly isPending: boolean;
}

/** What a peer was sent, or stands in line to be sent. */
export interface AdvertisedRoute {
  readonly pathId: number | null; // RFC 7911 §3; null: none, as without ADD-PATH
  readonly set: AttributeSetId; // after policy
  readonly attributes: AttributeSet; // as the peer gets them
}

/** @returns one explanation for each path that could be sent, or one that says there is none */
export function explainExport(rib: Rib, group: UpdateGroup, recipient: Recipient, prefix: Prefix): readonly ExportExplanation[] {
  const id = prefix.family === group.profile.family ? rib.table(group.profile.family).find(prefix) : NO_PREFIX;
  const offered = group.offered(id);
  if (offered.length === 0) return [explainAbsence(group, recipient, prefix, id)];
  return offered.map((path) => explainPath(rib, group, recipient, prefix, id, path));
}

function explainAbsence(group: UpdateGroup, recipient: Recipient, prefix: Prefix, id: PrefixId): ExportExplanation {
  return {
    ...{ prefix, pathId: null, path: null, refusal: null, policy: null, isOwn: false, isTooLong: false, isWanted: false },
    advertised: advertisedTo(group, recipient, id)[0]?.attributes ?? null,
    isPending: isOwed(group, recipient, id) || group.told(id).length > 0,
  };
}

function explainPath(
  rib: Rib,
  group: UpdateGroup,
  recipient: Recipient,
  prefix: Prefix,
  id: PrefixId,
  { path, set, source }: ExportPath,
): ExportExplanation {
  const peer = rib.peer(source);
  const refusal = advertiseTo(peer, rib.attributes.flags(set), group.profile);
  const policy = refusal === null ? group.evaluator.trace(id, set, peer.source) : null;
  const isOwn = source === recipient.peer;
  const accepted = policy?.set ?? NO_ATTRIBUTES;
  const isTooLong = accepted !== NO_ATTRIBUTES && !group.fits(accepted, source);
  const wanted = isTooLong ? NO_ATTRIBUTES : accepted;
  const told = group.told(id).find((one) => one.path === path);
  return {
    prefix,
    pathId: pathIdSent(path),
    path: { peer: peer.name, attributes: rib.attributes.decode(set) },
    refusal,
    policy,
    isOwn,
    isTooLong,
    isWanted: wanted !== NO_ATTRIBUTES && !isOwn,
    advertised: told === undefined || told.source === recipient.peer ? null : group.attributesSent(told.set, told.source),
    isPending: isOwed(group, recipient, id) || (told?.set ?? NO_ATTRIBUTES) !== wanted,
  };
}

function isOwed(group: UpdateGroup, recipient: Recipient, prefix: PrefixId): boolean {
  return group.streams.catchUpOf(recipient)?.owes(prefix) ?? false;
}

function pathIdSent(path: PathId): number | null {
  return path === NO_PATH ? null : path;
}

/** What the peer was sent for the prefix, or stands in line to be sent. */
export function advertisedTo(group: UpdateGroup, recipient: Recipient, prefix: PrefixId): readonly AdvertisedRoute[] {
  return group
    .told(prefix)
    .filter(({ source }) => source !== recipient.peer)
    .map(({ path, set, source }) => ({ pathId: pathIdSent(path), set, attributes: group.attributesSent(set, source) }));
}
