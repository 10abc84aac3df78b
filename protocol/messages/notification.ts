/** The NOTIFICATION message (RFC 4271 §4.5). Code and subcode as received: a peer may send ones that we do not know. */
export interface NotificationMessage {
  readonly type: "notification";
  readonly code: number;
  readonly subcode: number;
  readonly data: Uint8Array;
}
