import type { IpAddress, IpVersion } from "../../protocol/net/ip-address.js";
import { ENOENT, getsockopt, setsockopt, setsockoptInt } from "./libc.js";
import { socketAddress } from "./socket-address.js";

// Options of TCP sockets; each function answers with 0 or the negative error number.

const SOL_SOCKET = 1;
const IPPROTO_IP = 0;
const IPPROTO_TCP = 6;
const IPPROTO_IPV6 = 41;

/** DSCP CS6, which RFC 4271 (appendix E) and operators give to routing protocols, as the whole TOS octet. */
const NETWORK_CONTROL = 0xc0;

/** Longest key of a TCP-MD5 session in octets (TCP_MD5SIG_MAXKEYLEN). */
export const MAX_MD5_KEY = 80;

export function setReuseAddress(fd: number): number {
  return setsockoptInt(fd, SOL_SOCKET, 2, 1);
}

export function setV6Only(fd: number): number {
  return setsockoptInt(fd, IPPROTO_IPV6, 26, 1);
}

/** Sends small segments at once: our writes are already batched. */
export function setNoDelay(fd: number): number {
  return setsockoptInt(fd, IPPROTO_TCP, 1, 1);
}

/** Marks what we send as network control. */
export function setNetworkControl(fd: number, version: IpVersion): number {
  return version === 4 ? setsockoptInt(fd, IPPROTO_IP, 1, NETWORK_CONTROL) : setsockoptInt(fd, IPPROTO_IPV6, 67, NETWORK_CONTROL);
}

/** TTL or hop limit of what we send, 1..255. */
export function setTtl(fd: number, version: IpVersion, ttl: number): number {
  return version === 4 ? setsockoptInt(fd, IPPROTO_IP, 2, ttl) : setsockoptInt(fd, IPPROTO_IPV6, 16, ttl);
}

/** Lowest TTL or hop limit that a received segment may have (RFC 5082); 0: any. */
export function setMinTtl(fd: number, version: IpVersion, minTtl: number): number {
  return version === 4 ? setsockoptInt(fd, IPPROTO_IP, 21, minTtl) : setsockoptInt(fd, IPPROTO_IPV6, 73, minTtl);
}

/**
 * True when the peer's kernel has everything that was written. `struct tcp_info`, by 32-bit words:
 *
 *   6 segments unacknowledged   36 octets not sent
 */
export function isAcknowledged(fd: number): boolean {
  const info = new Uint32Array(37);
  return getsockopt(fd, IPPROTO_TCP, 11, info) >= 0 && info[6] === 0 && info[36] === 0;
}

/**
 * Sets, changes or (null) removes the TCP-MD5 key (RFC 2385) for segments from and to `peer`. `struct tcp_md5sig`, 216 octets:
 *
 *   0 sockaddr_storage   128 flags   129 prefix length   130 key length (u16)   132 interface   136 key
 *
 * @param key at most MAX_MD5_KEY octets of UTF-8
 */
export function setMd5Key(fd: number, peer: IpAddress, key: string | null): number {
  const secret = new TextEncoder().encode(key ?? "");
  const option = new Uint8Array(216);
  option.set(socketAddress(peer, 0), 0);
  new DataView(option.buffer).setUint16(130, secret.length, true);
  option.set(secret.subarray(0, MAX_MD5_KEY), 136);
  const result = setsockopt(fd, IPPROTO_TCP, 14, option);
  return key === null && result === -ENOENT ? 0 : result; // there was none
}
