import type { AttributeSet } from "../../protocol/attributes/attribute-set.js";
import type { Prefix } from "../../protocol/net/prefix.js";
import type { PolicyTrace } from "../policy/evaluate.js";
import type { Rib } from "../rib.js";
import { NO_ATTRIBUTES, NO_PEER, NO_PREFIX, type PrefixId } from "../store/ids.js";
import type { UpdateGroup } from "../update-group.js";
import { advertiseTo, type Refusal } from "./advertise-to.js";
import type { Recipient } from "./recipient.js";

/** Why a prefix is, or is not, sent to one peer. Plain data; worked out anew, by the functions that decided. */
export interface ExportExplanation {
  readonly prefix: Prefix;
  /** The best path and the name of the peer, or of our own source, it is from; null: there is none. */
  readonly best: { readonly peer: string; readonly attributes: AttributeSet } | null;
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

export function explainExport(rib: Rib, group: UpdateGroup, recipient: Recipient, prefix: Prefix): ExportExplanation {
  const table = rib.table(group.profile.family);
  const id = prefix.family === group.profile.family ? table.find(prefix) : NO_PREFIX;
  const { set, source } = group.offered(id)[0] ?? { set: NO_ATTRIBUTES, source: NO_PEER };
  const peer = source === NO_PEER ? null : rib.peer(source);
  const refusal = peer === null ? null : advertiseTo(peer, rib.attributes.flags(set), group.profile);
  const policy = peer === null || refusal !== null ? null : group.evaluator.trace(id, set, peer.source);
  const isOwn = source !== NO_PEER && source === recipient.peer;
  const accepted = policy?.set ?? NO_ATTRIBUTES;
  const isTooLong = accepted !== NO_ATTRIBUTES && !group.fits(accepted, source);
  const isPending =
    (group.streams.catchUpOf(recipient)?.owes(id) ?? false) ||
    (group.told(id)[0]?.set ?? NO_ATTRIBUTES) !== (isTooLong ? NO_ATTRIBUTES : accepted);
  return {
    prefix,
    best: peer === null ? null : { peer: peer.name, attributes: rib.attributes.decode(set) },
    refusal,
    policy,
    isOwn,
    isTooLong,
    isWanted: accepted !== NO_ATTRIBUTES && !isOwn && !isTooLong,
    advertised: advertisedTo(group, recipient, id),
    isPending,
  };
}

/** What the peer was sent for the prefix, or stands in line to be sent: attributes as it gets them. */
export function advertisedTo(group: UpdateGroup, recipient: Recipient, prefix: PrefixId): AttributeSet | null {
  const told = group.told(prefix)[0];
  return told === undefined || told.source === recipient.peer ? null : group.attributesSent(told.set, told.source);
}
