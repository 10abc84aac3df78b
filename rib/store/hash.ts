/**
 * The keys of our hash functions. Peers choose the bytes that we hash, so without secrets they could make all of them collide.
 *
 * One round is `h = (h ^ word) * first; h ^= h >>> 15; h = h * second`: with only one secret factor, or a known one, a
 * difference in the top bit of a word would pass the round in a known way and could be cancelled by the next word.
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

/** Steele, Lea, Flood: the finisher of SplitMix for 32 bits. */
export function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return h ^ (h >>> 15);
}
