import type { IpAddress } from "../../protocol/net/ip-address.js";
import { Domain } from "./libc.js";

/** The socket domain of an address. */
export function domainOf(address: IpAddress): number {
  return address.version === 4 ? Domain.Inet : Domain.Inet6;
}

/** A `struct sockaddr_in` (16 octets) or `sockaddr_in6` (28 octets, no scope). */
export function socketAddress(address: IpAddress, port: number): Uint8Array {
  const bytes = new Uint8Array(address.version === 4 ? 16 : 28);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, domainOf(address), true);
  view.setUint16(2, port);
  bytes.set(address.toBytes(), address.version === 4 ? 4 : 8);
  return bytes;
}
