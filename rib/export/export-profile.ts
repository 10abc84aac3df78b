import type { Family } from "../../protocol/net/address-family.js";
import type { Asn } from "../../protocol/net/asn.js";
import type { IpAddress } from "../../protocol/net/ip-address.js";
import type { RouterId } from "../../protocol/net/router-id.js";
import type { Policy } from "../policy/policy.js";

/** All that decides what a peer is sent. Peers with equal profiles share one update group. */
export interface ExportProfile {
  readonly family: Family;
  readonly internal: boolean; // an iBGP session
  readonly rrClient: boolean; // a client of this route reflector (RFC 4456)
  readonly localAs: Asn; // ours on the session; prepended towards eBGP
  readonly nextHop: "auto" | "self" | "keep";
  readonly selfAddress: IpAddress; // ours on the session, of `family` unless `extendedNextHop`
  readonly linkLocal?: IpAddress; // sent besides an IPv6 `selfAddress` (RFC 2545 §3)
  readonly policy: Policy;
  readonly fourOctetAs: boolean; // RFC 6793
  readonly maxMessageLength: number; // octets: 4096, or 65535 (RFC 8654)
  readonly extendedNextHop: boolean; // RFC 8950: the peer takes IPv6 next hops for IPv4 prefixes
  readonly addPath: boolean; // RFC 7911: the peer takes all paths of a prefix
  readonly clusterId: number | null; // set: we are a route reflector
  readonly routerId: RouterId;
}

const known = new WeakMap<Policy, string>(); // sessions share policies, and those may be long

/** Equal for profiles that say the same, whatever objects they are made of. */
export function profileKey(profile: ExportProfile): string {
  const { policy } = profile;
  const text = known.get(policy) ?? JSON.stringify(policy);
  known.set(policy, text);
  return `${encodingKey(profile)} ${text}`;
}

/** Equal for profiles under which the same attribute set from the same source becomes the same octets. */
export function encodingKey(profile: ExportProfile): string {
  const { family, internal, rrClient, localAs, nextHop, selfAddress, linkLocal, routerId } = profile;
  const { fourOctetAs, maxMessageLength, extendedNextHop, addPath, clusterId } = profile;
  return [
    ...[family, internal, rrClient, localAs, nextHop, selfAddress, linkLocal ?? "-", routerId],
    ...[fourOctetAs, maxMessageLength, extendedNextHop, addPath, clusterId ?? "-"],
  ].join(" ");
}
