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
  check(bytes, start, end) {
    if (end - start !== 4)
      return treatAsWithdraw(UpdateSubcode.AttributeLengthError, `NEXT_HOP has ${end - start} octets, not 4`);
    if (isHostAddress4(bytes, start)) return null;
    return treatAsWithdraw(UpdateSubcode.InvalidNextHop, `NEXT_HOP ${IpAddress.fromBytes(4, bytes, start)} is no host address`);
  },
  read: (bytes, start) => IpAddress.fromBytes(4, bytes, start),
  encode: (value, writer) => writer.bytes(value.toBytes()),
};

/**
 * "A valid IP host address" (RFC 4271 §6.3): not 0/8, multicast or reserved. 127/8 is one: speakers on one host peer over
 * it, and elsewhere such a next hop is an own address, which does not resolve.
 */
export function isHostAddress4(bytes: Uint8Array, at: number): boolean {
  const first = bytes[at]!;
  return first !== 0 && first < 224;
}

/** Not unspecified, not loopback, not multicast. */
export function isHostAddress6(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] === 0xff) return false;
  for (let i = 0; i < 15; i++) {
    if (bytes[at + i] !== 0) return true;
  }
  return bytes[at + 15]! > 1;
}
