import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { copyOctets } from "../../../protocol/attributes/octets.js";
import { hashKeys, hashPrefix4, hashPrefix6 } from "../../../rib/store/hash.js";
import { equalBytes, hashBytes } from "../../../rib/store/words.js";

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

  test("spreads lists that differ in few bits like a random function", () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const bytes = new Uint8Array(8);
      const hashes = Int32Array.from({ length: ROWS }, (_, i) => {
        new DataView(bytes.buffer).setInt32(4, i << 16);
        return hash(seed, bytes);
      });
      expect(meanWay(hashes), `seed ${seed}`).toBeLessThan(MOST);
    }
  });
});

const SEEDS = 200;
const ROWS = 3000;
const SLOTS = 4000;
const MOST = 2.5; // a random function has 1.5, in 200 tries 2.1

/** How far rows come to lie from their homes, on average, in an `IdTable` that is three quarters full: it goes by top bits. */
function meanWay(hashes: Int32Array): number {
  let sum = 0;
  let last = -1;
  const homes = hashes.map((hash) => Math.floor(((hash & 0x7fffffff) * SLOTS) / 2 ** 31)).sort();
  for (const home of homes) {
    last = Math.max(home, last + 1);
    sum += last - home;
  }
  return sum / hashes.length;
}

const FAMILIES = {
  "hashPrefix4 of consecutive /24s": (seed: number, i: number) => hashPrefix4(hashKeys(seed), (0x0a000000 + (i << 8)) | 0, 24),
  "hashPrefix4 of /16s": (seed: number, i: number) => hashPrefix4(hashKeys(seed), i << 16, 16),
  "hashPrefix4 of an address at all lengths": (seed: number, i: number) =>
    hashPrefix4(hashKeys(seed), (i >>> 4) << 16, 17 + (i & 15)),
  "hashPrefix6 of consecutive /48s": (seed: number, i: number) => hashPrefix6(hashKeys(seed), 0x20010db8, i << 16, 0, 0, 48),
  "hashPrefix6 of consecutive /128s": (seed: number, i: number) => hashPrefix6(hashKeys(seed), 0x20010db8, 0, 0, i, 128),
};

describe("hashes of prefixes", () => {
  test.each(Object.entries(FAMILIES))("%s spread like a random function", (_, hashOf) => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const hashes = Int32Array.from({ length: ROWS }, (_, i) => hashOf(seed, i));
      expect(meanWay(hashes), `seed ${seed}`).toBeLessThan(MOST);
    }
  });

  test("depend on every bit of the prefix", () => {
    const words = fc.tuple(fc.integer(), fc.integer(), fc.integer(), fc.integer(), fc.nat({ max: 128 }));
    fc.assert(
      fc.property(fc.integer(), words, fc.nat({ max: 127 }), (seed, [w0, w1, w2, w3, length], bit) => {
        const keys = hashKeys(seed);
        const other = [w0, w1, w2, w3];
        other[bit >>> 5]! ^= 1 << (bit & 31);
        const [x0, x1, x2, x3] = other as [number, number, number, number];
        expect(hashPrefix6(keys, x0, x1, x2, x3, length)).not.toBe(hashPrefix6(keys, w0, w1, w2, w3, length));
        if (bit < 32) expect(hashPrefix4(keys, x0, length)).not.toBe(hashPrefix4(keys, w0, length));
      }),
    );
  });
});

describe("byte strings by words", () => {
  test("are equal when their bytes are, whatever their length and place", () => {
    const pair = fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.nat({ max: 7 }), fc.nat({ max: 39 }));
    fc.assert(
      fc.property(pair, ([bytes, shift, at]) => {
        const copy = new DataView(new ArrayBuffer(64));
        const view = new DataView(bytes.buffer, bytes.byteOffset);
        copyOctets(copy, shift, view, 0, bytes.length);
        expect(equalBytes(copy, shift, view, 0, bytes.length)).toBe(true);
        expect(hashBytes(hashKeys(1), copy, shift, bytes.length, 0)).toBe(hashBytes(hashKeys(1), view, 0, bytes.length, 0));
        if (at >= bytes.length) return;
        copy.setUint8(shift + at, copy.getUint8(shift + at) ^ 1);
        expect(equalBytes(copy, shift, view, 0, bytes.length)).toBe(false);
      }),
    );
  });
});
