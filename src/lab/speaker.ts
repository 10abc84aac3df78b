import type { Patience } from "./until.js";

/** A BGP daemon of any make, set up by the same few facts, so that one scenario can be run against each. */
export interface Speaker {
  readonly kind: string; // "BIRD", "FRR" …
  start(): Promise<void>;
  stop(): Promise<void>;
  /** SIGKILL: it says nothing more, and `start` begins anew. */
  kill(): Promise<void>;
  /** SIGSTOP: it keeps its connections and says nothing more. */
  pause(): void;
  resume(): void;
  /** The state of the session in RFC 4271's words, "Established" above all; what the daemon calls it otherwise. */
  sessionState(peer: string): Promise<string>;
  waitEstablished(peer: string, patience?: Patience): Promise<void>;
  /** The best route to every prefix it knows, its own ones included. */
  routes(family: FamilyName): Promise<RouteMap>;
  /** How many prefixes it has a route to; cheap at any size. */
  prefixCount(family: FamilyName): Promise<number>;
  announce(prefix: string): Promise<void>;
  withdraw(prefix: string): Promise<void>;
}

export type FamilyName = "ipv4" | "ipv6";

export interface LearnedRoute {
  readonly nextHop: string; // "" for its own
  readonly asPath: readonly number[];
}

export type RouteMap = ReadonlyMap<string, LearnedRoute>;

export interface SpeakerOptions {
  readonly asNumber: number;
  readonly routerId: string;
  readonly port?: number; // where it listens; default 179
  readonly networks?: readonly string[]; // announced from the start
  readonly neighbors: readonly Neighbor[];
  readonly restartTimeSeconds?: number; // restarts gracefully (RFC 4724), and says that its kernel keeps forwarding
  readonly kernel?: boolean; // puts routes into its kernel; default true in a namespace
}

export interface Neighbor {
  readonly address: string;
  readonly asNumber: number;
  readonly localAddress: string;
  readonly port?: number; // where it is dialled; default 179
  readonly passive?: boolean; // never dials
  readonly holdTimeSeconds?: number; // default 90
  readonly password?: string; // TCP MD5 (RFC 2385)
  readonly rrClient?: boolean;
  readonly hops?: number; // how far away an external peer may be; default: on the link
  readonly prependAs?: number; // put into the AS path of what it is told
  readonly ttlSecurityHops?: number; // RFC 5082; default off
  readonly addPath?: boolean; // tells all its paths, and takes several (RFC 7911)
}

/** A speaker that can be asked for every path, not the best alone. */
export interface PathSpeaker extends Speaker {
  /** The paths to a prefix that one peer has told it. */
  pathsFrom(peer: string, prefix: string): Promise<readonly LearnedRoute[]>;
}

export const DEFAULT_HOLD_TIME_SECONDS = 90;

export function familyOf(addressOrPrefix: string): FamilyName {
  return addressOrPrefix.includes(":") ? "ipv6" : "ipv4";
}

/** "65001 65002 {1,2}" → numbers; the brackets of sets are left out. */
export function parseAsPath(text: string): readonly number[] {
  return (text.match(/\d+/g) ?? []).map(Number);
}
