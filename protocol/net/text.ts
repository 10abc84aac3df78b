import { Address4, Address6 } from "ip-address";
import { err, ok, type Result } from "../result.js";
import { type Asn, asn } from "./asn.js";
import { IpAddress } from "./ip-address.js";
import { Prefix } from "./prefix.js";
import { type RouterId, routerId } from "./router-id.js";

// Text is parsed at the edges only (resource files, command line, API): about 1 µs an address.
// Every parser answers with a value or with the reason in words, without the name of the place.

/** Parses an IPv4 or IPv6 address; no zone, no prefix length, no brackets. */
export function parseIpAddress(text: string): Result<IpAddress, string> {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(text) && Address4.isValid(text)) {
    return ok(IpAddress.fromBytes(4, Uint8Array.from(new Address4(text).toArray())));
  }
  if (text.includes("%")) return err(`"${text}" has a zone, which is not allowed here`);
  if (text.includes(":") && !text.includes("/") && Address6.isValid(text)) {
    return ok(IpAddress.fromBytes(6, Uint8Array.from(new Address6(text).toUnsignedByteArray())));
  }
  return err(`"${text}" is no IPv4 or IPv6 address`);
}

/** Parses `address/length`. @param hostBits what to do with bits after the length: refuse them or set them to zero */
export function parsePrefix(text: string, hostBits: "refuse" | "clear" = "refuse"): Result<Prefix, string> {
  const slash = text.indexOf("/");
  if (slash < 0) return err(`"${text}" has no prefix length ("/n")`);
  const address = parseIpAddress(text.slice(0, slash));
  if (!address.ok) return address;
  const digits = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(digits) || Number(digits) > address.value.bits) {
    return err(`"${text}": the prefix length must be 0 to ${address.value.bits}`);
  }
  const prefix = Prefix.of(address.value, Number(digits));
  if (hostBits === "refuse" && !prefix.address.equals(address.value)) {
    return err(`"${text}" has bits set after the prefix length; write ${prefix}`);
  }
  return ok(prefix);
}

/** Parses an AS number: decimal, or asdot `high.low` (RFC 5396). */
export function parseAsn(text: string): Result<Asn, string> {
  if (/^\d{1,10}$/.test(text) && Number(text) <= 0xffffffff) return ok(asn(Number(text)));
  const dotted = /^(\d{1,5})\.(\d{1,5})$/.exec(text);
  if (dotted && Number(dotted[1]) <= 0xffff && Number(dotted[2]) <= 0xffff) {
    return ok(asn(Number(dotted[1]) * 65536 + Number(dotted[2])));
  }
  return err(`"${text}" is no AS number (0 to 4294967295, or "high.low" with both below 65536)`);
}

/** Parses a BGP Identifier or cluster id: a dotted quad that is not 0.0.0.0 (RFC 6286 §2.1). */
export function parseRouterId(text: string): Result<RouterId, string> {
  const address = parseIpAddress(text);
  if (!address.ok || address.value.version !== 4) return err(`"${text}" is no dotted quad`);
  if (address.value.w0 === 0) return err(`"${text}": the identifier must not be zero`);
  return ok(routerId(address.value.w0 >>> 0));
}
