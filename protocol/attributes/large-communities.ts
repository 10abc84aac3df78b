import { AttributeCode } from "../wire/iana.js";
import { type AttributeCodec, OPTIONAL_TRANSITIVE, u32At } from "./attribute-codec.js";
import { checkMultiple } from "./value-length.js";

/** Global administrator and two local parts (RFC 8092 §3). */
export type LargeCommunity = readonly [number, number, number];

const OCTETS = 12;
const PAIRWISE_LIMIT = 32 * OCTETS; // comparing every pair is quicker than a Map up to here, and harmless

/** LARGE_COMMUNITY (RFC 8092): redundant values are removed silently (its §3). */
export const largeCommunities: AttributeCodec<"largeCommunities"> = {
  code: AttributeCode.LargeCommunities,
  name: "LARGE_COMMUNITY",
  flags: OPTIONAL_TRANSITIVE,
  key: "largeCommunities",
  flagsFault: "treat-as-withdraw",
  check: (_bytes, start, end) => checkMultiple("LARGE_COMMUNITY", OCTETS, start, end), // RFC 8092 §6
  read: readDistinct,
  isExact(bytes, start, end) {
    if (end - start > PAIRWISE_LIMIT) return readDistinct(bytes, start, end).length === (end - start) / OCTETS;
    for (let at = start + OCTETS; at < end; at += OCTETS) {
      if (appearsBefore(bytes, start, at)) return false;
    }
    return true;
  },
  encode(values, writer) {
    for (const [global, local1, local2] of values) {
      writer.u32(global);
      writer.u32(local1);
      writer.u32(local2);
    }
  },
};

/** `65000:1:2` */
export function formatLargeCommunity([global, local1, local2]: LargeCommunity): string {
  return `${global}:${local1}:${local2}`;
}

function readDistinct(bytes: Uint8Array, start: number, end: number): LargeCommunity[] {
  const values = new Map<string, LargeCommunity>();
  for (let at = start; at < end; at += OCTETS) {
    const value: LargeCommunity = [u32At(bytes, at), u32At(bytes, at + 4), u32At(bytes, at + 8)];
    values.set(formatLargeCommunity(value), value);
  }
  return [...values.values()];
}

function appearsBefore(bytes: Uint8Array, start: number, at: number): boolean {
  for (let other = start; other < at; other += OCTETS) {
    let same = 0;
    while (same < OCTETS && bytes[other + same] === bytes[at + same]) same++;
    if (same === OCTETS) return true;
  }
  return false;
}
