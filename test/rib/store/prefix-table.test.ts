import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bitsOf, Family } from "../../../protocol/net/address-family.js";
import { IpAddress } from "../../../protocol/net/ip-address.js";
import { Prefix } from "../../../protocol/net/prefix.js";
import { NlriBlock, NlriCursor } from "../../../protocol/nlri/nlri-block.js";
import type { PrefixId } from "../../../rib/store/ids.js";
import { PrefixTable, RUN } from "../../../rib/store/prefix-table.js";
import { NaivePrefixTable } from "../../models/naive-prefix-table.js";

const FAMILIES = [Family.Ipv4Unicast, Family.Ipv6Unicast];

/** Few distinct words, so that prefixes are equal, nested and neighbours. */
const word = fc.constantFrom(0, 1, -1, 0x0a000000, 0x0a000001, 0x0a010000, 0x20010db8, -0x80000000);

function addresses(family: Family): fc.Arbitrary<IpAddress> {
  if (family === Family.Ipv4Unicast) return word.map((w) => IpAddress.v4(w));
  return fc.tuple(word, word, word, word).map(([w0, w1, w2, w3]) => IpAddress.v6(w0, w1, w2, w3));
}

function prefixes(family: Family): fc.Arbitrary<Prefix> {
  return fc.tuple(addresses(family), fc.nat({ max: bitsOf(family) })).map(([address, length]) => Prefix.of(address, length));
}

function intern(table: PrefixTable, { address: { w0, w1, w2, w3 }, length }: Prefix): PrefixId {
  return table.intern(w0, w1, w2, w3, length);
}

function find(table: PrefixTable, { address: { w0, w1, w2, w3 }, length }: Prefix): PrefixId {
  return table.find(w0, w1, w2, w3, length);
}

function inRuns(table: PrefixTable, prefixes: readonly Prefix[], how: "internRun" | "findRun"): PrefixId[] {
  const octets = prefixes.flatMap(({ address, length }) => [length, ...address.toBytes().subarray(0, (length + 7) >>> 3)]);
  const block = new NlriBlock();
  block.set(Uint8Array.from(octets), 0, octets.length, table.family, false);
  const cursor = new NlriCursor();
  cursor.reset(block);
  const ids = new Int32Array(RUN);
  const found: number[] = [];
  for (let count = RUN; count === RUN; ) {
    count = table[how](cursor, ids);
    found.push(...ids.subarray(0, count));
  }
  return found as PrefixId[];
}

describe.each(FAMILIES)("PrefixTable of %s", (family) => {
  test("does what a Map does: ids, references, longest match", () => {
    const step = fc.record({ prefix: prefixes(family), release: fc.boolean(), probe: addresses(family) });
    fc.assert(
      fc.property(fc.integer(), fc.array(step, { maxLength: 100 }), (seed, steps) => {
        const table = new PrefixTable(family, seed);
        const model = new NaivePrefixTable();
        for (const { prefix, release, probe } of steps) {
          if (release && model.has(prefix)) {
            table.release(find(table, prefix));
            model.release(prefix);
          } else {
            const id = intern(table, prefix);
            table.retain(id);
            model.retain(prefix);
            expect(table.read(id).equals(prefix)).toBe(true);
            expect(intern(table, prefix)).toBe(id);
          }
          table.checkInvariants();
          expect(table.count).toBe(model.references.size);
          expect(find(table, prefix) !== 0).toBe(model.has(prefix));
          const match = table.longestMatch(probe.w0, probe.w1, probe.w2, probe.w3);
          expect(match === 0 ? undefined : table.read(match).toString()).toBe(model.longestMatch(probe)?.toString());
        }
      }),
    );
  });

  /** Runs go forwards through a list, as a table that is sent again does, and now and then elsewhere: freed ids, gaps, repetitions. */
  test("runs find what single look-ups find, whatever came and went before", () => {
    const row = (n: number) =>
      Prefix.of(family === Family.Ipv4Unicast ? IpAddress.v4(n << 8) : IpAddress.v6(n << 8, 0, 0, 0), 24);
    const step = fc.record({
      does: fc.constantFrom("announce", "announce", "withdraw", "look"),
      rows: fc.oneof(
        fc.tuple(fc.nat(90), fc.nat(80)).map(([from, count]) => Array.from({ length: count }, (_, i) => from + i)),
        fc.array(fc.nat(90), { maxLength: 80 }),
      ),
    });
    fc.assert(
      fc.property(fc.integer(), fc.array(step, { maxLength: 12 }), (seed, steps) => {
        const table = new PrefixTable(family, seed);
        const held = new Set<number>();
        for (const { does, rows } of steps) {
          const found = inRuns(table, rows.map(row), does === "announce" ? "internRun" : "findRun");
          expect(found).toEqual(rows.map((n) => find(table, row(n))));
          if (does !== "announce") expect(found.map((id) => id !== 0)).toEqual(rows.map((n) => held.has(n)));
          for (const [i, n] of rows.entries()) {
            if (does === "announce" && !held.has(n)) table.retain(found[i]!);
            if (does === "announce") held.add(n);
            if (does === "withdraw" && held.delete(n)) table.release(found[i]!);
          }
          table.checkInvariants();
        }
      }),
    );
  });

  test("has ids for more prefixes than it began with", () => {
    const table = new PrefixTable(family, 1);
    for (let i = 0; i < 5000; i++) table.retain(table.intern(i << 8, 0, 0, 0, 24));
    expect(table.count).toBe(5000);
    expect(table.capacity).toBeGreaterThan(5000);
    for (let i = 0; i < 5000; i++) expect(table.w0(table.find(i << 8, 0, 0, 0, 24))).toBe(i << 8);
    table.checkInvariants();
  });
});

describe("PrefixTable", () => {
  test("gives a freed id to another prefix, and not before", () => {
    const table = new PrefixTable(Family.Ipv4Unicast, 1);
    const id = table.intern(0x0a000000, 0, 0, 0, 8);
    table.retain(id);
    table.retain(id);
    table.release(id);
    expect(table.isLive(id)).toBe(true);
    expect(table.intern(0x0b000000, 0, 0, 0, 8)).not.toBe(id);
    table.release(id);
    expect(table.isLive(id)).toBe(false);
    expect(table.read(id).toString()).toBe("10.0.0.0/8");
    expect(table.find(0x0a000000, 0, 0, 0, 8)).toBe(0);
    expect(table.intern(0x0c000000, 0, 0, 0, 8)).toBe(id);
  });

  test("longestMatch passes over what the caller does not accept", () => {
    const table = new PrefixTable(Family.Ipv4Unicast, 1);
    const wide = table.intern(0x0a000000, 0, 0, 0, 8);
    const narrow = table.intern(0x0a010000, 0, 0, 0, 16);
    expect(table.longestMatch(0x0a010203, 0, 0, 0)).toBe(narrow);
    expect(table.longestMatch(0x0a010203, 0, 0, 0, (id) => id !== narrow)).toBe(wide);
    expect(table.longestMatch(0x0b010203, 0, 0, 0)).toBe(0);
  });
});
