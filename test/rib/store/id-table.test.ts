import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IdTable } from "../../../rib/store/id-table.js";

function idsUnder(table: IdTable, hash: number): number[] {
  const ids: number[] = [];
  for (let id = table.first(hash); id !== 0; id = table.next()) ids.push(id);
  return ids;
}

/** Hashes that collide a lot, in their segment and in their slot. */
const hashes = fc.oneof(fc.constantFrom(0, 1, 7, 0x01000000, 0x01000007, -1), fc.integer());

describe("IdTable", () => {
  test("finds exactly what was inserted and not removed, however hashes collide", () => {
    const operations = fc.array(fc.record({ id: fc.integer({ min: 1, max: 60 }), hash: hashes }), { maxLength: 200 });
    fc.assert(
      fc.property(operations, (steps) => {
        const model = new Map<number, number>();
        const table = new IdTable({ hashOf: (id) => model.get(id)! });
        for (const { id, hash } of steps) {
          const old = model.get(id);
          if (old === undefined) {
            model.set(id, hash);
            table.insert(hash, id);
          } else {
            table.remove(old, id);
            model.delete(id);
          }
          table.checkInvariants(model.size);
          for (const [known, its] of model) expect(idsUnder(table, its)).toContain(known);
        }
      }),
    );
  });

  test("a search for what is not there ends", () => {
    const table = new IdTable({ hashOf: () => 5 });
    expect(table.first(5)).toBe(0);
    for (let id = 1; id <= 1000; id++) table.insert(5, id);
    expect(idsUnder(table, 5)).toHaveLength(1000);
    table.checkInvariants(1000);
    for (let id = 1000; id >= 1; id--) table.remove(5, id);
    expect(table.first(5)).toBe(0);
    table.checkInvariants(0);
  });
});
