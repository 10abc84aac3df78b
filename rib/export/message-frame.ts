import { Afi, afiOf, Family, Safi } from "../../protocol/net/address-family.js";
import { AttributeCode, AttributeFlag } from "./attribute-cursor.js";

/** Octets of an UPDATE besides NLRI, withdrawn routes and path attributes: header and two length fields (RFC 4271 §4.3). */
export const UPDATE_OVERHEAD = 23;
/** Octets of the header (§4.1); the lengths of an UPDATE's first field stands right behind. */
export const HEADER_OCTETS = 19;
/** Octets of MP_REACH_NLRI besides next hop and NLRI, extended length included (RFC 4760 §3). */
export const MP_REACH_OVERHEAD = 9;
/** Octets of MP_UNREACH_NLRI besides NLRI (RFC 4760 §4). */
export const MP_UNREACH_OVERHEAD = 7;

const UPDATE = 2;
const ROUTE_REFRESH = 5;

/** Marker and type; the length field follows by `writeLength`. @returns the position behind the header */
export function writeHeader(bytes: Uint8Array, start: number, type: number = UPDATE): number {
  bytes.fill(255, start, start + 16);
  bytes[start + 18] = type;
  return start + HEADER_OCTETS;
}

/** Completes the header of the message in [start, end). */
export function writeLength(bytes: Uint8Array, start: number, end: number): void {
  writeShort(bytes, start + 16, end - start);
}

/** @returns the position behind the two octets */
export function writeShort(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
  return at + 2;
}

/** Head of a multiprotocol attribute up to AFI and SAFI; its length, always two octets, stands at `at + 2`. */
export function writeMultiprotocolHead(bytes: Uint8Array, at: number, code: number, family: Family): number {
  bytes[at] = AttributeFlag.Optional | AttributeFlag.ExtendedLength;
  bytes[at + 1] = code;
  writeShort(bytes, at + 4, afiOf(family));
  bytes[at + 6] = Safi.Unicast;
  return at + 7;
}

/** End-of-RIB (RFC 4724 §2): an empty UPDATE for IPv4, one with an empty MP_UNREACH_NLRI for the rest. */
export function endOfRib(family: Family): Uint8Array {
  const isClassic = family === Family.Ipv4Unicast;
  const bytes = new Uint8Array(UPDATE_OVERHEAD + (isClassic ? 0 : MP_UNREACH_OVERHEAD));
  writeHeader(bytes, 0);
  writeLength(bytes, 0, bytes.length);
  if (isClassic) return bytes;
  writeShort(bytes, 21, MP_UNREACH_OVERHEAD);
  writeMultiprotocolHead(bytes, UPDATE_OVERHEAD, AttributeCode.MpUnreachNlri, family);
  writeShort(bytes, UPDATE_OVERHEAD + 2, 3);
  return bytes;
}

/** BoRR or EoRR (RFC 7313 §3.2): the ROUTE-REFRESH message between whose two a refresh is complete. */
export function refreshMarker(family: Family, subtype: "begin" | "end"): Uint8Array {
  const bytes = new Uint8Array(HEADER_OCTETS + 4);
  writeHeader(bytes, 0, ROUTE_REFRESH);
  writeLength(bytes, 0, bytes.length);
  writeShort(bytes, HEADER_OCTETS, family === Family.Ipv4Unicast ? Afi.IPv4 : Afi.IPv6);
  bytes[HEADER_OCTETS + 2] = subtype === "begin" ? 1 : 2;
  bytes[HEADER_OCTETS + 3] = Safi.Unicast;
  return bytes;
}
