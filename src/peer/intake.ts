import type { BgpError } from "../../protocol/wire/bgp-error.js";
import { Framer } from "../../protocol/wire/framer.js";
import type { Connection } from "../net/connection.js";

/** Whose turn it is on the main thread: reading stops when the time is spent and goes on in a later turn. */
export interface ReadTurns {
  readonly isSpent: boolean;
  whenResumed(resume: () => void): void;
}

/** What comes out of a connection, in order; after `onEnd` or an error nothing more. */
export interface IntakeEvents {
  /** A whole message, header included, at `bytes[start, end)`; valid during the call only. */
  onMessage(bytes: Uint8Array, start: number, end: number): void;
  onFramingError(error: BgpError): void;
  /** All whole messages of a chunk have been handed over. */
  onChunkRead(): void;
  onEnd(error: string | null): void;
}

/** Octets read before it is looked whether the turn's time is spent: a third of a millisecond to half of one, of UPDATEs. */
const OCTETS_AT_ONCE = 16 * 1024;

/**
 * Reads one connection: bytes into messages, no faster than the routing side follows.
 *
 * While reading is paused, or this turn's time is spent, what still arrives is copied and waits here; the socket is paused,
 * so that this is a chunk or two, and the rest waits in the kernel and at last at the peer.
 */
export class Intake {
  readonly #connection: Connection;
  readonly #turns: ReadTurns;
  readonly #events: IntakeEvents;
  readonly #framer = new Framer();
  readonly #unread: Uint8Array[] = [];
  #isPaused = false;
  #isWaiting = false;
  #isClosed = false;
  #end: { readonly error: string | null } | null = null;

  constructor(connection: Connection, turns: ReadTurns, events: IntakeEvents) {
    this.#connection = connection;
    this.#turns = turns;
    this.#events = events;
    connection.onData = (bytes) => this.#receive(bytes);
    connection.onClose = (error) => this.#ended(error);
  }

  /** True while bytes of the peer's may be waiting because of us: silence is not the peer's fault then. */
  get isBehind(): boolean {
    return this.#isPaused || this.#unread.length > 0;
  }

  set maxMessageLength(length: 4096 | 65535) {
    this.#framer.maxLength = length;
  }

  pause(): void {
    this.#isPaused = true;
    this.#connection.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#wait();
  }

  /** Nothing is delivered any more, not even the rest of a chunk at hand. */
  close(): void {
    this.#isClosed = true;
    this.#unread.length = 0;
  }

  #receive(bytes: Uint8Array): void {
    if (this.isBehind || this.#turns.isSpent) this.#unread.push(bytes.slice());
    else this.#read(bytes);
    if (this.#unread.length === 0) return;
    this.#connection.pause();
    this.#wait();
  }

  /** Goes on in a later turn. */
  #wait(): void {
    if (this.#isWaiting || this.#isClosed) return;
    this.#isWaiting = true;
    this.#turns.whenResumed(() => {
      this.#isWaiting = false;
      this.#goOn();
    });
  }

  #goOn(): void {
    while (!this.#isClosed && !this.#isPaused && !this.#turns.isSpent) {
      const bytes = this.#unread.shift();
      if (!bytes) break;
      this.#read(bytes);
    }
    if (this.#isClosed || this.#isPaused) return;
    if (this.#unread.length > 0) this.#wait();
    else if (this.#end) this.#events.onEnd(this.#end.error);
    else this.#connection.resume();
  }

  /** Reads to the end, or until the turn's time is spent: then the rest waits, before all else that does. */
  #read(bytes: Uint8Array): void {
    const framer = this.#framer;
    framer.push(bytes);
    let unlooked = OCTETS_AT_ONCE;
    for (let found = framer.next(); found !== false; found = framer.next()) {
      if (found !== true) {
        this.#events.onFramingError(found);
        return;
      }
      this.#events.onMessage(framer.bytes, framer.start, framer.end);
      if (this.#isClosed) return;
      unlooked -= framer.end - framer.start;
      if (unlooked > 0) continue;
      unlooked = OCTETS_AT_ONCE;
      if (!this.#turns.isSpent) continue;
      this.#unread.unshift(framer.takeRest());
      break;
    }
    this.#events.onChunkRead();
  }

  /** What the peer sent before it closed counts: its NOTIFICATION may be in it. */
  #ended(error: string | null): void {
    if (!this.isBehind) this.#events.onEnd(error);
    else this.#end = { error };
  }
}
