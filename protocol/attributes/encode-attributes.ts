import { afiOf, Family, Safi } from "../net/address-family.js";
import { ByteWriter } from "../wire/byte-writer.js";
import { AttributeFlag } from "../wire/iana.js";
import { as4AggregatorOf } from "./aggregator.js";
import { as4PathOf } from "./as-path.js";
import type { AttributeCodec, DecodedFields, EncodeOptions } from "./attribute-codec.js";
import type { AttributeSet } from "./attribute-set.js";
import { ATTRIBUTE_CODECS } from "./codec-table.js";

/**
 * Writes the canonical attribute list of a set: ascending type codes, the shorter length form. The next hop becomes NEXT_HOP
 * for IPv4 prefixes with an IPv4 next hop, otherwise an MP_REACH_NLRI of `family` without NLRI.
 *
 * @param options without four-octet AS numbers AS_TRANS, AS4_PATH and AS4_AGGREGATOR are used (RFC 6793 §4.2.2)
 */
export function encodeAttributes(set: AttributeSet, family: Family, options: EncodeOptions): Uint8Array {
  const writer = new ByteWriter();
  for (const attribute of attributesOf(set, family, options)) writeAttribute(attribute, writer);
  return writer.toBytes();
}

/** An attribute ready to be written; `flags` without Extended Length, which follows from the length of the value. */
export interface EncodedAttribute {
  readonly code: number;
  readonly flags: number;
  readonly value: Uint8Array;
}

/** The attributes of a set by ascending type code. */
export function attributesOf(set: AttributeSet, family: Family, options: EncodeOptions): readonly EncodedAttribute[] {
  const fields = toFields(set, family, options);
  const known = ATTRIBUTE_CODECS.flatMap((codec) => encodeField(codec, fields, options) ?? []);
  return [...known, ...(set.unknown ?? [])].sort((a, b) => a.code - b.code);
}

/** Writes flags, type code, length (in two octets above 255) and value. */
export function writeAttribute({ code, flags, value }: EncodedAttribute, writer: ByteWriter): void {
  const isLong = value.length > 255;
  writer.u8(isLong ? flags | AttributeFlag.ExtendedLength : flags);
  writer.u8(code);
  if (isLong) writer.u16(value.length);
  else writer.u8(value.length);
  writer.bytes(value);
}

function encodeField(codec: AttributeCodec, fields: DecodedFields, options: EncodeOptions): EncodedAttribute | null {
  const value = fields[codec.key];
  if (value === undefined) return null;
  const writer = new ByteWriter(64);
  codec.encode(value, writer, options);
  const isPartial = fields.partial?.includes(codec.code); // never to be cleared again (RFC 4271 §5)
  return { code: codec.code, flags: isPartial ? codec.flags | AttributeFlag.Partial : codec.flags, value: writer.toBytes() };
}

/** Splits off what has an attribute of its own on the wire. */
function toFields(set: AttributeSet, family: Family, options: EncodeOptions): DecodedFields {
  const { nextHop, linkLocalNextHop, ...rest } = set;
  const as4Path = options.fourOctetAs ? null : as4PathOf(set.asPath ?? []);
  const as4Aggregator = options.fourOctetAs ? null : as4AggregatorOf(set.aggregator);
  return {
    ...rest,
    ...nextHopFields(set, family),
    ...(as4Path && { as4Path }),
    ...(as4Aggregator && { as4Aggregator }),
  };
}

function nextHopFields({ nextHop, linkLocalNextHop }: AttributeSet, family: Family): DecodedFields {
  if (nextHop === undefined) return {};
  if (family === Family.Ipv4Unicast && nextHop.version === 4) return { nextHop };
  const linkLocal = linkLocalNextHop === undefined ? {} : { linkLocal: linkLocalNextHop };
  return { mpNextHop: { afi: afiOf(family), safi: Safi.Unicast, nextHop, ...linkLocal } };
}
