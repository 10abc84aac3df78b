import fc from "fast-check";
import { expect, it } from "vitest";
import { Grouping } from "../../../rib/export/grouping.js";

it("Grouping brings equal keys together, groups and items in the order they came", () => {
  const grouping = new Grouping();
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(5), fc.nat(200_000)), { maxLength: 2000 }), (keys) => {
      const to = new Int32Array(keys.length);
      const from = Int32Array.from(keys, (_, i) => i);
      grouping.group(Int32Array.from(keys), from, to, keys.length);
      const groups = new Map<number, number[]>();
      for (const [i, key] of keys.entries()) groups.set(key, [...(groups.get(key) ?? []), i]);
      expect([...to]).toEqual([...groups.values()].flat());
    }),
  );
});
