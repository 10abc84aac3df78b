import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteArena } from "../../../rib/store/byte-arena.js";

interface Held {
  readonly place: number;
  readonly length: number;
  readonly mark: number;
}

function write(arena: ByteArena, length: number, mark: number): Held {
  const place = arena.allocate(length);
  arena.slab(place).fill(mark, arena.offset(place), arena.offset(place) + length);
  return { place, length, mark };
}

function isIntact(arena: ByteArena, { place, length, mark }: Held): boolean {
  const at = arena.offset(place);
  return arena
    .slab(place)
    .subarray(at, at + length)
    .every((byte) => byte === mark);
}

describe("ByteArena", () => {
  test("keeps every string as it was while others come and go", () => {
    const lengths = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 65535 }));
    const step = fc.record({ length: lengths, free: fc.nat({ max: 3 }), which: fc.nat() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const arena = new ByteArena();
        let held: Held[] = [];
        steps.forEach(({ length, free, which }, i) => {
          if (free === 0 && held.length > 0) {
            const victim = held[which % held.length]!;
            held = held.filter((one) => one !== victim);
            arena.free(victim.place, victim.length);
          } else held.push(write(arena, length, i & 255));
          arena.checkInvariants();
        });
        expect(held.every((one) => isIntact(arena, one))).toBe(true);
      }),
    );
  });

  test("uses a freed place again, also for shorter strings, before it takes another slab", () => {
    const arena = new ByteArena();
    const large = Array.from({ length: 16 }, () => write(arena, 65535, 1));
    expect(arena.capacityBytes).toBe(1 << 20);
    for (const { place, length } of large) arena.free(place, length);
    for (let i = 0; i < 1000; i++) write(arena, 1000, 2);
    expect(arena.capacityBytes).toBe(1 << 20);
    arena.checkInvariants();
  });

  test("counts bytes in use by whole units of 16", () => {
    const arena = new ByteArena();
    const { place } = write(arena, 17, 1);
    expect(arena.usedBytes).toBe(32);
    arena.free(place, 17);
    expect(arena.usedBytes).toBe(0);
  });
});
