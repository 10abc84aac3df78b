import type { PeerId } from "../store/ids.js";
import type { Chunk } from "./chunk-pool.js";

/** An established session, as update groups see it. */
export interface GroupMember {
  readonly peer: PeerId;
  /** Sends octets [start, end) of `chunk`, which stay as they are until `flushed` is called: at once or later, in order, or never. */
  write(chunk: Uint8Array, start: number, end: number, flushed: () => void): void;
  /** Octets not yet taken by the socket. */
  readonly backlog: number;
}

/** Octets: below this a stream to the peer goes on. */
const READY_BACKLOG = 1 << 20;
/** Octets: beyond this the peer no longer holds back those it shares a stream with, nor is sent what they are. */
const MOST_BACKLOG = 4 << 20;
/** Pieces not yet taken by the socket; each may hold a whole chunk in memory. */
const MOST_PIECES = 512;

/** One member of an update group, and what it is owed besides routes. */
export class Recipient {
  readonly peer: PeerId;
  readonly enhancedRefresh: boolean; // RFC 7313
  /** RFC 4724 §2: not yet told that it has all there was. */
  owesEndOfRib = true;
  /** RFC 7313 §4: between BoRR and EoRR. */
  isRefreshing = false;
  /** A refresh came before End-of-RIB was sent, and starts after it. */
  isRefreshPending = false;

  readonly #member: GroupMember;
  readonly #onReady: () => void;
  #pieces = 0;
  #hasLeft = false;

  /** @param onReady the socket has taken something, and more may come */
  constructor(member: GroupMember, enhancedRefresh: boolean, onReady: () => void) {
    this.#member = member;
    this.peer = member.peer;
    this.enhancedRefresh = enhancedRefresh;
    this.#onReady = onReady;
  }

  /** True when it may be sent more. */
  get isReady(): boolean {
    return this.#member.backlog < READY_BACKLOG && this.#pieces < MOST_PIECES;
  }

  /** True when it is so far behind that others must go on without it. */
  get isSlow(): boolean {
    return this.#member.backlog > MOST_BACKLOG || this.#pieces > 2 * MOST_PIECES;
  }

  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  leave(): void {
    this.#hasLeft = true;
  }

  /** Sends a part of a chunk, and holds the chunk until the socket has taken it. */
  send(chunk: Chunk, start: number, end: number): void {
    if (this.#hasLeft) return; // closed by what an earlier write of the same round brought up
    chunk.retain();
    this.#pieces++;
    this.#member.write(chunk.bytes, start, end, () => {
      this.#pieces--;
      chunk.release();
      this.#flushed();
    });
  }

  /** Sends a message of its own that is never changed afterwards. */
  sendMarker(message: Uint8Array): void {
    if (!this.#hasLeft) this.#member.write(message, 0, message.length, () => this.#flushed());
  }

  #flushed(): void {
    if (this.isReady && !this.#hasLeft) this.#onReady();
  }
}
