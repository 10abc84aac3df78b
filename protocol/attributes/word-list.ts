import type { ByteWriter } from "../wire/byte-writer.js";
import { u32At } from "./attribute-codec.js";

/** The value as 32-bit unsigned numbers. */
export function readWords(bytes: Uint8Array, start: number, end: number): number[] {
  const words: number[] = [];
  for (let at = start; at < end; at += 4) words.push(u32At(bytes, at));
  return words;
}

export function writeWords(words: readonly number[], writer: ByteWriter): void {
  for (const word of words) writer.u32(word);
}

/** The value cut into copies of `size` octets each. */
export function readItems(bytes: Uint8Array, start: number, end: number, size: number): Uint8Array[] {
  const items: Uint8Array[] = [];
  for (let at = start; at < end; at += size) items.push(bytes.slice(at, at + size));
  return items;
}

export function writeItems(items: readonly Uint8Array[], writer: ByteWriter): void {
  for (const item of items) writer.bytes(item);
}
