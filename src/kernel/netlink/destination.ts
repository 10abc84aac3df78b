import type { IpVersion } from "../../../protocol/net/ip-address.js";
import type { Prefix } from "../../../protocol/net/prefix.js";

/** The destination of a route, a prefix, as plain words (IPv4: w0 alone): passes between threads. */
export interface Destination {
  readonly version: IpVersion;
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  readonly length: number;
}

export function destinationOf({ address, length }: Prefix): Destination {
  const { version, w0, w1, w2, w3 } = address;
  return { version, w0, w1, w2, w3, length };
}
