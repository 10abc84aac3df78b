import type { PeerId } from "./store/ids.js";

/**
 * Names one path among all to a prefix: the peer that announced it and the peer's lane that it is in. It stays the same while
 * the path exists, whatever becomes of its attributes, so it is the path identifier that we send (RFC 7911 §3).
 *
 *   bits 0..15    PeerId
 *   bits 16..30   lane
 */
export type PathId = number & { readonly __brand: "PathId" };

export const NO_PATH = 0 as PathId;

export function pathOf(peer: PeerId, lane: number): PathId {
  return ((lane << 16) | peer) as PathId;
}

export function sourceOf(path: PathId): PeerId {
  return (path & 0xffff) as PeerId;
}
