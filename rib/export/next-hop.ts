import type { AttributeSet } from "../../protocol/attributes/attribute-set.js";
import { copyOctets } from "../../protocol/attributes/octets.js";
import { Family } from "../../protocol/net/address-family.js";
import { IpAddress } from "../../protocol/net/ip-address.js";
import type { RouteSource } from "../policy/policy.js";
import { AttributeCode, type AttributeCursor } from "./attribute-cursor.js";
import type { ExportProfile } from "./export-profile.js";

/**
 * The next hop that a route leaves with: `length` octets of `bytes`.
 *
 *   4       an IPv4 next hop: NEXT_HOP
 *   16, 32  IPv6, or IPv6 with a link-local one behind (RFC 2545 §3): MP_REACH_NLRI
 */
export class NextHopField {
  readonly bytes = new Uint8Array(32);
  readonly view = new DataView(this.bytes.buffer);
  length: 4 | 16 | 32 = 4;
  readonly #profile: ExportProfile;
  readonly #self: DataView;

  constructor(profile: ExportProfile) {
    this.#profile = profile;
    this.#self = selfOctets(profile.selfAddress, profile.linkLocal);
  }

  /**
   * Fills the field. RFC 4271 §5.1.3, with what a Calico node's sessions do where it allows a choice: eBGP always ourselves,
   * as every session may be multihop; iBGP unchanged for what BGP brought and for gateways of kernel routes.
   *
   * @param attributes at the start of the route's list; where it stands afterwards says nothing
   */
  choose(attributes: AttributeCursor, source: RouteSource): void {
    if (!keepsNextHop(this.#profile, source) || !this.#keep(attributes)) this.#put(this.#self, 0, this.#self.byteLength);
  }

  /** As an object. */
  read(): Pick<AttributeSet, "nextHop" | "linkLocalNextHop"> {
    if (this.length === 4) return { nextHop: IpAddress.fromBytes(4, this.bytes) };
    const nextHop = IpAddress.fromBytes(6, this.bytes);
    return this.length === 16 ? { nextHop } : { nextHop, linkLocalNextHop: IpAddress.fromBytes(6, this.bytes, 16) };
  }

  /** False when the route has no next hop that this peer could use. */
  #keep(attributes: AttributeCursor): boolean {
    while (attributes.next() && attributes.code <= AttributeCode.MpReachNlri) {
      if (attributes.code === AttributeCode.NextHop) return this.#keepAt(attributes.list, attributes.valueStart, 4);
      if (attributes.code !== AttributeCode.MpReachNlri) continue;
      const length = attributes.list.getUint8(attributes.valueStart + 3);
      return this.#keepAt(attributes.list, attributes.valueStart + 4, length);
    }
    return false;
  }

  /** A link-local next hop behind the global one means nothing off the link it came from, so it stays behind. */
  #keepAt(list: DataView, at: number, length: number): boolean {
    const kept = length === 4 ? 4 : 16;
    if (kept === 4 && this.#profile.family !== Family.Ipv4Unicast) return false;
    if (kept === 16 && this.#profile.family === Family.Ipv4Unicast && !this.#profile.extendedNextHop) return false;
    if (isUnspecified(list, at, kept) || (kept === 16 && isLinkLocal(list, at))) return false;
    this.#put(list, at, kept);
    return true;
  }

  #put(from: DataView, at: number, length: number): void {
    copyOctets(this.view, 0, from, at, length);
    this.length = length as 4 | 16 | 32;
  }
}

function keepsNextHop(profile: ExportProfile, source: RouteSource): boolean {
  if (profile.nextHop === "self" || (source !== "bgp" && source !== "kernel")) return false;
  return profile.internal || profile.nextHop === "keep";
}

function selfOctets(address: IpAddress, linkLocal: IpAddress | undefined): DataView {
  return new DataView(Uint8Array.from([...address.toBytes(), ...(linkLocal?.toBytes() ?? [])]).buffer);
}

function isUnspecified(list: DataView, at: number, length: number): boolean {
  for (let i = 0; i < length; i++) {
    if (list.getUint8(at + i) !== 0) return false;
  }
  return true;
}

/** fe80::/10 (RFC 4291 §2.5.6): reaches nobody beyond the link it came from. */
function isLinkLocal(list: DataView, at: number): boolean {
  return (list.getUint16(at) & 0xffc0) === 0xfe80;
}
