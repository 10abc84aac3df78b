import fc from "fast-check";
import { expect, it } from "vitest";
import { PrefixBits } from "../../../rib/export/prefix-bits.js";
import type { PrefixId } from "../../../rib/store/ids.js";

it("PrefixBits is a Set of prefix ids in their order", () => {
  const step = fc.record({ kind: fc.constantFrom("add", "remove"), id: fc.integer({ min: 1, max: 3000 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 3100 }), (steps, from) => {
      const bits = new PrefixBits();
      const twin = new Set<number>();
      for (const { kind, id } of steps) {
        const prefix = id as PrefixId;
        expect(bits.has(prefix)).toBe(twin.has(id));
        if (kind === "add") expect(bits.add(prefix)).toBe(!twin.has(id));
        else expect(bits.remove(prefix)).toBe(twin.has(id));
        if (kind === "add") twin.add(id);
        else twin.delete(id);
      }
      const sorted = [...twin].sort((a, b) => a - b);
      for (const copy of [bits, bits.clone()]) {
        const walked: number[] = [];
        for (let id = copy.nextFrom(1); id !== 0; id = copy.nextFrom(id + 1)) walked.push(id);
        expect(walked).toEqual(sorted);
        expect(copy.count).toBe(twin.size);
        expect(copy.nextFrom(from)).toBe(sorted.find((id) => id >= from) ?? 0);
      }
    }),
  );
});
