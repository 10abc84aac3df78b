import type { LocalOpen } from "../capabilities/negotiate.js";

/** The session attributes of RFC 4271 §8 that an operator sets, for one peer. Plain data: two equal ones mean the same session. */
export interface SessionConfig {
  readonly open: LocalOpen; // our OPEN, and the AS number we expect of the peer
  readonly passive: boolean; // PassiveTcpEstablishment: never dials
  readonly connectRetrySeconds: number; // ConnectRetryTime after the first failure; doubles with each further one
  readonly connectRetryMaxSeconds: number;
  readonly dampPeerOscillations: boolean; // false: a session that failed waits in Idle for another start
  readonly idleHoldSeconds: number; // IdleHoldTime after the first failure; doubles with each further one
  readonly idleHoldMaxSeconds: number;
  readonly delayOpenSeconds: number; // DelayOpenTime; 0: DelayOpen is FALSE
  readonly openHoldSeconds: number; // the "large value" of the HoldTimer until the peer's OPEN has come
  readonly sendHoldSeconds: number; // SendHoldTime; raised to twice the negotiated hold time (RFC 9687 §6); 0: off
  readonly sendNotificationWithoutOpen: boolean;
  readonly collisionDetectEstablishedState: boolean; // §6.8: identifiers decide even against an Established session
  readonly requireRole: boolean; // RFC 9234 §4.2, strict mode: a peer without a role is refused
}

/** Defaults of everything but `open`: RFC 4271 §10, RFC 9687 §6, and retries that do not leave a rebooted peer waiting. */
export const SESSION_DEFAULTS = {
  passive: false,
  connectRetrySeconds: 5,
  connectRetryMaxSeconds: 60,
  dampPeerOscillations: true,
  idleHoldSeconds: 5,
  idleHoldMaxSeconds: 60,
  delayOpenSeconds: 0,
  openHoldSeconds: 240,
  sendHoldSeconds: 480,
  sendNotificationWithoutOpen: true,
  collisionDetectEstablishedState: false,
  requireRole: false,
} as const satisfies Omit<SessionConfig, "open">;
