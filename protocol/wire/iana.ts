/** BGP Message Types (RFC 4271 §4.1, RFC 2918). */
export const MessageType = { Open: 1, Update: 2, Notification: 3, Keepalive: 4, RouteRefresh: 5 } as const;

/** BGP Path Attributes: those we read and write; any other code is an unknown attribute. */
export const AttributeCode = {
  Origin: 1, // RFC 4271
  AsPath: 2, // RFC 4271
  NextHop: 3, // RFC 4271
  MultiExitDisc: 4, // RFC 4271
  LocalPref: 5, // RFC 4271
  AtomicAggregate: 6, // RFC 4271
  Aggregator: 7, // RFC 4271
  Communities: 8, // RFC 1997
  OriginatorId: 9, // RFC 4456
  ClusterList: 10, // RFC 4456
  MpReachNlri: 14, // RFC 4760
  MpUnreachNlri: 15, // RFC 4760
  ExtendedCommunities: 16, // RFC 4360
  As4Path: 17, // RFC 6793
  As4Aggregator: 18, // RFC 6793
  Ipv6ExtendedCommunities: 25, // RFC 5701
  LargeCommunities: 32, // RFC 8092
  OnlyToCustomer: 35, // RFC 9234
} as const;

/** The Attribute Flags octet (RFC 4271 §4.3). */
export const AttributeFlag = { Optional: 0x80, Transitive: 0x40, Partial: 0x20, ExtendedLength: 0x10 } as const;

/** AS_PATH segment types (RFC 4271 §4.3, RFC 5065 §3). */
export const SegmentType = { Set: 1, Sequence: 2, ConfedSequence: 3, ConfedSet: 4 } as const;

/** Optional parameter types of the OPEN message (RFC 5492, RFC 9072). */
export const OptionalParameter = { Capabilities: 2, ExtendedLength: 255 } as const;

/** Capability Codes. */
export const CapabilityCode = {
  Multiprotocol: 1, // RFC 4760
  RouteRefresh: 2, // RFC 2918
  ExtendedNextHop: 5, // RFC 8950
  ExtendedMessage: 6, // RFC 8654
  Role: 9, // RFC 9234
  GracefulRestart: 64, // RFC 4724
  FourOctetAs: 65, // RFC 6793
  AddPath: 69, // RFC 7911
  EnhancedRouteRefresh: 70, // RFC 7313
  Fqdn: 73, // draft-walton-bgp-hostname-capability
  SoftwareVersion: 75, // draft-ietf-idr-software-version
} as const;
