import type { Family } from "../net/address-family.js";

/** The negotiated facts that change what bytes mean. One object a session and direction. */
export interface CodecOptions {
  readonly fourOctetAs: boolean; // RFC 6793: AS numbers in AS_PATH and AGGREGATOR take four octets
  readonly internal: boolean; // iBGP: LOCAL_PREF, ORIGINATOR_ID and CLUSTER_LIST mean something
  readonly addPath: ReadonlySet<Family>; // RFC 7911: NLRI of these families carry a path identifier
  readonly families: ReadonlySet<Family>; // negotiated by multiprotocol capabilities (RFC 4760 §8)
  readonly extendedNextHop: boolean; // RFC 8950: IPv4 NLRI may come with an IPv6 next hop
  readonly maxMessageLength: 4096 | 65535; // RFC 8654
  /** The peer is on this host: a next hop in 127/8, or ::1, is one there. Default false. */
  readonly loopback?: boolean;
  /**
   * Routes with an AS_SET in their path. RFC 9774 §3 withdraws them unless the operator says otherwise; accepting is the
   * default here, for real tables still carry some.
   */
  readonly asSets?: "accept" | "withdraw";
}
