import type { SessionEnd } from "../../protocol/fsm/session-end.js";
import type { State, StateName } from "../../protocol/fsm/state.js";
import { CeaseSubcode, ErrorCode } from "../../protocol/wire/bgp-error.js";
import { MessageType } from "../../protocol/wire/iana.js";
import type { Connection } from "../net/connection.js";
import type { Clock } from "./clock.js";
import { errorText } from "./error-text.js";
import type { MessageCounts, PeerStatus } from "./peer-status.js";

const TYPES = MessageType.RouteRefresh + 1; // of messages, from 1

/** What a peer remembers of its sessions: counters, the last error, when things changed. */
export class PeerRecord {
  readonly #messagesIn = new Float64Array(TYPES); // by type
  readonly #messagesOut = new Float64Array(TYPES);
  established = 0;
  resets = 0;
  readonly #clock: Clock;
  #lastError: string | null = null;
  #state: StateName = "Idle";
  #phase: PeerStatus["phase"] = "down";
  #stateSince: number;
  #since: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#stateSince = clock.epoch();
    this.#since = this.#stateSince;
  }

  countIn(type: number): void {
    this.#messagesIn[type]!++;
  }

  /** Counts the messages in bytes that are whole messages. */
  countOut(bytes: Uint8Array): void {
    for (let at = 0; at + 18 < bytes.length; at += Math.max(19, (bytes[at + 16]! << 8) | bytes[at + 17]!)) {
      this.#messagesOut[bytes[at + 18]!]!++;
    }
  }

  /** @param state of the connection that has come furthest @param isStarted false: stopped by the operator */
  noteState(state: StateName, isStarted: boolean): void {
    const phase = !isStarted ? "down" : state === "Established" ? "up" : "start";
    if (state !== this.#state) this.#stateSince = this.#clock.epoch();
    if (phase !== this.#phase) this.#since = this.#clock.epoch();
    if (phase === "up") this.#lastError = null;
    this.#state = state;
    this.#phase = phase;
  }

  /** A connection that lost a collision is no error: the other one lives. */
  noteEnd(end: SessionEnd): void {
    if (end.by !== "tcp" && end.notification && isCollision(end.notification)) return;
    this.#lastError = errorText(end);
  }

  /**
   * @param now the connection that has come furthest, or its attempt
   * @param now.stateWord its state in the words of `calicoctl node status`
   */
  status(now: { state: State; connection: Connection | null; stateWord: string }): PeerStatus {
    const { state, connection, stateWord } = now;
    const negotiated = "negotiated" in state ? state.negotiated : null;
    return {
      state: state.name,
      phase: this.#phase,
      since: this.#since,
      stateSince: this.#stateSince,
      info: this.#lastError === null ? stateWord : `${stateWord} ${this.#lastError}`,
      lastError: this.#lastError,
      negotiated,
      remoteRouterId: negotiated?.peerRouterId ?? null,
      localAddress: connection?.localAddress ?? null,
      localPort: connection?.localPort ?? null,
      remotePort: connection?.remotePort ?? null,
      uptimeSeconds: state.name === "Established" ? (this.#clock.epoch() - this.#stateSince) / 1000 : null,
      messagesIn: byName(this.#messagesIn),
      messagesOut: byName(this.#messagesOut),
      established: this.established,
      resets: this.resets,
    };
  }
}

function isCollision({ code, subcode }: { readonly code: number; readonly subcode: number }): boolean {
  return code === ErrorCode.Cease && subcode === CeaseSubcode.ConnectionCollisionResolution;
}

function byName(counts: Float64Array): MessageCounts {
  const { Open, Update, Notification, Keepalive, RouteRefresh } = MessageType;
  return {
    open: counts[Open]!,
    update: counts[Update]!,
    notification: counts[Notification]!,
    keepalive: counts[Keepalive]!,
    routeRefresh: counts[RouteRefresh]!,
  };
}
