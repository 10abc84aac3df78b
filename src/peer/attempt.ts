import { keepaliveInterval, type Negotiated } from "../../protocol/capabilities/negotiate.js";
import type { Action, TimerName } from "../../protocol/fsm/action.js";
import type { Direction } from "../../protocol/fsm/collision.js";
import type { Event } from "../../protocol/fsm/event.js";
import { retainsRoutes, type SessionEnd } from "../../protocol/fsm/session-end.js";
import { INITIAL, type State } from "../../protocol/fsm/state.js";
import { transition } from "../../protocol/fsm/transition.js";
import { encodeMessage, type Message } from "../../protocol/messages/message.js";
import type { Result } from "../../protocol/result.js";
import { MessageType } from "../../protocol/wire/iana.js";
import type { Connection, DialOptions } from "../net/connection.js";
import type { Clock } from "./clock.js";
import type { ReadTurns } from "./intake.js";
import { Link } from "./link.js";
import type { PeerConfig } from "./peer-config.js";
import type { PeerRecord } from "./peer-record.js";
import { PeerTimers } from "./peer-timers.js";
import { errorEvent, receivedEvent, UPDATE_RECEIVED } from "./received-event.js";
import type { EstablishedSession, SessionHandler } from "./session-handler.js";

/** Longer than any ConnectRetryTimer: it is the machine that gives up a TCP connection that does not come about. */
const DIAL_LIMIT_MS = 300_000;

export type Dial = (options: DialOptions, done: (result: Result<Connection, string>) => void) => { cancel(): void };

export interface AttemptParts {
  readonly config: () => PeerConfig; // as it is now
  readonly handler: SessionHandler;
  readonly dial: Dial;
  readonly clock: Clock;
  readonly random: () => number; // 0 to 1, for jitter
  readonly turns: ReadTurns;
  readonly record: PeerRecord;
  /** Queues an event for this attempt's machine. */
  readonly post: (attempt: Attempt, event: Event) => void;
  readonly onEnd: (attempt: Attempt, end: SessionEnd) => void;
}

/**
 * One connection attempt of a peer with its own machine (RFC 4271 §8.2.1): its state, its timers and its TCP connection.
 * Runs what the machine asks for, and turns what happens on the connection into events.
 */
export class Attempt {
  direction: Direction = "outgoing";
  /** Settles when the kernel has the last NOTIFICATION that was written. */
  lastWords: Promise<void> = Promise.resolve();
  readonly #parts: AttemptParts;
  readonly #timers: PeerTimers;
  #state: State;
  #link: Link | null = null;
  #hasReadUpdates = false; // of the chunk at hand
  #isUnheard = false;
  #dialing: { cancel(): void } | null = null;

  /** @param failures that the machine is to remember (ConnectRetryCounter) */
  constructor(parts: AttemptParts, failures: number) {
    this.#parts = parts;
    this.#state = { ...INITIAL, connectRetryCounter: failures };
    this.#timers = new PeerTimers({ ...parts, onExpiry: (timer) => this.#expired(timer) });
  }

  get state(): State {
    return this.#state;
  }

  get connection(): Connection | null {
    return this.#link?.connection ?? null;
  }

  /** True when our routes stay with the peer if the connection is just lost; also those that it keeps of a session before this one. */
  get keepsOurRoutes(): boolean {
    return this.#state.name !== "Established" || this.#state.negotiated.gracefulRestart !== null;
  }

  /** Asks the machine, and does what it says. To be called by the peer's loop only. */
  handle(event: Event): void {
    const { state, actions } = transition(this.#state, event, this.#parts.config().session);
    this.#state = state;
    for (const action of actions) this.#run(action);
  }

  /** Takes over a TCP connection that stands; the event that says so is the caller's to post. */
  attach(connection: Connection, direction: Direction): void {
    this.direction = direction;
    this.#dialing = null;
    this.#hasReadUpdates = false;
    this.#link = new Link({
      connection,
      turns: this.#parts.turns,
      timers: this.#timers,
      events: {
        onMessage: (bytes, start, end) => this.#received(bytes, start, end),
        onFramingError: (error) => this.#post(errorEvent(error)),
        onChunkRead: () => this.#chunkRead(),
        onEnd: (error) => this.#post({ type: "TcpConnectionFails", detail: error ?? "Connection closed" }),
      },
    });
  }

  pauseReading(): void {
    this.#link?.pauseReading();
  }

  resumeReading(): void {
    this.#link?.resumeReading();
  }

  /** Another keepalive interval of ours, from the next KEEPALIVE on. */
  setKeepalive(keepaliveSeconds: number | null): void {
    const state = this.#state;
    if (!("negotiated" in state)) return;
    const seconds = keepaliveInterval(keepaliveSeconds, state.negotiated.holdTimeSeconds);
    if (seconds === state.negotiated.keepaliveSeconds) return;
    const negotiated = { ...state.negotiated, keepaliveSeconds: seconds };
    this.#state = { ...state, negotiated };
  }

  /** Puts another TCP-MD5 key on the connection. @returns false: it does not take it */
  setMd5Key(key: string | null): boolean {
    this.#isUnheard = true;
    return this.#link === null || this.#link.connection.setMd5Key(key).ok;
  }

  /** Nothing has come since the key changed: whatever the peer has said with the old one is lost, also that it ends the session. */
  get isUnheard(): boolean {
    return this.#isUnheard;
  }

  /** The peer has been stopped: nothing of it is to keep the process alive. */
  rest(): void {
    this.#timers.cancelStopped();
  }

  /** Ends the attempt as an object: nothing happens here any more. */
  discard(): void {
    this.#release()?.close();
    this.#timers.close();
  }

  #post(event: Event): void {
    this.#parts.post(this, event);
  }

  #run(action: Action): void {
    switch (action.type) {
      case "connect":
        this.#dial();
        break;
      case "send":
        this.#send(action.message);
        break;
      case "drop-connection":
        this.#drop(action.end);
        break;
      case "start-timer":
        this.#timers.start(action.timer, action.seconds);
        break;
      case "stop-timer":
        this.#timers.stop(action.timer);
        break;
      case "guard-sending":
        this.#link?.guardSending(action.seconds);
        break;
      case "session-negotiated":
        this.#link?.useOptions(action.negotiated.receive, action.negotiated.send);
        break;
      case "session-up":
        this.#up(action.negotiated);
        break;
      case "session-down":
        this.#down(action.negotiated, action.end);
        break;
      case "route-refresh":
        this.#parts.handler.routeRefresh(action.message);
        break;
    }
  }

  #dial(): void {
    const { remoteAddress: address, remotePort: port, localAddress, ttl, minTtl, md5Key } = this.#parts.config();
    const options: DialOptions = { address, port, localAddress, ttl, minTtl, md5Key, timeoutMs: DIAL_LIMIT_MS };
    this.direction = "outgoing";
    this.#dialing = this.#parts.dial(options, (result) => {
      this.#dialing = null;
      if (result.ok) this.attach(result.value, "outgoing");
      this.#post(result.ok ? { type: "Tcp_CR_Acked" } : { type: "TcpConnectionFails", detail: result.error });
    });
  }

  #send(message: Message): void {
    const link = this.#link;
    if (!link) return;
    const bytes = encodeMessage(message, link.sendOptions);
    this.#parts.record.countOut(bytes);
    if (message.type !== "notification") link.write(bytes);
    else this.lastWords = new Promise((resolve) => link.write(bytes, resolve));
  }

  #drop(end: SessionEnd): void {
    const link = this.#release();
    if (end.by === "tcp") link?.destroy();
    else link?.close();
    this.#parts.onEnd(this, end);
  }

  #release(): Link | null {
    const link = this.#link;
    this.#dialing?.cancel();
    this.#dialing = null;
    this.#link = null;
    return link;
  }

  #up(negotiated: Negotiated): void {
    const link = this.#link;
    if (!link) return;
    this.#parts.record.established++;
    this.#parts.handler.established(this.#session(link, negotiated));
  }

  #down(negotiated: Negotiated, end: SessionEnd): void {
    this.#parts.record.resets++;
    this.#parts.handler.closed(end, retainsRoutes(end, negotiated, this.#parts.config().session));
  }

  #session(link: Link, negotiated: Negotiated): EstablishedSession {
    const { connection } = link;
    const { record } = this.#parts;
    const write = (bytes: Uint8Array, flushed?: () => void) => {
      if (link !== this.#link) return;
      record.countOut(bytes);
      link.write(bytes, flushed);
    };
    return {
      negotiated,
      localAddress: connection.localAddress,
      localPort: connection.localPort,
      remoteAddress: connection.remoteAddress,
      remotePort: connection.remotePort,
      get backlog() {
        return connection.writableLength;
      },
      write,
      sendRouteRefresh: (message) => write(encodeMessage(message, link.sendOptions)),
    };
  }

  #received(bytes: Uint8Array, start: number, end: number): void {
    const type = bytes[start + 18]!;
    this.#isUnheard = false;
    this.#parts.record.countIn(type);
    if (type === MessageType.Update && this.#state.name === "Established") this.#receivedUpdate(bytes, start, end);
    else if (this.#link) this.#post(receivedEvent(bytes, start, end, this.#state, this.#link.receiveOptions));
  }

  #receivedUpdate(bytes: Uint8Array, start: number, end: number): void {
    const error = this.#parts.handler.update(bytes, start, end);
    if (error) this.#post({ type: "UpdateMsgErr", error });
    else this.#hasReadUpdates = true;
  }

  /**
   * The UPDATEs of one chunk are one event to the machine: they came at the same moment, and all it does is to start the HoldTimer
   * anew. (One each is 5 % of the time that a full table takes.)
   */
  #chunkRead(): void {
    if (!this.#hasReadUpdates) return;
    this.#hasReadUpdates = false;
    this.#post(UPDATE_RECEIVED);
  }

  /** While the peer's messages wait because we are behind, its silence proves nothing. */
  #expired(timer: TimerName): void {
    const state = this.#state;
    const isExcused = timer === "HoldTimer" && "negotiated" in state && this.#link?.isBehind;
    if (isExcused) this.#timers.start("HoldTimer", state.negotiated.holdTimeSeconds);
    else this.#post({ type: `${timer}_Expires` });
  }
}
