/** Error codes of the NOTIFICATION message (RFC 4271 §4.5, RFC 7313 §5). */
export const ErrorCode = {
  MessageHeader: 1,
  OpenMessage: 2,
  UpdateMessage: 3,
  HoldTimerExpired: 4,
  FiniteStateMachine: 5,
  Cease: 6,
  RouteRefreshMessage: 7,
  SendHoldTimerExpired: 8, // RFC 9687
} as const;
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

/** §6.1 */
export const HeaderSubcode = { ConnectionNotSynchronized: 1, BadMessageLength: 2, BadMessageType: 3 } as const;

/** §6.2, RFC 5492 §5, RFC 9234 §4.2 */
export const OpenSubcode = {
  Unspecific: 0,
  UnsupportedVersionNumber: 1,
  BadPeerAs: 2,
  BadBgpIdentifier: 3,
  UnsupportedOptionalParameter: 4,
  UnacceptableHoldTime: 6,
  UnsupportedCapability: 7,
  RoleMismatch: 11,
} as const;

/** §6.3 */
export const UpdateSubcode = {
  MalformedAttributeList: 1,
  UnrecognizedWellKnownAttribute: 2,
  MissingWellKnownAttribute: 3,
  AttributeFlagsError: 4,
  AttributeLengthError: 5,
  InvalidOrigin: 6,
  InvalidNextHop: 8,
  OptionalAttributeError: 9,
  InvalidNetworkField: 10,
  MalformedAsPath: 11,
} as const;

/** RFC 6608: which state the unexpected message met. */
export const FsmSubcode = {
  Unspecific: 0,
  UnexpectedInOpenSent: 1,
  UnexpectedInOpenConfirm: 2,
  UnexpectedInEstablished: 3,
} as const;

/** RFC 4486, RFC 8538, RFC 9384 */
export const CeaseSubcode = {
  MaximumPrefixesReached: 1,
  AdministrativeShutdown: 2,
  PeerDeConfigured: 3,
  AdministrativeReset: 4,
  ConnectionRejected: 5,
  OtherConfigurationChange: 6,
  ConnectionCollisionResolution: 7,
  OutOfResources: 8,
  HardReset: 9,
  BfdDown: 10,
} as const;

/** What RFC 7606 §2 lets a fault do, from the strongest to the mildest. */
export type FaultAction = "session-reset" | "afi-safi-disable" | "treat-as-withdraw" | "attribute-discard";

/** What a malformed message obliges us to do. One shape from the decoder to the NOTIFICATION and the metric label. */
export interface BgpError {
  readonly code: ErrorCode; // RFC 4271 §4.5, e.g. ErrorCode.UpdateMessage (3)
  readonly subcode: number; // e.g. UpdateSubcode.InvalidOrigin (6)
  readonly data: Uint8Array; // §6: the bytes the NOTIFICATION carries, e.g. the whole attribute
  readonly action: FaultAction;
  readonly detail: string; // for the log: "ORIGIN 9 is not 0, 1 or 2"
}

const NO_DATA = new Uint8Array(0);

/** An error that ends the session with a NOTIFICATION. */
export function sessionReset(code: ErrorCode, subcode: number, detail: string, data: Uint8Array = NO_DATA): BgpError {
  return { code, subcode, data, action: "session-reset", detail };
}
