import type { Negotiated } from "../capabilities/negotiate.js";

/** The states of RFC 4271 §8.2.2, each with what only it knows. One machine serves one connection attempt (§8.2.1). */
export type State = Idle | Connect | Active | OpenSent | OpenConfirm | Established;

export type StateName = State["name"];

interface Common {
  /** Failures in a row; zero again once a session has lasted. The exponent of both back-offs. */
  readonly connectRetryCounter: number;
}

export interface Idle extends Common {
  readonly name: "Idle";
  /** An error of the peer's brought us here: its connections too are refused until the IdleHoldTimer expires. */
  readonly damped: boolean;
}

/** A connection is being made; with `delayOpen` it stands, and the DelayOpenTimer runs. */
export interface Connect extends Common {
  readonly name: "Connect";
  readonly delayOpen: boolean;
}

/** Waiting for the ConnectRetryTimer or for the peer's connection; with `delayOpen` one stands, and the DelayOpenTimer runs. */
export interface Active extends Common {
  readonly name: "Active";
  readonly delayOpen: boolean;
}

export interface OpenSent extends Common {
  readonly name: "OpenSent";
}

export interface OpenConfirm extends Common {
  readonly name: "OpenConfirm";
  readonly negotiated: Negotiated;
}

export interface Established extends Common {
  readonly name: "Established";
  readonly negotiated: Negotiated;
  /** The session has outlived a KeepaliveTimer: earlier failures are forgiven. */
  readonly settled: boolean;
}

/** Where every machine begins. */
export const INITIAL: Idle = { name: "Idle", connectRetryCounter: 0, damped: false };
