import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AdjRibIn } from "../../rib/adj-rib-in.js";
import { Contributors } from "../../rib/contributors.js";
import { NextHopTable } from "../../rib/next-hop-table.js";
import { AttributeSetTable } from "../../rib/store/attribute-set-table.js";
import type { AttributeSetId, PeerId, PrefixId } from "../../rib/store/ids.js";
import { NaiveAdjRibIn } from "../models/naive-adj-rib-in.js";
import { attributeList } from "./attribute-lists.js";

const PREFIXES = [1, 2, 1023, 1024, 1025, 5000];

function newTables() {
  const attributes = new AttributeSetTable({ seed: 1, nextHops: new NextHopTable(1) });
  const contributors = new Contributors();
  const adjRibIn = new AdjRibIn(7 as PeerId, 0, attributes, contributors);
  const sets = [1, 2, 3].map((med) => {
    const bytes = attributeList({ med });
    return attributes.intern(bytes, 0, bytes.length);
  });
  return { attributes, contributors, adjRibIn, sets };
}

function check({ attributes, adjRibIn, sets }: ReturnType<typeof newTables>): void {
  const references = new Map<AttributeSetId, number>(sets.map((set) => [set, 1])); // the test's own
  adjRibIn.checkInvariants((set) => references.set(set, references.get(set)! + 1));
  attributes.checkInvariants(references, true);
}

describe("AdjRibIn", () => {
  test("does what a Map does, with shared and with separate pages", () => {
    const step = fc.record({
      prefix: fc.constantFrom(...PREFIXES),
      received: fc.nat({ max: 3 }),
      accepted: fc.option(fc.nat({ max: 3 })),
      action: fc.constantFrom("put", "put", "put", "put", "put", "stale", "refresh"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const tables = newTables();
        const { adjRibIn, sets } = tables;
        const model = new NaiveAdjRibIn();
        for (const { prefix, received, accepted, action } of steps) {
          const id = prefix as PrefixId;
          const set = (n: number) => (n === 0 ? 0 : sets[n - 1]!) as AttributeSetId;
          if (action === "stale") {
            adjRibIn.markStale();
            model.markStale();
          } else if (action === "refresh") {
            adjRibIn.stale.clear(id);
            const route = model.routes.get(prefix);
            if (route !== undefined) route.stale = false;
          } else {
            const after = received === 0 ? 0 : (accepted ?? received);
            adjRibIn.put(id, set(received), set(after));
            model.put(prefix, set(received), set(after));
          }
          check(tables);
          expect(adjRibIn.routeCount).toBe(model.routes.size);
          expect(adjRibIn.acceptedCount).toBe(model.acceptedCount);
          for (const known of [0, ...PREFIXES]) {
            const route = model.routes.get(known);
            expect(adjRibIn.received(known as PrefixId)).toBe(route?.received ?? 0);
            expect(adjRibIn.accepted(known as PrefixId)).toBe(route?.accepted ?? 0);
            if (route !== undefined) expect(adjRibIn.stale.isStale(known as PrefixId)).toBe(route.stale);
            expect(adjRibIn.next(known as PrefixId)).toBe(model.next(known));
          }
        }
      }),
    );
  });

  test("one page serves for received and accepted until import refuses something", () => {
    const { adjRibIn, contributors, sets } = newTables();
    adjRibIn.put(1 as PrefixId, sets[0]!, sets[0]!);
    expect(contributors.of(0).received[0]).toBe(contributors.of(0).accepted[0]);
    adjRibIn.put(2 as PrefixId, sets[0]!, 0 as AttributeSetId);
    expect(contributors.of(0).received[0]).not.toBe(contributors.of(0).accepted[0]);
    expect(contributors.of(0).accepted[0]![1]).toBe(sets[0]);
  });

  test("a page without routes is dropped", () => {
    const { adjRibIn, contributors, sets } = newTables();
    adjRibIn.put(5000 as PrefixId, sets[0]!, sets[0]!);
    expect(contributors.of(4).peers).toEqual([7]);
    adjRibIn.put(5000 as PrefixId, 0 as AttributeSetId, 0 as AttributeSetId);
    expect(contributors.of(4).peers).toEqual([]);
  });
});
