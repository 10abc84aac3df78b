import { Afi } from "../net/address-family.js";
import { IpAddress } from "../net/ip-address.js";
import { type BgpError, UpdateSubcode } from "../wire/bgp-error.js";
import type { ByteWriter } from "../wire/byte-writer.js";
import { AttributeCode } from "../wire/iana.js";
import { type AttributeCodec, attributeFault, OPTIONAL_NON_TRANSITIVE, treatAsWithdraw, u16At } from "./attribute-codec.js";
import { isHostAddress4, isHostAddress6 } from "./next-hop.js";

/** The next hop of MP_REACH_NLRI, with the AFI and SAFI it stands beside. */
export interface MpNextHop {
  readonly afi: number;
  readonly safi: number;
  readonly nextHop: IpAddress;
  readonly linkLocal?: IpAddress; // RFC 2545 §3
}

/** AFI, SAFI, next hop length and the reserved octet: no MP_REACH_NLRI is shorter (RFC 7606 §5.3). */
export const MP_REACH_MIN_LENGTH = 5;
/** AFI and SAFI: no MP_UNREACH_NLRI is shorter; one of just this length is an End-of-RIB marker. */
export const MP_UNREACH_MIN_LENGTH = 3;

/**
 * MP_REACH_NLRI (RFC 4760 §3) up to the reserved octet: AFI, SAFI and next hop. The NLRI behind it are the business of
 * `messages/update-reader.ts`, which hands over attribute lists without them.
 */
export const mpReachNlri: AttributeCodec<"mpNextHop"> = {
  code: AttributeCode.MpReachNlri,
  name: "MP_REACH_NLRI",
  flags: OPTIONAL_NON_TRANSITIVE,
  key: "mpNextHop",
  flagsFault: "session-reset", // RFC 7606 §5.3
  check(bytes, start, end, options) {
    const fault = checkReachFraming(bytes, start, end);
    if (fault) return fault;
    const at = start + 4;
    const octets = bytes[start + 3]!;
    if (octets === 4) return isHostAddress4(bytes, at, options) ? null : badNextHop(4, bytes, at);
    if (u16At(bytes, start) === Afi.IPv4 && !options.extendedNextHop) {
      return treatAsWithdraw(UpdateSubcode.InvalidNextHop, "IPv6 next hop for IPv4 was not negotiated (RFC 8950)");
    }
    const isUsable = isHostAddress6(bytes, at, options) || (octets === 32 && isLinkLocal(bytes, at + 16));
    return isUsable ? null : badNextHop(6, bytes, at);
  },
  read(bytes, start, _end, options) {
    const octets = bytes[start + 3]!;
    const at = start + 4;
    const family = { afi: u16At(bytes, start), safi: bytes[start + 2]! };
    if (octets === 4) return { ...family, nextHop: IpAddress.fromBytes(4, bytes, at) };
    const nextHop = IpAddress.fromBytes(6, bytes, at);
    if (octets === 16 || !isLinkLocal(bytes, at + 16)) return { ...family, nextHop };
    const linkLocal = IpAddress.fromBytes(6, bytes, at + 16);
    // without a global address of its own a router repeats its link-local one, or sends ::
    return isHostAddress6(bytes, at, options) ? { ...family, nextHop, linkLocal } : { ...family, nextHop: linkLocal };
  },
  encode: writeReachHead,
};

/** Writes MP_REACH_NLRI up to the reserved octet. */
export function writeReachHead(value: MpNextHop, writer: ByteWriter): void {
  const addresses = value.linkLocal === undefined ? [value.nextHop] : [value.nextHop, value.linkLocal];
  writer.u16(value.afi);
  writer.u8(value.safi);
  writer.u8(addresses.reduce((octets, address) => octets + address.bits / 8, 0));
  for (const address of addresses) writer.bytes(address.toBytes());
  writer.u8(0);
}

/**
 * Whether the NLRI of an MP_REACH_NLRI of IPv4 or IPv6 unicast can be found: RFC 7606 §7.11 allows nothing milder than a
 * session reset when the next hop's length is not one expected.
 */
export function checkReachFraming(bytes: Uint8Array, start: number, end: number): BgpError | null {
  if (end - start < MP_REACH_MIN_LENGTH) return badAttribute(`MP_REACH_NLRI has ${end - start} octets`);
  const octets = bytes[start + 3]!;
  if (!isNextHopLength(u16At(bytes, start), octets)) return badAttribute(`MP_REACH_NLRI has a next hop of ${octets} octets`);
  return start + MP_REACH_MIN_LENGTH + octets > end ? badAttribute("MP_REACH_NLRI ends within the next hop") : null;
}

/** IPv4: 4, or as IPv6 (RFC 8950); IPv6: a global address, or that and a link-local one (RFC 2545 §3). */
function isNextHopLength(afi: number, octets: number): boolean {
  return octets === 16 || octets === 32 || (octets === 4 && afi === Afi.IPv4);
}

/** fe80::/10 */
function isLinkLocal(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0xfe && (bytes[at + 1]! & 0xc0) === 0x80;
}

function badAttribute(detail: string): BgpError {
  return attributeFault("session-reset", UpdateSubcode.OptionalAttributeError, detail); // RFC 4760 §7
}

function badNextHop(version: 4 | 6, bytes: Uint8Array, at: number): BgpError {
  const detail = `next hop ${IpAddress.fromBytes(version, bytes, at)} of MP_REACH_NLRI is no host address`;
  return treatAsWithdraw(UpdateSubcode.InvalidNextHop, detail);
}
