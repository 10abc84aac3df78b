import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hashKeys } from "../../../rib/store/hash.js";
import { copyBytes, equalBytes, hashBytes } from "../../../rib/store/words.js";

function hash(seed: number, bytes: Uint8Array): number {
  return hashBytes(hashKeys(seed), new DataView(bytes.buffer), bytes.byteOffset, bytes.length, 0);
}

describe("hashBytes", () => {
  test("depends on the seed", () => {
    const bytes = Uint8Array.from({ length: 60 }, (_, i) => i);
    const hashes = new Set(Array.from({ length: 1000 }, (_, seed) => hash(seed, bytes)));
    expect(hashes.size).toBeGreaterThan(990);
  });

  test("no difference in two words collides under many seeds, not even one in the top bits", () => {
    const base = new Uint8Array(16);
    const differences = [0x80000000, 0x80008000, 0x80010000, 0x00010000, 1];
    for (const first of differences) {
      for (const second of [...differences, 0x80010002]) {
        const other = new Uint8Array(16);
        new DataView(other.buffer).setInt32(0, first | 0);
        new DataView(other.buffer).setInt32(4, second | 0);
        const collisions = Array.from({ length: 2000 }, (_, seed) => hash(seed, base) === hash(seed, other)).filter(Boolean);
        expect(collisions.length, `${first.toString(16)} ${second.toString(16)}`).toBeLessThan(10);
      }
    }
  });

  test("spreads over segments and slots", () => {
    const slots = new Set<number>();
    const segments = new Set<number>();
    const bytes = new Uint8Array(8);
    for (let i = 0; i < 4096; i++) {
      new DataView(bytes.buffer).setInt32(4, i << 8);
      slots.add(hash(1, bytes) & 4095);
      segments.add(hash(1, bytes) >>> 24);
    }
    expect(slots.size).toBeGreaterThan(2300); // 2589 are expected of a random function
    expect(segments.size).toBe(256);
  });
});

describe("byte strings by words", () => {
  test("are equal when their bytes are, whatever their length and place", () => {
    const pair = fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.nat({ max: 7 }), fc.nat({ max: 39 }));
    fc.assert(
      fc.property(pair, ([bytes, shift, at]) => {
        const copy = new DataView(new ArrayBuffer(64));
        const view = new DataView(bytes.buffer, bytes.byteOffset);
        copyBytes(copy, shift, view, 0, bytes.length);
        expect(new Uint8Array(copy.buffer, shift, bytes.length)).toEqual(bytes);
        expect(equalBytes(copy, shift, view, 0, bytes.length)).toBe(true);
        expect(hashBytes(hashKeys(1), copy, shift, bytes.length, 0)).toBe(hashBytes(hashKeys(1), view, 0, bytes.length, 0));
        if (at >= bytes.length) return;
        copy.setUint8(shift + at, copy.getUint8(shift + at) ^ 1);
        expect(equalBytes(copy, shift, view, 0, bytes.length)).toBe(false);
      }),
    );
  });
});
