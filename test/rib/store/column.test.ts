import { describe, expect, test } from "vitest";
import { capacityFor, grown, nextCapacity } from "../../../rib/store/column.js";

describe("columns", () => {
  test("double up to 65536 rows and grow by half from there", () => {
    expect(nextCapacity(1024)).toBe(2048);
    expect(nextCapacity(65536)).toBe(98304);
    expect(capacityFor(65536, 1024)).toBe(98304);
    expect(capacityFor(10, 1024)).toBe(1024);
  });

  test("keep their type and values", () => {
    const column = grown(Uint16Array.of(7, 8), 4);
    expect(column).toEqual(Uint16Array.of(7, 8, 0, 0));
  });

  test("that are large grow where they are, and move when their address space is used up", () => {
    const small = Int32Array.from({ length: 8192 }, (_, row) => row + 1);
    const large = grown(small, 16384);
    const larger = grown(large, 1 << 24);
    const largest = grown(larger, (1 << 24) + 1);
    expect(larger.buffer).toBe(large.buffer);
    expect(largest.buffer).not.toBe(larger.buffer);
    for (const column of [large, larger, largest]) {
      expect(column.subarray(0, 8192)).toEqual(small);
      expect(column.subarray(8192).every((value) => value === 0)).toBe(true);
    }
  });
});
