import type { Asn } from "../net/asn.js";
import type { IpAddress } from "../net/ip-address.js";
import type { RouterId } from "../net/router-id.js";

export type Origin = 0 | 1 | 2; // IGP, EGP, INCOMPLETE (RFC 4271 §5.1.1)

/** A path segment of AS_PATH (RFC 4271 §4.3, RFC 5065 §3). */
export interface AsPathSegment {
  readonly type: "set" | "sequence" | "confed-sequence" | "confed-set";
  readonly asns: readonly Asn[];
}

export interface Aggregator {
  readonly asNumber: Asn;
  readonly address: IpAddress;
}

/** An attribute that we do not know, kept as received (RFC 4271 §5: optional transitive ones are passed on with Partial). */
export interface UnknownAttribute {
  readonly code: number;
  readonly flags: number; // as received, but for Extended Length
  readonly value: Uint8Array;
}

/**
 * The path attributes of a route, decoded: for the command line, the API, policy modifications and tests.
 * The hot path never builds one: it hands attribute bytes to `rib/store/attribute-set-table.ts`.
 * AS numbers are four octets wide always (RFC 6793 merging is done); absent attributes are absent keys.
 */
export interface AttributeSet {
  readonly origin?: Origin;
  readonly asPath?: readonly AsPathSegment[];
  readonly nextHop?: IpAddress; // of NEXT_HOP or MP_REACH_NLRI
  readonly linkLocalNextHop?: IpAddress; // second next hop of MP_REACH_NLRI (RFC 2545 §3)
  readonly multiExitDisc?: number;
  readonly localPref?: number;
  readonly atomicAggregate?: true;
  readonly aggregator?: Aggregator;
  readonly communities?: readonly number[]; // RFC 1997
  readonly originatorId?: RouterId; // RFC 4456
  readonly clusterList?: readonly number[];
  readonly extendedCommunities?: readonly Uint8Array[]; // 8 octets each (RFC 4360)
  readonly ipv6ExtendedCommunities?: readonly Uint8Array[]; // 20 octets each (RFC 5701)
  readonly largeCommunities?: readonly (readonly [number, number, number])[]; // RFC 8092
  readonly onlyToCustomer?: Asn; // RFC 9234
  readonly unknown?: readonly UnknownAttribute[]; // by type code
  readonly partial?: readonly number[]; // type codes of known attributes that came with the Partial bit (RFC 4271 §5)
}
