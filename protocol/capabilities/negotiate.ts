import type { CodecOptions } from "../messages/codec-options.js";
import type { OpenMessage } from "../messages/open.js";
import { Afi, afiOf, Family, familyOf, Safi } from "../net/address-family.js";
import type { Asn } from "../net/asn.js";
import type { RouterId } from "../net/router-id.js";
import type { AddPathMode, Capability, GracefulRestartCapability } from "./capability.js";

/** What we put into our OPEN, and the timers we would like. */
export interface LocalOpen {
  readonly asNumber: Asn;
  readonly holdTimeSeconds: number; // 0, or 3..65535
  readonly keepaliveSeconds: number | null; // null: a third of the negotiated hold time
  readonly routerId: RouterId;
  readonly peerAs: Asn;
  readonly capabilities: readonly Capability[];
  readonly loopback?: boolean; // false: the peer is not on this host, so no next hop can be; unknown: it may be
}

/** What both OPENs together mean for the session. */
export interface Negotiated {
  readonly peerAs: Asn;
  readonly peerRouterId: RouterId;
  readonly internal: boolean;
  readonly holdTimeSeconds: number; // 0: no hold timer, no keepalives
  readonly keepaliveSeconds: number;
  readonly receive: CodecOptions; // for what the peer sends
  readonly send: CodecOptions; // for what we send
  readonly families: readonly Family[];
  readonly routeRefresh: boolean; // the peer accepts ROUTE-REFRESH (RFC 2918)
  readonly enhancedRouteRefresh: boolean; // both mark begin and end of a refresh (RFC 7313)
  readonly gracefulRestart: GracefulRestartCapability | null; // the peer's, when we sent ours too (RFC 4724)
  readonly peerCapabilities: readonly Capability[];
}

/** Combines our OPEN and the peer's, which `accept-open.ts` has accepted (RFC 4271 §4.2, RFC 5492). */
export function negotiate(ours: LocalOpen, theirs: OpenMessage): Negotiated {
  const mine = ours.capabilities;
  const peer = theirs.capabilities;
  const peerAs = peerAsOf(theirs);
  const families = carriedFamilies(mine).filter((family) => carriedFamilies(peer).includes(family));
  const holdTimeSeconds = Math.min(ours.holdTimeSeconds, theirs.holdTimeSeconds);
  const internal = peerAs === ours.asNumber;
  /** One literal for both directions: a spread makes objects of several shapes, and code compiled for one is thrown away for another. */
  const options = (addPath: ReadonlySet<Family>, extendedNextHop: boolean, longMessages: boolean): CodecOptions => ({
    fourOctetAs: has(mine, "four-octet-as") && has(peer, "four-octet-as"),
    internal,
    addPath,
    families: new Set(families),
    extendedNextHop,
    maxMessageLength: longMessages ? 65535 : 4096,
    loopback: ours.loopback ?? true,
  });
  const acceptsLong = has(mine, "extended-message"); // RFC 8654 §4: who advertises it must accept it
  return {
    peerAs,
    peerRouterId: theirs.routerId,
    internal,
    holdTimeSeconds,
    keepaliveSeconds: keepaliveInterval(ours.keepaliveSeconds, holdTimeSeconds),
    receive: options(addPathFamilies(families, mine, peer), extendsNextHop(mine), acceptsLong),
    send: options(
      addPathFamilies(families, peer, mine),
      extendsNextHop(mine) && extendsNextHop(peer),
      acceptsLong && has(peer, "extended-message"),
    ),
    families,
    routeRefresh: has(peer, "route-refresh"),
    enhancedRouteRefresh: has(mine, "enhanced-route-refresh") && has(peer, "enhanced-route-refresh"),
    gracefulRestart: has(mine, "graceful-restart") ? (find(peer, "graceful-restart") ?? null) : null,
    peerCapabilities: peer,
  };
}

/** The peer's AS number: the four octets of its capability, else the OPEN's field (RFC 6793 §4.1). */
export function peerAsOf(open: OpenMessage): Asn {
  return find(open.capabilities, "four-octet-as")?.asNumber ?? open.myAs;
}

/** RFC 4271 §10 suggests a third of the hold time; a longer configured interval is cut to it. */
export function keepaliveInterval(configured: number | null, holdTimeSeconds: number): number {
  if (holdTimeSeconds === 0) return 0;
  const third = Math.max(1, Math.floor(holdTimeSeconds / 3));
  return configured === null ? third : Math.min(configured, third);
}

/** Without any multiprotocol capability a speaker means IPv4 unicast (RFC 4760 §8). */
function carriedFamilies(capabilities: readonly Capability[]): Family[] {
  const multiprotocol = capabilities.filter((capability) => capability.type === "multiprotocol");
  if (multiprotocol.length === 0) return [Family.Ipv4Unicast];
  return Object.values(Family).filter((family) =>
    multiprotocol.some((capability) => familyOf(capability.afi, capability.safi) === family),
  );
}

/** Families whose NLRI carry path identifiers from `sender` to `receiver` (RFC 7911 §4). */
function addPathFamilies(
  families: readonly Family[],
  receiver: readonly Capability[],
  sender: readonly Capability[],
): ReadonlySet<Family> {
  return new Set(families.filter((family) => wants(receiver, family, "receive") && wants(sender, family, "send")));
}

function wants(capabilities: readonly Capability[], family: Family, mode: AddPathMode): boolean {
  const entry = find(capabilities, "add-path")?.families.findLast((f) => f.afi === afiOf(family) && f.safi === Safi.Unicast);
  return entry !== undefined && (entry.mode === mode || entry.mode === "both");
}

/** RFC 8950 §4, for IPv4 unicast. */
function extendsNextHop(capabilities: readonly Capability[]): boolean {
  const families = find(capabilities, "extended-next-hop")?.families ?? [];
  return families.some((f) => f.afi === Afi.IPv4 && f.safi === Safi.Unicast && f.nextHopAfi === Afi.IPv6);
}

function has(capabilities: readonly Capability[], type: Capability["type"]): boolean {
  return find(capabilities, type) !== undefined;
}

function find<T extends Capability["type"]>(
  capabilities: readonly Capability[],
  type: T,
): Extract<Capability, { readonly type: T }> | undefined {
  return capabilities.find((capability): capability is Extract<Capability, { readonly type: T }> => capability.type === type);
}
