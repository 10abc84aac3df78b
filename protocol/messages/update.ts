import { OPTIONAL_NON_TRANSITIVE } from "../attributes/attribute-codec.js";
import type { AttributeSet } from "../attributes/attribute-set.js";
import { decodeAttributes } from "../attributes/decode-attributes.js";
import { attributesOf, type EncodedAttribute, writeAttribute } from "../attributes/encode-attributes.js";
import { strongest } from "../attributes/walk-attributes.js";
import { afiOf, Family, Safi } from "../net/address-family.js";
import { IpAddress } from "../net/ip-address.js";
import { Prefix } from "../net/prefix.js";
import { type NlriBlock, NlriCursor, nlriOctets, writeNlri } from "../nlri/nlri-block.js";
import { err, ok, type Result } from "../result.js";
import type { BgpError, FaultAction } from "../wire/bgp-error.js";
import { ByteWriter } from "../wire/byte-writer.js";
import { AttributeCode, MessageType } from "../wire/iana.js";
import type { CodecOptions } from "./codec-options.js";
import { finishMessage, writeHeader } from "./header.js";
import { UpdateReader } from "./update-reader.js";

/** One prefix of an UPDATE; `pathId` is there under ADD-PATH only (RFC 7911). */
export interface RoutePrefix {
  readonly prefix: Prefix;
  readonly pathId?: number;
}

/** Prefixes of one family that share attributes and next hop. */
export interface Announcement {
  readonly family: Family;
  readonly attributes: AttributeSet;
  readonly prefixes: readonly RoutePrefix[];
}

/**
 * The UPDATE message (RFC 4271 §4.3) as objects, after RFC 7606 was applied: what had to be treated as withdrawn stands
 * under `withdrawn`, attributes that had to be discarded are gone, and `faults` says why.
 */
export interface UpdateMessage {
  readonly type: "update";
  readonly withdrawn: readonly RoutePrefix[]; // of all families, in the order of the message
  readonly announced: readonly Announcement[]; // none, one, or two: the NLRI field and that of MP_REACH_NLRI
  readonly endOfRib: Family | null; // RFC 4724 §2
  readonly faults: readonly BgpError[];
  readonly action: "none" | FaultAction; // the strongest of `faults`
}

/** Decodes the UPDATE in `bytes[start, end)`, header included and checked; an error means session reset. */
export function decodeUpdate(
  bytes: Uint8Array,
  start: number,
  end: number,
  options: CodecOptions,
): Result<UpdateMessage, BgpError> {
  const reader = new UpdateReader(options);
  const error = reader.read(bytes, start, end);
  if (error !== null) return err(error);
  const withdrawn = reader.withdrawals.flatMap((slot) => (slot.present ? readPrefixes(slot.nlri) : []));
  const announced: Announcement[] = [];
  const faults = [...reader.faults];
  for (const slot of reader.announcements) {
    if (!slot.present) continue;
    const decoded = decodeAttributes(slot.bytes, slot.start, slot.end, options, slot.family);
    const isWithdrawn = reader.action !== "apply" || isStronger(decoded.action);
    if (isWithdrawn) withdrawn.push(...readPrefixes(slot.nlri));
    else announced.push({ family: slot.family, attributes: decoded.set, prefixes: readPrefixes(slot.nlri) });
    faults.push(...decoded.faults.filter((fault) => !faults.some((other) => other.detail === fault.detail)));
  }
  const action = faults.reduce<"none" | FaultAction>((worst, fault) => strongest(worst, fault.action), "none");
  return ok({ type: "update", withdrawn, announced, endOfRib: reader.endOfRib, faults, action });
}

/** True when a verdict on attributes means that their prefixes are not announced. */
function isStronger(action: "none" | FaultAction): boolean {
  return action !== "none" && action !== "attribute-discard";
}

/** The prefixes of a block as objects. */
export function readPrefixes(block: NlriBlock): RoutePrefix[] {
  const cursor = new NlriCursor();
  const prefixes: RoutePrefix[] = [];
  cursor.reset(block);
  while (cursor.next()) {
    const { w0, w1, w2, w3, length, pathId } = cursor;
    const address = block.family === Family.Ipv4Unicast ? IpAddress.v4(w0) : IpAddress.v6(w0, w1, w2, w3);
    const prefix = Prefix.of(address, length);
    prefixes.push(block.addPath ? { prefix, pathId } : { prefix });
  }
  return prefixes;
}

/**
 * Encodes an UPDATE for tests, tools and single messages; streams of routes are packed by `rib/update-group.ts`.
 * Two announcements must have the same attributes but for the next hop, and different places for it. `faults` say nothing
 * here. The caller sees to it that the message is not longer than the session allows.
 */
export function encodeUpdate(message: UpdateMessage, options: CodecOptions): Uint8Array {
  const classic = message.announced.find(isClassic);
  const writer = new ByteWriter();
  writeHeader(writer, MessageType.Update);
  writer.u16(0);
  writeBlock(message.withdrawn, Family.Ipv4Unicast, writer, options);
  writer.patchU16(19, writer.length - 21);
  const listAt = writer.length;
  writer.u16(0);
  for (const attribute of attributeList(message, options)) writeAttribute(attribute, writer);
  writer.patchU16(listAt, writer.length - listAt - 2);
  if (classic !== undefined) writeBlock(classic.prefixes, Family.Ipv4Unicast, writer, options);
  return finishMessage(writer);
}

/** In the NLRI field go IPv4 prefixes with an IPv4 next hop. */
function isClassic({ family, attributes }: Announcement): boolean {
  return family === Family.Ipv4Unicast && attributes.nextHop?.version !== 6;
}

function attributeList(message: UpdateMessage, options: CodecOptions): readonly EncodedAttribute[] {
  const list = new Map<number, EncodedAttribute>();
  for (const announcement of message.announced) {
    for (const attribute of attributesOf(announcement.attributes, announcement.family, options)) {
      const isReach = attribute.code === AttributeCode.MpReachNlri;
      list.set(attribute.code, isReach ? withPrefixes(attribute, announcement, options) : attribute);
    }
  }
  const unreach = unreachOf(message, options);
  if (unreach !== null) list.set(unreach.code, unreach);
  return [...list.values()].sort((a, b) => a.code - b.code);
}

function withPrefixes(reach: EncodedAttribute, announcement: Announcement, options: CodecOptions): EncodedAttribute {
  const writer = new ByteWriter();
  writer.bytes(reach.value);
  writeBlock(announcement.prefixes, announcement.family, writer, options);
  return { ...reach, value: writer.toBytes() };
}

/** MP_UNREACH_NLRI for what is no IPv4, and for its End-of-RIB marker. */
function unreachOf(message: UpdateMessage, options: CodecOptions): EncodedAttribute | null {
  const family = Family.Ipv6Unicast;
  const isNeeded = message.endOfRib === family || message.withdrawn.some(({ prefix }) => prefix.family === family);
  if (!isNeeded) return null;
  const writer = new ByteWriter();
  writer.u16(afiOf(family));
  writer.u8(Safi.Unicast);
  writeBlock(message.withdrawn, family, writer, options);
  return { code: AttributeCode.MpUnreachNlri, flags: OPTIONAL_NON_TRANSITIVE, value: writer.toBytes() };
}

/** Writes those of `prefixes` that are of `family`. */
function writeBlock(prefixes: readonly RoutePrefix[], family: Family, writer: ByteWriter, options: CodecOptions): void {
  for (const { prefix, pathId } of prefixes) {
    if (prefix.family !== family) continue;
    if (options.addPath.has(family)) writer.u32(pathId ?? 0);
    const { address, length } = prefix;
    const entry = new Uint8Array(nlriOctets(length));
    writeNlri(entry, 0, address.w0, address.w1, address.w2, address.w3, length);
    writer.bytes(entry);
  }
}
