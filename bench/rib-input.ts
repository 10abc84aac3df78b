import { encodeAttributes } from "../protocol/attributes/encode-attributes.js";
import { Family } from "../protocol/net/address-family.js";
import { asn } from "../protocol/net/asn.js";
import { IpAddress } from "../protocol/net/ip-address.js";
import { NlriBlock, writeNlri } from "../protocol/nlri/nlri-block.js";

/** A stream of pseudo-random 32-bit numbers, the same in every run (xorshift32). */
export function randomWords(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** IPv4 prefixes as the Internet has them in kind: distinct, 60 % of them /24, the rest /16 to /23. */
export interface Prefixes {
  readonly words: Int32Array;
  readonly lengths: Uint8Array;
}

export function prefixes(count: number): Prefixes {
  const random = randomWords(7);
  const words = new Int32Array(count);
  const lengths = new Uint8Array(count);
  const seen = new Set<number>();
  for (let i = 0; i < count; ) {
    const length = random() % 10 < 6 ? 24 : 16 + (random() % 8);
    const word = random() & (-1 << (32 - length));
    const key = (word >>> 0) * 64 + length;
    if (seen.has(key)) continue;
    seen.add(key);
    words[i] = word;
    lengths[i++] = length;
  }
  return { words, lengths };
}

const CHUNK_BYTES = 65536;

/** Attribute lists as from a socket: behind one another in chunks of 64 KiB. No object a list, or the collector would be measured. */
export class AttributeStream {
  readonly chunks: Uint8Array[] = [];
  readonly chunk: Int32Array;
  readonly start: Int32Array;
  readonly end: Int32Array;
  count = 0;
  bytes = 0;
  #at = CHUNK_BYTES;

  constructor(capacity: number) {
    this.chunk = new Int32Array(capacity);
    this.start = new Int32Array(capacity);
    this.end = new Int32Array(capacity);
  }

  add(list: Uint8Array): void {
    if (this.#at + list.length > CHUNK_BYTES) {
      this.chunks.push(new Uint8Array(CHUNK_BYTES));
      this.#at = 0;
    }
    this.chunks.at(-1)!.set(list, this.#at);
    this.chunk[this.count] = this.chunks.length - 1;
    this.start[this.count] = this.#at;
    this.#at += list.length;
    this.bytes += list.length;
    this.end[this.count++] = this.#at;
  }

  list(i: number): Uint8Array {
    return this.chunks[this.chunk[i]!]!.subarray(this.start[i], this.end[i]);
  }
}

/** Distinct attribute lists of about 60 bytes: ORIGIN, AS_PATH, NEXT_HOP, communities. */
export function attributeLists(count: number): AttributeStream {
  const random = randomWords(11);
  const stream = new AttributeStream(count);
  for (let i = 0; i < count; i++) {
    const asns = Array.from({ length: 3 + (random() % 5) }, () => asn(random() % 400000));
    const communities = [i, ...Array.from({ length: random() % 8 }, () => random())];
    const set = { origin: 0, asPath: [{ type: "sequence", asns }], nextHop: IpAddress.v4(0xc0000201), communities } as const;
    stream.add(encodeAttributes(set, Family.Ipv4Unicast, { fourOctetAs: true }));
  }
  return stream;
}

/** All prefixes as NLRI, `perBlock` to a block: as from a socket, in one buffer. */
export class NlriStream {
  readonly #block = new NlriBlock();
  readonly #bytes: Uint8Array;
  readonly #starts: Int32Array;
  readonly count: number;

  constructor({ words, lengths }: Prefixes, perBlock: number) {
    this.count = Math.ceil(words.length / perBlock);
    this.#bytes = new Uint8Array(5 * words.length);
    this.#starts = new Int32Array(this.count + 1);
    let at = 0;
    for (let i = 0; i < words.length; i++) {
      at = writeNlri(this.#bytes, at, words[i]!, 0, 0, 0, lengths[i]!);
      this.#starts[Math.floor(i / perBlock) + 1] = at;
    }
  }

  /** Block `i`, until the next call. */
  block(i: number): NlriBlock {
    this.#block.set(this.#bytes, this.#starts[i]!, this.#starts[i + 1]!, Family.Ipv4Unicast, false);
    return this.#block;
  }
}

/** 0 .. count - 1 in random order. */
export function shuffled(count: number): Int32Array {
  const random = randomWords(13);
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random() % (i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

export interface Row {
  readonly name: string;
  readonly nanoseconds: number; // CPU time per operation
  readonly bytes?: number; // of array buffers per row
}

/** Runs `work` once and says how long one of its `count` operations took. */
export function measure(name: string, count: number, work: () => void): Row {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return { name, nanoseconds: ((user + system) * 1000) / count };
}

/** The median of several runs, each of which starts afresh. */
export function median(runs: number, run: () => Row[]): Row[] {
  const all = Array.from({ length: runs }, run);
  return all[0]!.map((row, i) => {
    const sorted = all.map((rows) => rows[i]!).sort((a, b) => a.nanoseconds - b.nanoseconds);
    return { ...row, ...sorted[runs >> 1]! };
  });
}

/**
 * Bytes in array buffers for each of `count` rows of what `build` makes; exact when node runs with --expose-gc.
 * Never within a timed run: a forced collection throws away the code that was compiled for tables that are gone.
 */
export function bytesPerRow(count: number, build: () => unknown): number {
  const before = bufferBytes();
  const built = build();
  const bytes = bufferBytes() - before;
  return built === undefined ? Number.NaN : bytes / count; // `built` has to live until here
}

function bufferBytes(): number {
  globalThis.gc?.();
  globalThis.gc?.(); // the first leaves buffers to be freed in the background
  return process.memoryUsage().arrayBuffers;
}

export function print(title: string, rows: readonly Row[]): void {
  console.log(`\n${title}`);
  for (const { name, nanoseconds, bytes } of rows) {
    const size = bytes === undefined ? "" : `${bytes.toFixed(1).padStart(8)} B`;
    console.log(`  ${name.padEnd(58)}${nanoseconds.toFixed(1).padStart(8)} ns${size}`);
  }
}

/** The rows, the first with its size. */
export function sized([first, ...rest]: readonly Row[], bytes: number): Row[] {
  return [{ ...first!, bytes }, ...rest];
}
