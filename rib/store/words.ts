import type { HashKeys } from "./hash.js";

// Byte strings handled by 32-bit words: `DataView.getInt32` is one machine load, and at 60 bytes native calls cost more than
// they save (`bench/intern.ts`). The last word overlaps the one before when the length is no multiple of four.

/** Hash of `length` bytes and `salt`. */
export function hashBytes(keys: HashKeys, view: DataView, at: number, length: number, salt: number): number {
  const first = keys.first;
  const second = keys.second;
  let h = keys.start ^ (length + Math.imul(salt, 0x10001));
  const last = at + length - 4;
  for (let i = at; i < last; i += 4) {
    h = Math.imul(h ^ view.getInt32(i), first);
    h = Math.imul(h ^ (h >>> 15), second);
  }
  h = Math.imul(h ^ lastWord(view, at, length), first);
  h = Math.imul(h ^ (h >>> 15), second);
  return Math.imul(h ^ (h >>> 15), first);
}

export function equalBytes(a: DataView, atA: number, b: DataView, atB: number, length: number): boolean {
  const last = length - 4;
  for (let i = 0; i < last; i += 4) if (a.getInt32(atA + i) !== b.getInt32(atB + i)) return false;
  return lastWord(a, atA, length) === lastWord(b, atB, length);
}

function lastWord(view: DataView, at: number, length: number): number {
  if (length >= 4) return view.getInt32(at + length - 4);
  let word = 0;
  for (let i = 0; i < length; i++) word = (word << 8) | view.getUint8(at + i);
  return word;
}
