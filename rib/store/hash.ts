/**
 * The keys of our hash functions. Peers choose the bytes that we hash, so without secrets they could make all of them collide.
 *
 * One round is `h = (h ^ word) * first; h ^= h >>> 15; h = h * second`: with only one secret factor, or a known one, a
 * difference in the top bit of a word would pass the round in a known way and could be cancelled by the next word.
 *
 * `IdTable` goes by the top bits. What comes last passes three multiplications: after two, some seeds let the lengths of one address
 * lie 48 slots from their homes on average, where a random function has 1.5; after three none of 1,000 more than 2.5.
 */
export interface HashKeys {
  readonly start: number;
  readonly first: number; // odd
  readonly second: number; // odd
}

/** @param seed any 32-bit number, from a random source, different in every process */
export function hashKeys(seed: number): HashKeys {
  return { start: mix(seed + 0x9e3779b9), first: mix(seed + 0x3c6ef372) | 1, second: mix(seed + 0xdaa66d2b) | 1 };
}

/** Hash of an IPv4 prefix. Hot. */
export function hashPrefix4({ start, first, second }: HashKeys, w0: number, length: number): number {
  let h = Math.imul(start ^ w0, first);
  h = Math.imul(h ^ (h >>> 15) ^ length, second);
  return Math.imul(h ^ (h >>> 15), first);
}

/** Hash of an IPv6 prefix. Hot. */
export function hashPrefix6(
  { start, first, second }: HashKeys,
  w0: number,
  w1: number,
  w2: number,
  w3: number,
  length: number,
): number {
  let h = Math.imul(start ^ w0, first);
  h = Math.imul(h ^ (h >>> 15), second);
  h = Math.imul(h ^ w1, first);
  h = Math.imul(h ^ (h >>> 15), second);
  h = Math.imul(h ^ w2, first);
  h = Math.imul(h ^ (h >>> 15), second);
  h = Math.imul(h ^ w3, first);
  h = Math.imul(h ^ (h >>> 15) ^ length, second);
  return Math.imul(h ^ (h >>> 15), first);
}

/** Steele, Lea, Flood: the finisher of SplitMix for 32 bits. */
export function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return h ^ (h >>> 15);
}
