import { IpAddress } from "../net/ip-address.js";
import { AttributeCode } from "../wire/iana.js";
import { type AttributeCodec, OPTIONAL_TRANSITIVE, u16At, u32At } from "./attribute-codec.js";
import { checkMultiple } from "./value-length.js";
import { readItems, writeItems } from "./word-list.js";

/** EXTENDED COMMUNITIES (RFC 4360): 8 octets each. */
export const extendedCommunities: AttributeCodec<"extendedCommunities"> = {
  code: AttributeCode.ExtendedCommunities,
  name: "EXTENDED_COMMUNITIES",
  flags: OPTIONAL_TRANSITIVE,
  key: "extendedCommunities",
  flagsFault: "treat-as-withdraw",
  check: (_bytes, start, end) => checkMultiple("EXTENDED_COMMUNITIES", 8, start, end), // RFC 7606 §7.14
  read: (bytes, start, end) => readItems(bytes, start, end, 8),
  encode: writeItems,
};

/** IPv6 Address Specific EXTENDED COMMUNITIES (RFC 5701): 20 octets each. */
export const ipv6ExtendedCommunities: AttributeCodec<"ipv6ExtendedCommunities"> = {
  code: AttributeCode.Ipv6ExtendedCommunities,
  name: "IPV6_EXTENDED_COMMUNITIES",
  flags: OPTIONAL_TRANSITIVE,
  key: "ipv6ExtendedCommunities",
  flagsFault: "treat-as-withdraw",
  check: (_bytes, start, end) => checkMultiple("IPV6_EXTENDED_COMMUNITIES", 20, start, end), // RFC 7606 §7.15
  read: (bytes, start, end) => readItems(bytes, start, end, 20),
  encode: writeItems,
};

const SUBTYPES: ReadonlyMap<number, string> = new Map([
  [0x02, "rt"], // Route Target
  [0x03, "soo"], // Route Origin
]);

/** `rt:65000:100` and `soo:…` where type and subtype are known (RFC 4360 §3, RFC 5668), otherwise 16 hex digits. */
export function formatExtendedCommunity(value: Uint8Array): string {
  const name = SUBTYPES.get(value[1]!);
  const type = value[0]! & 0xbf; // without the transitive bit
  if (name === undefined || type > 2) return hex(value);
  if (type === 0) return `${name}:${u16At(value, 2)}:${u32At(value, 4)}`;
  if (type === 1) return `${name}:${IpAddress.fromBytes(4, value, 2)}:${u16At(value, 6)}`;
  return `${name}:${u32At(value, 2)}:${u16At(value, 6)}`;
}

function hex(value: Uint8Array): string {
  return Array.from(value, (octet) => octet.toString(16).padStart(2, "0")).join("");
}
