import { NO_PEER, type PeerId } from "../store/ids.js";
import { CHUNK_OCTETS, type Chunk, type ChunkPool } from "./chunk-pool.js";
import type { Recipient } from "./recipient.js";

/**
 * Who a segment is for: a positive number, everyone but that peer; a negative one, only that peer; 0, everyone.
 * So one encoding serves a group although no peer gets back what it sent.
 */
export type Audience = number & { readonly __brand: "Audience" };

export const EVERYONE = 0 as Audience;

export function everyoneBut(peer: PeerId): Audience {
  return peer as number as Audience;
}

export function only(peer: PeerId): Audience {
  return -peer as Audience;
}

/**
 * The messages that some members are sent alike, written once into shared chunks.
 *
 *   chunk [ delivered | segment | segment | … | free ]
 *
 * Segments cover what is written and not yet delivered; each recipient is handed the longest pieces that are for it.
 */
export class ChunkStream {
  readonly #pool: ChunkPool;
  #recipients: readonly Recipient[] = [];
  readonly #peers = new Set<PeerId>();
  #chunk: Chunk | null = null;
  #at = 0;
  readonly #starts: number[] = []; // of segments; one ends where the next starts, the last at #at
  readonly #audiences: Audience[] = [];

  constructor(pool: ChunkPool) {
    this.#pool = pool;
  }

  get recipients(): readonly Recipient[] {
    return this.#recipients;
  }

  /** Only between `flush` and the next `begin`. */
  setRecipients(recipients: readonly Recipient[]): void {
    this.#recipients = recipients;
    this.#peers.clear();
    for (const { peer } of recipients) this.#peers.add(peer);
  }

  /** True when the peer is one of the recipients: only then can a route's being its own matter here. */
  reaches(peer: PeerId): boolean {
    return peer !== NO_PEER && this.#peers.has(peer);
  }

  /** The buffer to write into after `begin`. */
  get bytes(): Uint8Array {
    return this.#chunk!.bytes;
  }

  /** The same, by words. */
  get view(): DataView {
    return this.#chunk!.view;
  }

  /** Octets that may be written after `begin` has answered. */
  get room(): number {
    return CHUNK_OCTETS - this.#at;
  }

  /** Makes room for `octets` octets for this audience. @returns where in `bytes` to write them; then call `end` */
  begin(octets: number, audience: Audience): number {
    if (this.#chunk !== null && this.room < octets) this.#turnOver();
    this.#chunk ??= this.#pool.take();
    const last = this.#audiences.length - 1;
    if (last < 0 || this.#audiences[last] !== audience) {
      this.#starts.push(this.#at);
      this.#audiences.push(audience);
    }
    return this.#at;
  }

  /** The octets up to `at` are written. */
  end(at: number): void {
    this.#at = at;
  }

  /** Hands out what is written. Keeps a chunk that is in use for what comes next: small updates share one. */
  flush(): void {
    const chunk = this.#chunk;
    if (chunk === null) return;
    this.#deliver(chunk);
    if (chunk.references > 1) return;
    this.close();
  }

  /** Lets go of the buffer; what was not delivered is lost. */
  close(): void {
    this.#starts.length = 0;
    this.#audiences.length = 0;
    this.#chunk?.release();
    this.#chunk = null;
    this.#at = 0;
  }

  #turnOver(): void {
    this.#deliver(this.#chunk!);
    this.close();
  }

  #deliver(chunk: Chunk): void {
    if (this.#starts.length === 0) return;
    for (const recipient of this.#recipients) this.#deliverTo(recipient, chunk);
    this.#starts.length = 0;
    this.#audiences.length = 0;
  }

  #deliverTo(recipient: Recipient, chunk: Chunk): void {
    const starts = this.#starts;
    const { peer } = recipient;
    let from = -1; // where the piece in the making starts
    for (let i = 0; i < starts.length; i++) {
      if (isFor(this.#audiences[i], peer)) {
        if (from < 0) from = starts[i];
      } else if (from >= 0) {
        recipient.send(chunk, from, starts[i]);
        from = -1;
      }
    }
    if (from >= 0) recipient.send(chunk, from, this.#at);
  }
}

function isFor(audience: Audience, peer: PeerId): boolean {
  return audience >= 0 ? audience !== (peer as number) : audience === -peer;
}
