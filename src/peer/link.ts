import type { CodecOptions } from "../../protocol/messages/codec-options.js";
import type { Connection } from "../net/connection.js";
import { Intake, type IntakeEvents, type ReadTurns } from "./intake.js";
import type { PeerTimers } from "./peer-timers.js";

/** What holds until both OPENs are there. */
export const BEFORE_OPEN: CodecOptions = {
  fourOctetAs: true,
  internal: false,
  addPath: new Set(),
  families: new Set(),
  extendedNextHop: false,
  maxMessageLength: 4096,
};

/** A TCP connection in use by a machine: how its bytes are read and written, and whether the peer takes them. */
export class Link {
  readonly connection: Connection;
  receiveOptions: CodecOptions = BEFORE_OPEN;
  sendOptions: CodecOptions = BEFORE_OPEN;
  readonly #timers: PeerTimers;
  readonly #intake: Intake;
  #sendHoldSeconds = 0;
  #isOpen = true;

  constructor(parts: {
    connection: Connection;
    turns: ReadTurns;
    timers: PeerTimers;
    events: IntakeEvents;
  }) {
    this.connection = parts.connection;
    this.#timers = parts.timers;
    this.#intake = new Intake(parts.connection, parts.turns, parts.events);
  }

  /** True while bytes of the peer's may be waiting because of us. */
  get isBehind(): boolean {
    return this.#intake.isBehind;
  }

  pauseReading(): void {
    this.#intake.pause();
  }

  resumeReading(): void {
    this.#intake.resume();
  }

  /** What comes and goes from now on is read and written by the rules of both OPENs. */
  useOptions(receive: CodecOptions, send: CodecOptions): void {
    this.receiveOptions = receive;
    this.sendOptions = send;
    this.#intake.maxMessageLength = receive.maxMessageLength;
  }

  /** From now on the SendHoldTimer runs while bytes wait, and starts anew whenever the socket took some (RFC 9687 §4.3). */
  guardSending(seconds: number): void {
    this.#sendHoldSeconds = seconds;
  }

  write(bytes: Uint8Array, flushed?: () => void): void {
    this.connection.write(bytes, () => {
      this.#noteProgress();
      flushed?.();
    });
    if (this.#sendHoldSeconds === 0 || this.#timers.isRunning("SendHoldTimer")) return;
    this.#timers.start("SendHoldTimer", this.#sendHoldSeconds);
  }

  #noteProgress(): void {
    if (!this.#isOpen || this.#sendHoldSeconds === 0) return;
    if (this.connection.writableLength === 0) this.#timers.stop("SendHoldTimer");
    else this.#timers.start("SendHoldTimer", this.#sendHoldSeconds);
  }

  /** What was written still leaves, for a second at most. */
  close(): void {
    this.#end();
    this.connection.close();
  }

  destroy(): void {
    this.#end();
    this.connection.destroy();
  }

  #end(): void {
    this.#isOpen = false;
    this.#intake.close();
    this.#timers.stop("SendHoldTimer");
  }
}
