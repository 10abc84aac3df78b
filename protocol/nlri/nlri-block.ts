import { bitsOf, Family } from "../net/address-family.js";

/**
 * A run of NLRI (RFC 4271 §4.3, RFC 7911 §3) that `checkNlri` has accepted: walking it with an `NlriCursor` cannot fail.
 *
 *   [path identifier: 4 octets, under ADD-PATH] [length in bits: 1 octet] [prefix: as many octets as the length needs] …
 *
 * A reusable slot over somebody else's bytes: read it before its owner goes on.
 */
export class NlriBlock {
  bytes: Uint8Array = NO_BYTES;
  start = 0;
  end = 0;
  family: Family = Family.Ipv4Unicast;
  addPath = false;

  set(bytes: Uint8Array, start: number, end: number, family: Family, addPath: boolean): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.family = family;
    this.addPath = addPath;
  }
}

const NO_BYTES = new Uint8Array(0);

/**
 * Syntax of `bytes[start, end)` as NLRI (RFC 7606 §5.3).
 *
 * @returns null when well formed, else why not: the prefix length exceeds the address, or the last prefix the field
 */
export function checkNlri(bytes: Uint8Array, start: number, end: number, family: Family, addPath: boolean): string | null {
  const bits = bitsOf(family);
  const skip = addPath ? 4 : 0;
  let at = start;
  while (at < end) {
    at += skip;
    if (at >= end) return "NLRI ends within a path identifier";
    const length = bytes[at]!;
    if (length > bits) return `NLRI has prefix length ${length}, more than ${bits}`;
    at += 1 + ((length + 7) >> 3);
  }
  return at === end ? null : `NLRI ends ${at - end} octets before its last prefix does`;
}

/** Walks an `NlriBlock` without allocating: after `next()` returned true the fields hold one prefix. */
export class NlriCursor {
  /** Address words in network order, signed, host bits cleared (RFC 4271 §4.3: their value is irrelevant). IPv4: only `w0`. */
  w0 = 0;
  w1 = 0;
  w2 = 0;
  w3 = 0;
  /** Prefix length in bits. */
  length = 0;
  /** RFC 7911 path identifier; 0 without ADD-PATH. */
  pathId = 0;

  #bytes: Uint8Array = NO_BYTES;
  #at = 0;
  #end = 0;
  #addPath = false;
  #wide = false;

  reset(block: NlriBlock): void {
    this.#bytes = block.bytes;
    this.#at = block.start;
    this.#end = block.end;
    this.#addPath = block.addPath;
    this.#wide = block.family === Family.Ipv6Unicast;
    this.w1 = 0;
    this.w2 = 0;
    this.w3 = 0;
    this.pathId = 0;
  }

  next(): boolean {
    let at = this.#at;
    if (at >= this.#end) return false;
    const bytes = this.#bytes;
    if (this.#addPath) {
      this.pathId = ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
      at += 4;
    }
    const length = bytes[at++]!;
    this.length = length;
    this.w0 = readWord(bytes, at, length);
    if (this.#wide) {
      this.w1 = readWord(bytes, at + 4, length - 32);
      this.w2 = readWord(bytes, at + 8, length - 64);
      this.w3 = readWord(bytes, at + 12, length - 96);
    }
    this.#at = at + ((length + 7) >> 3);
    return true;
  }
}

/** The first `bits` bits at `at` as a 32-bit word, zeros behind; octets that those bits do not reach are not read. */
function readWord(bytes: Uint8Array, at: number, bits: number): number {
  if (bits > 24) {
    const word = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
    return bits >= 32 ? word : word & (-1 << (32 - bits));
  }
  if (bits > 16) return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8)) & (-1 << (32 - bits));
  if (bits > 8) return ((bytes[at]! << 24) | (bytes[at + 1]! << 16)) & (-1 << (32 - bits));
  return bits > 0 ? (bytes[at]! << 24) & (-1 << (32 - bits)) : 0;
}

/** Octets of one NLRI entry without path identifier: the length octet and the prefix. */
export function nlriOctets(length: number): number {
  return 1 + ((length + 7) >> 3);
}

/**
 * Writes one NLRI entry at `at`; the room (`nlriOctets(length)`) must be there, and the host bits clear.
 *
 * @returns the position after it
 */
export function writeNlri(bytes: Uint8Array, at: number, w0: number, w1: number, w2: number, w3: number, length: number): number {
  bytes[at++] = length;
  if (length > 0) at = writeWord(bytes, at, w0, length);
  if (length > 32) at = writeWord(bytes, at, w1, length - 32);
  if (length > 64) at = writeWord(bytes, at, w2, length - 64);
  if (length > 96) at = writeWord(bytes, at, w3, length - 96);
  return at;
}

function writeWord(bytes: Uint8Array, at: number, word: number, bits: number): number {
  bytes[at++] = word >>> 24;
  if (bits > 8) bytes[at++] = word >>> 16;
  if (bits > 16) bytes[at++] = word >>> 8;
  if (bits > 24) bytes[at++] = word;
  return at;
}

/** Octets of a path identifier (RFC 7911 §3). */
export const PATH_ID_OCTETS = 4;

/** Writes the path identifier that precedes an entry under ADD-PATH. @returns the position after it */
export function writePathId(bytes: Uint8Array, at: number, pathId: number): number {
  return writeWord(bytes, at, pathId, 32);
}
