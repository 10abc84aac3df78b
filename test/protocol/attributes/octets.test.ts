import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { copyOctets, WordView } from "../../../protocol/attributes/octets.js";

describe("copyOctets", () => {
  test("copies any number of octets from anywhere to anywhere, and touches nothing beside them", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(9), fc.nat(9), (octets, before, shift) => {
        const from = new Uint8Array([...new Uint8Array(before).fill(1), ...octets, 1, 1]);
        const to = new Uint8Array(60).fill(0xee);
        copyOctets(new DataView(to.buffer), shift, new DataView(from.buffer), before, octets.length);
        const expected = new Uint8Array(60).fill(0xee);
        expected.set(octets, shift);
        expect(to).toEqual(expected);
      }),
    );
  });
});

describe("WordView", () => {
  test("is of the array asked for, and of nothing beside it", () => {
    const words = new WordView();
    const buffer = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]);
    const [low, high] = [buffer.subarray(0, 4), buffer.subarray(4)];
    expect([low, high, low].map((bytes) => words.of(bytes).getUint32(0))).toEqual([0x01020304, 0x05060708, 0x01020304]);
    expect(words.of(high).byteLength).toBe(4);
  });
});
