/** Room for many messages, or one of the longest (RFC 8654). */
export const CHUNK_OCTETS = 65536;

/** A buffer of encoded messages, shared by all that are sent the same; counted, and back in its pool when nobody needs it. */
export class Chunk {
  readonly bytes = new Uint8Array(CHUNK_OCTETS);
  readonly view = new DataView(this.bytes.buffer);
  readonly #pool: ChunkPool;
  #references = 0;

  constructor(pool: ChunkPool) {
    this.#pool = pool;
  }

  get references(): number {
    return this.#references;
  }

  retain(): void {
    this.#references++;
  }

  release(): void {
    if (--this.#references === 0) this.#pool.giveBack(this);
  }
}

/** Chunks to use again, so that a steady stream of updates makes no garbage of 64 KiB pieces. */
export class ChunkPool {
  readonly #free: Chunk[] = [new Chunk(this)]; // an array that begins empty is of another kind to V8 than one that has held a chunk
  #inUse = 0;

  /** Chunks that somebody still holds. */
  get inUse(): number {
    return this.#inUse;
  }

  /** A chunk with one reference, the caller's. */
  take(): Chunk {
    const chunk = this.#free.pop() ?? new Chunk(this);
    chunk.retain();
    this.#inUse++;
    return chunk;
  }

  giveBack(chunk: Chunk): void {
    this.#inUse--;
    if (this.#free.length < MOST_FREE) this.#free.push(chunk);
  }
}

/** 4 MiB: more than a quick peer ever has outstanding; the rest goes back to the system after a burst. */
const MOST_FREE = 64;
