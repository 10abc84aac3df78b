import type { CodecOptions } from "../messages/codec-options.js";
import { IpAddress } from "../net/ip-address.js";
import { UpdateSubcode } from "../wire/bgp-error.js";
import { AttributeCode } from "../wire/iana.js";
import { type AttributeCodec, treatAsWithdraw, WELL_KNOWN } from "./attribute-codec.js";

/** NEXT_HOP (RFC 4271 §5.1.3). */
export const nextHop: AttributeCodec<"nextHop"> = {
  code: AttributeCode.NextHop,
  name: "NEXT_HOP",
  flags: WELL_KNOWN,
  key: "nextHop",
  flagsFault: "treat-as-withdraw",
  // RFC 7606 §7.3
  check(bytes, start, end, options) {
    if (end - start !== 4)
      return treatAsWithdraw(UpdateSubcode.AttributeLengthError, `NEXT_HOP has ${end - start} octets, not 4`);
    if (isHostAddress4(bytes, start, options)) return null;
    return treatAsWithdraw(UpdateSubcode.InvalidNextHop, `NEXT_HOP ${IpAddress.fromBytes(4, bytes, start)} is no host address`);
  },
  read: (bytes, start) => IpAddress.fromBytes(4, bytes, start),
  encode: (value, writer) => writer.bytes(value.toBytes()),
};

/** "A valid IP host address" (RFC 4271 §6.3): not 0/8, multicast or reserved, and 127/8 only between speakers on one host. */
export function isHostAddress4(bytes: Uint8Array, at: number, options: CodecOptions): boolean {
  const first = bytes[at]!;
  return first !== 0 && first < 224 && (first !== 127 || options.loopback === true);
}

/** Not unspecified, not multicast, and loopback only between speakers on one host. */
export function isHostAddress6(bytes: Uint8Array, at: number, options: CodecOptions): boolean {
  if (bytes[at] === 0xff) return false;
  for (let i = 0; i < 15; i++) {
    if (bytes[at + i] !== 0) return true;
  }
  return bytes[at + 15]! > (options.loopback === true ? 0 : 1);
}
