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
});
