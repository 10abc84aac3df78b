import type { IpAddress, IpVersion } from "../../../protocol/net/ip-address.js";
import { mix } from "../../../rib/store/hash.js";
import { AF_INET6, ATTRIBUTE_HEADER, HOP_HEADER, RouteAttribute, RouteType, RTNH_F_ONLINK } from "./code-points.js";
import { MessageWriter } from "./message-writer.js";

/** One way out of this host. */
export interface Hop {
  readonly gateway: IpAddress | null; // null: the destination is on the link
  readonly ifindex: number;
  readonly onlink: boolean; // the gateway is on the link although no prefix says so
  readonly weight: number; // 1..256, its share among the hops of a route
}

/** Whether two ways are the same, hop by hop. */
export function isSameHops(one: readonly Hop[], other: readonly Hop[]): boolean {
  return one.length === other.length && one.every((hop, index) => isSameHop(hop, other[index]));
}

function isSameHop(one: Hop, other: Hop): boolean {
  if (one.ifindex !== other.ifindex || one.onlink !== other.onlink || one.weight !== other.weight) return false;
  return one.gateway === null ? other.gateway === null : other.gateway !== null && one.gateway.equals(other.gateway);
}

/** Most hops of one route that we write. */
export const MAX_HOPS = 16;

/** Most octets of the attributes of a forwarding: RTA_MULTIPATH of MAX_HOPS legs, each with an RTA_VIA of IPv6. */
export const MAX_FORWARDING_OCTETS = ATTRIBUTE_HEADER + MAX_HOPS * (HOP_HEADER + 24);

/** What a route does with a packet, ready to be copied into route messages; no hops: the packet is dropped (blackhole). */
export class Forwarding {
  readonly type: number;
  readonly fingerprint: number;
  readonly isDirect: boolean; // to the link, without a gateway
  readonly #attributes4: Uint8Array;
  readonly #attributes6: Uint8Array | null;
  readonly flags: number; // of the route itself

  constructor(hops: readonly Hop[]) {
    this.type = hops.length === 0 ? RouteType.Blackhole : RouteType.Unicast;
    this.fingerprint = fingerprintOf(hops);
    this.isDirect = hops.length > 0 && hops.every((hop) => hop.gateway === null);
    this.flags = hops.length === 1 && hops[0].onlink ? RTNH_F_ONLINK : 0;
    this.#attributes4 = encodeHops(hops, 4);
    this.#attributes6 = hops.some((hop) => hop.gateway?.version === 4) ? null : encodeHops(hops, 6);
  }

  /** The attributes for a route of that version; null when it cannot go this way (IPv6 over an IPv4 gateway). */
  attributes(version: IpVersion): Uint8Array | null {
    return version === 4 ? this.#attributes4 : this.#attributes6;
  }
}

/**
 * A number that tells ways of forwarding apart: 53 bits, the same for any order of the hops, never 0.
 * The weight of an only hop means nothing and does not count.
 */
export class Fingerprint {
  #low = 0;
  #high = 0;
  #hops = 0;
  #lastLow = 0;
  #lastHigh = 0;

  clear(): void {
    this.#low = 0;
    this.#high = 0;
    this.#hops = 0;
  }

  /** @param version of the gateway, 0: none */
  addHop(
    version: number,
    w0: number,
    w1: number,
    w2: number,
    w3: number,
    ifindex: number,
    onlink: boolean,
    weight: number,
  ): void {
    const link = mix(mix(ifindex) ^ (version * 2 + (onlink ? 1 : 0)));
    const low = mix(mix(mix(mix(link ^ w0) ^ w1) ^ w2) ^ w3);
    const high = mix(mix(mix(mix(~link ^ w3) ^ w2) ^ w1) ^ w0);
    this.#lastLow = low;
    this.#lastHigh = high;
    this.#low = (this.#low + mix(low ^ weight)) | 0;
    this.#high = (this.#high + mix(high ^ weight)) | 0;
    this.#hops++;
  }

  /** @param type a route that is no unicast route has no hops worth comparing */
  value(type: number): number {
    if (type !== RouteType.Unicast) return type;
    const low = this.#hops === 1 ? this.#lastLow : this.#low;
    const high = this.#hops === 1 ? this.#lastHigh : this.#high;
    return (high >>> 11) * 0x1_0000_0000 + (low >>> 0) + 256;
  }
}

function fingerprintOf(hops: readonly Hop[]): number {
  const fingerprint = new Fingerprint();
  for (const { gateway: g, ifindex, onlink, weight } of hops) {
    fingerprint.addHop(g?.version ?? 0, g?.w0 ?? 0, g?.w1 ?? 0, g?.w2 ?? 0, g?.w3 ?? 0, ifindex, onlink, weight);
  }
  return fingerprint.value(hops.length === 0 ? RouteType.Blackhole : RouteType.Unicast);
}

function encodeHops(hops: readonly Hop[], version: IpVersion): Uint8Array {
  const writer = new MessageWriter(MAX_FORWARDING_OCTETS);
  if (hops.length === 1) {
    writer.u32Attribute(RouteAttribute.OutInterface, hops[0].ifindex);
    writeGateway(writer, hops[0].gateway, version);
  } else if (hops.length > 1) {
    const octets = hops.reduce((sum, hop) => sum + HOP_HEADER + gatewayOctets(hop.gateway, version), 0);
    writer.attributeHeader(RouteAttribute.Multipath, octets);
    for (const hop of hops) writeLeg(writer, hop, version);
  }
  return writer.bytes.slice(0, writer.length);
}

/** A `struct rtnexthop` and its gateway. */
function writeLeg(writer: MessageWriter, hop: Hop, version: IpVersion): void {
  writer.u16(HOP_HEADER + gatewayOctets(hop.gateway, version));
  writer.u8(hop.onlink ? RTNH_F_ONLINK : 0);
  writer.u8(hop.weight - 1);
  writer.u32(hop.ifindex);
  writeGateway(writer, hop.gateway, version);
}

/** RTA_GATEWAY, or RTA_VIA for an IPv4 route over an IPv6 gateway (RFC 8950). */
function writeGateway(writer: MessageWriter, gateway: IpAddress | null, version: IpVersion): void {
  if (gateway === null) return;
  if (gateway.version === version) {
    writer.addressAttribute(RouteAttribute.Gateway, version, gateway.w0, gateway.w1, gateway.w2, gateway.w3);
    return;
  }
  writer.attributeHeader(RouteAttribute.Via, 18);
  writer.u16(AF_INET6);
  writer.words(6, gateway.w0, gateway.w1, gateway.w2, gateway.w3);
  writer.pad();
}

function gatewayOctets(gateway: IpAddress | null, version: IpVersion): number {
  if (gateway === null) return 0;
  if (gateway.version !== version) return 24;
  return version === 4 ? 8 : 20;
}
