import type { IpAddress, IpVersion } from "../../../protocol/net/ip-address.js";
import { Prefix } from "../../../protocol/net/prefix.js";
import type { RouterId } from "../../../protocol/net/router-id.js";
import { parseIpAddress, parsePrefix, parseRouterId } from "../../../protocol/net/text.js";
import { err, ok } from "../../../protocol/result.js";
import type { ParseValue } from "../field-reader.js";
import type { NodeAddress } from "../resource-set.js";

export function ipAddress(version?: IpVersion): ParseValue<IpAddress> {
  return (scalar) => {
    if (scalar.text === "") return ok(null);
    const address = parseIpAddress(scalar.text);
    if (!address.ok) return err({ message: address.error, allowed: allowedAddress(version) });
    if (version && address.value.version !== version) return err(wrongVersion(scalar.text, version));
    return address;
  };
}

/** An address block without host bits; a bare address is a block of one. */
export function cidr(version?: IpVersion): ParseValue<Prefix> {
  return (scalar) => {
    if (scalar.text === "") return ok(null);
    const prefix = parsePrefix(withLength(scalar.text));
    if (!prefix.ok)
      return err({
        message: prefix.error,
        allowed: `${version ? `an IPv${version}` : "an address"} block such as ${EXAMPLE[version ?? 4]}`,
      });
    if (version && prefix.value.address.version !== version) return err(wrongVersion(scalar.text, version));
    return prefix;
  };
}

/** An address block or a bare address; host bits mean nothing. */
export const looseCidr: ParseValue<Prefix> = (scalar) => {
  if (scalar.text === "") return ok(null);
  const prefix = parsePrefix(withLength(scalar.text), "clear");
  return prefix.ok ? prefix : err({ message: prefix.error, allowed: `an address or a block such as ${EXAMPLE[4]}` });
};

/** The address of a node with the length of its subnet; a bare address is its own subnet. */
export function nodeAddress(version: IpVersion): ParseValue<NodeAddress> {
  return (scalar) => {
    if (scalar.text === "") return ok(null);
    const address = parseIpAddress(scalar.text.replace(/\/.*$/s, ""));
    const network = parsePrefix(withLength(scalar.text), "clear");
    if (!address.ok) return err({ message: address.error, allowed: allowedAddress(version) });
    if (!network.ok) return err({ message: network.error });
    if (address.value.version !== version) return err(wrongVersion(scalar.text, version));
    return ok({ address: address.value, network: network.value });
  };
}

/** A dotted quad that is not 0.0.0.0: a cluster id. */
export const dottedQuad: ParseValue<RouterId> = (scalar) => {
  if (scalar.text === "") return ok(null);
  const id = parseRouterId(scalar.text);
  return id.ok ? id : err({ message: id.error, allowed: "a dotted quad such as 244.0.0.1" });
};

/** True when the blocks have an address in common. */
export function overlaps(a: Prefix, b: Prefix): boolean {
  return a.contains(b) || b.contains(a);
}

const EXAMPLE = { 4: "10.0.0.0/8", 6: "fd00::/8" } as const;

function withLength(text: string): string {
  if (text.includes("/")) return text;
  const address = parseIpAddress(text);
  return address.ok ? Prefix.of(address.value, address.value.bits).toString() : text;
}

function wrongVersion(text: string, version: IpVersion) {
  return { message: `"${text}" is an IPv${version === 4 ? 6 : 4} address`, allowed: `IPv${version} only` };
}

function allowedAddress(version?: IpVersion): string {
  return version ? `an IPv${version} address` : "an IPv4 or IPv6 address";
}
