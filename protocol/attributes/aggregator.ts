import { AS_TRANS, asn } from "../net/asn.js";
import { IpAddress } from "../net/ip-address.js";
import { UpdateSubcode } from "../wire/bgp-error.js";
import type { ByteWriter } from "../wire/byte-writer.js";
import { AttributeCode } from "../wire/iana.js";
import { writeAsn } from "./as-path.js";
import { type AttributeCodec, attributeDiscard, OPTIONAL_TRANSITIVE, u16At, u32At, WELL_KNOWN } from "./attribute-codec.js";
import type { Aggregator } from "./attribute-set.js";

/** ATOMIC_AGGREGATE (RFC 4271 §5.1.6): its presence is all it says. */
export const atomicAggregate: AttributeCodec<"atomicAggregate"> = {
  code: AttributeCode.AtomicAggregate,
  name: "ATOMIC_AGGREGATE",
  flags: WELL_KNOWN,
  key: "atomicAggregate",
  flagsFault: "attribute-discard", // RFC 7606 §3 f
  // RFC 7606 §7.6
  check(_bytes, start, end) {
    if (end === start) return null;
    return attributeDiscard(UpdateSubcode.AttributeLengthError, `ATOMIC_AGGREGATE has ${end - start} octets, not 0`);
  },
  read: () => true,
  encode: () => {},
};

/** AGGREGATOR (RFC 4271 §5.1.7): AS number of two or four octets (RFC 6793) and IPv4 address. */
export const aggregator: AttributeCodec<"aggregator"> = {
  code: AttributeCode.Aggregator,
  name: "AGGREGATOR",
  flags: OPTIONAL_TRANSITIVE,
  key: "aggregator",
  flagsFault: "attribute-discard", // RFC 7606 §3 f
  check: (bytes, start, end, options) => checkAggregator("AGGREGATOR", bytes, start, end, options.fourOctetAs ? 4 : 2),
  read: (bytes, start, _end, options) => readAggregator(bytes, start, options.fourOctetAs ? 4 : 2),
  encode: (value, writer, options) => writeAggregator(value, writer, options.fourOctetAs ? 4 : 2),
};

/** AS4_AGGREGATOR (RFC 6793 §3): only from a speaker of two-octet AS numbers. */
export const as4Aggregator: AttributeCodec<"as4Aggregator"> = {
  code: AttributeCode.As4Aggregator,
  name: "AS4_AGGREGATOR",
  flags: OPTIONAL_TRANSITIVE,
  key: "as4Aggregator",
  flagsFault: "attribute-discard",
  // RFC 6793 §4.1 and §6
  check(bytes, start, end, options) {
    if (options.fourOctetAs) {
      return attributeDiscard(UpdateSubcode.OptionalAttributeError, "AS4_AGGREGATOR from a speaker of four-octet AS numbers");
    }
    return checkAggregator("AS4_AGGREGATOR", bytes, start, end, 4);
  },
  read: (bytes, start) => readAggregator(bytes, start, 4),
  encode: (value, writer) => writeAggregator(value, writer, 4),
};

/** The AS4_AGGREGATOR needed beside an AGGREGATOR of two octets, or null (RFC 6793 §4.2.2). */
export function as4AggregatorOf(value: Aggregator | undefined): Aggregator | null {
  return value !== undefined && value.asNumber > 0xffff ? value : null;
}

/** True when AGGREGATOR says that AS4_AGGREGATOR and AS4_PATH do not belong to this route (RFC 6793 §4.2.3). */
export function overridesAs4(value: Aggregator | undefined, as4: Aggregator | undefined): boolean {
  return value !== undefined && as4 !== undefined && value.asNumber !== AS_TRANS;
}

function checkAggregator(name: string, bytes: Uint8Array, start: number, end: number, octets: 2 | 4) {
  if (end - start !== octets + 4) {
    return attributeDiscard(UpdateSubcode.AttributeLengthError, `${name} has ${end - start} octets, not ${octets + 4}`); // §7.7
  }
  const as = octets === 4 ? u32At(bytes, start) : u16At(bytes, start);
  return as === 0 ? attributeDiscard(UpdateSubcode.OptionalAttributeError, `${name} has AS 0`) : null; // RFC 7607 §2
}

function readAggregator(bytes: Uint8Array, start: number, octets: 2 | 4): Aggregator {
  const asNumber = asn(octets === 4 ? u32At(bytes, start) : u16At(bytes, start));
  return { asNumber, address: IpAddress.fromBytes(4, bytes, start + octets) };
}

function writeAggregator(value: Aggregator, writer: ByteWriter, octets: 2 | 4): void {
  writeAsn(value.asNumber, writer, octets);
  writer.bytes(value.address.toBytes());
}
