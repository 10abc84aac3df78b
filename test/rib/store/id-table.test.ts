import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mix } from "../../../rib/store/hash.js";
import { IdTable, MOST_REMOVED } from "../../../rib/store/id-table.js";

function idsUnder(table: IdTable, hash: number): number[] {
  const ids: number[] = [];
  for (let id = table.first(hash); id !== 0; id = table.next()) ids.push(id);
  return ids;
}

/** A table, and what has to be in it. */
class Twins {
  readonly table = new IdTable();
  readonly hashes = new Map<number, number>();

  insert(id: number, hash: number): void {
    this.hashes.set(id, hash);
    this.table.insert(hash, id);
  }

  remove(id: number): void {
    this.table.remove(this.hashes.get(id)!, id);
    this.hashes.delete(id);
  }

  removeRun(ids: readonly number[]): void {
    const hashes = Int32Array.from(ids, (id) => this.hashes.get(id)!);
    this.table.removeRun(hashes, Int32Array.from(ids), ids.length);
    for (const id of ids) this.hashes.delete(id);
  }

  /** Every id under its own hash, and in the order that the table promises. */
  check(): void {
    this.table.checkInvariants(this.hashes.size, (id) => this.hashes.get(id)!);
    const lost = [...this.hashes].filter(([id, hash]) => !idsUnder(this.table, hash).includes(id));
    expect(lost).toEqual([]);
  }
}

const ENDS = [0, 1, 2, 0x3fffffff, 0x40000000, 0x7fffffff, -0x80000000, -2, -1];

/** Hashes that collide: equal, side by side, and at both ends of the table. */
const hashes = fc.oneof(
  fc.constantFrom(...ENDS),
  fc.integer(),
  fc.nat({ max: 40 }).map((n) => n << 20),
);

/** Ways to have many hashes, by number: evenly spread, in a few clumps, at either end, and all one. */
const SPREADS: Record<string, (n: number) => number> = {
  even: (n) => mix(n),
  clumps: (n) => (mix(n % 7) & ~0xffff) | (n & 0xffff),
  "the lowest": (n) => n >>> 1,
  "the highest": (n) => -1 - (n >>> 1),
  one: () => 0x12345678,
  "the last of all": () => -1,
};

describe("IdTable", () => {
  test("finds exactly what was inserted and not removed, however hashes collide", () => {
    const operations = fc.array(fc.record({ id: fc.integer({ min: 1, max: 60 }), hash: hashes }), { maxLength: 200 });
    fc.assert(
      fc.property(operations, (steps) => {
        const twins = new Twins();
        for (const { id, hash } of steps) {
          if (twins.hashes.has(id)) twins.remove(id);
          else twins.insert(id, hash);
          twins.check();
        }
      }),
    );
  });

  test("finds everything while it grows, whatever is inserted and removed meanwhile", () => {
    const step = fc.record({ hash: hashes, removed: fc.option(fc.nat({ max: 1_000_000 })) });
    fc.assert(
      fc.property(
        fc.constantFrom(96, 192, 384, 768),
        fc.nat(),
        fc.array(step, { minLength: 8, maxLength: 24 }),
        (full, salt, steps) => {
          const twins = new Twins();
          for (let id = 1; id <= full; id++) twins.insert(id, id % 3 === 0 ? (id % 30) << 24 : mix(id + salt));
          steps.forEach(({ hash, removed }, n) => {
            twins.insert(full + 1 + n, hash);
            if (removed !== null) twins.remove([...twins.hashes.keys()][removed % twins.hashes.size]!);
            twins.check();
          });
        },
      ),
      { numRuns: 40 },
    );
  });

  test("runs of removals leave what single ones leave, however hashes collide and while it grows", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(SPREADS)),
        fc.integer({ min: 1, max: 400 }),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: MOST_REMOVED })), { minLength: 1, maxLength: 8 }),
        (spread, count, runs) => {
          const twins = new Twins();
          for (let id = 1; id <= count; id++) twins.insert(id, SPREADS[spread]!(id));
          for (const [salt, length] of runs) {
            const ids = [...twins.hashes.keys()].sort((a, b) => mix(a + salt) - mix(b + salt));
            twins.removeRun(ids.slice(0, length));
            twins.check();
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test.each(Object.keys(SPREADS))("grows, and is emptied, with %s", (spread) => {
    const twins = new Twins();
    for (let id = 1; id <= 3000; id++) {
      twins.insert(id, SPREADS[spread]!(id));
      if (id % 50 === 0) twins.table.checkInvariants(id, (known) => twins.hashes.get(known)!);
    }
    for (const [id, hash] of twins.hashes) {
      let found = twins.table.first(hash);
      while (found !== id && found !== 0) found = twins.table.next();
      expect(found).toBe(id);
    }
    for (let id = 1; id <= 3000; id++) {
      twins.remove((id * 7) % 3001); // a prime number: each once
      if (id % 50 === 0) twins.table.checkInvariants(3000 - id, (known) => twins.hashes.get(known)!);
    }
    expect(twins.hashes.size).toBe(0);
  });

  test("a search for what is not there ends", () => {
    const table = new IdTable();
    expect(table.first(5)).toBe(0);
    for (let id = 1; id <= 1000; id++) table.insert(-1, id);
    expect(table.first(5)).toBe(0);
    expect(idsUnder(table, -1)).toHaveLength(1000);
    for (const hash of ENDS) expect(idsUnder(table, hash).length % 1000).toBe(0);
  });

  test("remove refuses what is not there", () => {
    const table = new IdTable();
    table.insert(5 << 24, 1);
    expect(() => table.remove(5 << 24, 2)).toThrow("id 2 is not in the table");
    expect(() => table.remove(6 << 24, 1)).toThrow("id 1 is not in the table");
    expect(idsUnder(table, 5 << 24)).toEqual([1]);
  });
});
