import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Family } from "../../../protocol/net/address-family.js";
import { NextHopTable } from "../../../rib/next-hop-table.js";
import { AttributeFlag } from "../../../rib/store/attribute-facts.js";
import { AttributeSetTable, DecodeContext } from "../../../rib/store/attribute-set-table.js";
import type { AttributeSetId } from "../../../rib/store/ids.js";
import { NaiveAttributeSetTable } from "../../models/naive-attribute-set-table.js";
import { attributeList, attributeSet, identifier, type PathText } from "../attribute-lists.js";

function newTable(seed = 1) {
  const nextHops = new NextHopTable(seed);
  return { nextHops, table: new AttributeSetTable({ seed, nextHops }) };
}

function intern(table: AttributeSetTable, text: PathText, family: Family = Family.Ipv4Unicast): AttributeSetId {
  const bytes = attributeList(text, family);
  return table.intern(bytes, 0, bytes.length);
}

/** A few lists of several lengths, some alike but for the last byte. */
const LISTS = [
  new Uint8Array(0),
  ...Array.from({ length: 12 }, (_, i) => attributeList({ path: Array.from({ length: i % 5 }, (_, k) => k + 1), med: i })),
  ...Array.from({ length: 4 }, (_, i) =>
    attributeList({ communities: Array.from({ length: 40 * i }, (_, k) => k), nextHop: `192.0.2.${i + 1}` }),
  ),
];

describe("AttributeSetTable", () => {
  test("does what a Map does: ids, references, contexts, bytes", () => {
    const step = fc.record({
      list: fc.nat({ max: LISTS.length - 1 }),
      release: fc.boolean(),
      context: fc.constantFrom(DecodeContext.External, DecodeContext.Internal),
      shift: fc.nat({ max: 5 }),
    });
    fc.assert(
      fc.property(fc.integer(), fc.array(step, { maxLength: 120 }), (seed, steps) => {
        const { nextHops, table } = newTable(seed);
        const model = new NaiveAttributeSetTable();
        const ids = new Map<AttributeSetId, Uint8Array>();
        for (const { list, release, context, shift } of steps) {
          const bytes = LISTS[list]!;
          if (release && model.count(bytes) > 0) {
            const id = [...ids].find(([, its]) => its === bytes)![0];
            table.release(id);
            model.release(bytes);
            if (model.count(bytes) === 0) ids.delete(id);
          } else {
            const moved = new Uint8Array([...new Uint8Array(shift), ...bytes]);
            const id = table.intern(moved, shift, moved.length, { context });
            model.intern(bytes, context);
            ids.set(id, bytes);
          }
          expect(table.count).toBe(model.references.size);
          const known = new Map([...ids].map(([id, its]) => [id, model.count(its)]));
          table.checkInvariants(known, true);
          nextHops.checkInvariants();
          for (const [id, its] of ids) {
            expect(table.slab(id).subarray(table.offset(id), table.offset(id) + table.byteLength(id))).toEqual(its);
          }
          for (const its of LISTS) {
            const found = table.find(its, 0, its.length, context);
            expect(ids.get(found)).toBe(model.isAccepted(its, context) ? its : undefined);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test("find answers only for the kind of session that the bytes were accepted on", () => {
    const { table } = newTable();
    const bytes = attributeList({ localPref: 200 });
    const id = table.intern(bytes, 0, bytes.length, { context: DecodeContext.Internal });
    expect(table.find(bytes, 0, bytes.length, DecodeContext.Internal)).toBe(id);
    expect(table.find(bytes, 0, bytes.length, DecodeContext.External)).toBe(0);
    table.confirm(id, DecodeContext.External);
    expect(table.find(bytes, 0, bytes.length, DecodeContext.External)).toBe(id);
    table.release(id);
    expect(table.find(bytes, 0, bytes.length, DecodeContext.Internal)).toBe(0);
  });

  test("equal bytes on two interfaces are two sets", () => {
    const { table, nextHops } = newTable();
    const bytes = attributeList({ nextHop: "fe80::1" }, Family.Ipv6Unicast);
    const eth0 = table.interfaces.idOf("eth0");
    const eth1 = table.interfaces.idOf("eth1");
    const first = table.intern(bytes, 0, bytes.length, { interfaceId: eth0 });
    const second = table.intern(bytes, 0, bytes.length, { interfaceId: eth1 });
    expect(first).not.toBe(second);
    expect(table.interfaceName(second)).toBe("eth1");
    expect(table.nextHop(first)).not.toBe(table.nextHop(second));
    expect(nextHops.interfaceIdOf(table.nextHop(first))).toBe(eth0);
    expect(table.interfaceName(intern(table, {}))).toBeNull();
  });

  test("the keys of the decision stand in columns", () => {
    const { table, nextHops } = newTable();
    const id = intern(table, {
      origin: 2,
      path: [65001, 65002],
      med: 0xfffffff0,
      localPref: 4000000000,
      originatorId: "10.1.1.1",
      clusterList: [1, 2, 3],
      nextHop: "192.0.2.7",
      communities: [0xffffff01],
    });
    expect(table.origin(id)).toBe(2);
    expect(table.asPathLength(id)).toBe(2);
    expect(table.neighborAs(id)).toBe(65001);
    expect(table.med(id)).toBe(0xfffffff0);
    expect(table.localPref(id)).toBe(4000000000);
    expect(table.hasLocalPref(id)).toBe(true);
    expect(table.originatorId(id)).toBe(identifier("10.1.1.1"));
    expect(table.clusterListLength(id)).toBe(3);
    expect(table.flags(id) & AttributeFlag.NoExport).toBe(AttributeFlag.NoExport);
    expect(nextHops.addressOf(table.nextHop(id)).toString()).toBe("192.0.2.7");
  });

  test("rank is smaller for higher LOCAL_PREF, then for a shorter AS_PATH, then for a lower ORIGIN", () => {
    const { table } = newTable();
    const order: PathText[] = [
      { localPref: 0xffffffff, path: Array.from({ length: 250 }, () => 1), origin: 2 },
      { localPref: 101, path: [1, 2], origin: 2 },
      { path: [], origin: 2 },
      { localPref: 100, path: [1], origin: 0 },
      { path: [1], origin: 1 },
      { path: [1, 2], origin: 0 },
      { localPref: 0, path: [], origin: 0 },
    ];
    const ranks = order.map((text) => table.rank(intern(table, text)));
    expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
    expect(ranks.every(Number.isSafeInteger)).toBe(true);
  });

  test("a route of our own may have no attributes at all", () => {
    const { table, nextHops } = newTable();
    const id = table.intern(new Uint8Array(0), 0, 0);
    expect(table.nextHop(id)).toBe(0);
    expect(nextHops.isReachable(table.nextHop(id))).toBe(true);
    table.release(id);
    table.checkInvariants(new Map(), true);
    expect(table.intern(new Uint8Array(0), 0, 0)).toBe(id); // found last, but gone meanwhile: it must be a row again
    expect(table.count).toBe(1);
  });

  test("decode gives the attributes as an object", () => {
    const { table } = newTable();
    const text = { med: 5, communities: [1, 2] };
    expect(table.decode(intern(table, text))).toEqual(attributeSet(text));
  });

  test("setOwnIdentity works out MayLoop again", () => {
    const { table } = newTable();
    const id = intern(table, { path: [65001] });
    expect(table.flags(id) & AttributeFlag.MayLoop).toBe(0);
    table.setOwnIdentity({ asNumbers: [65001], routerId: 1, clusterId: null });
    expect(table.flags(id) & AttributeFlag.MayLoop).not.toBe(0);
  });

  test("subscribeFree tells of a set while it can still be read", () => {
    const { table } = newTable();
    const id = intern(table, { med: 9 });
    const freed: [AttributeSetId, number][] = [];
    const unsubscribe = table.subscribeFree((gone) => freed.push([gone, table.med(gone)]));
    table.retain(id);
    table.release(id);
    expect(freed).toEqual([]);
    table.release(id);
    expect(freed).toEqual([[id, 9]]);
    unsubscribe();
    table.release(intern(table, { med: 10 }));
    expect(freed).toHaveLength(1);
  });

  test("a next hop lives as long as a set has it", () => {
    const { table, nextHops } = newTable();
    const seen: string[] = [];
    nextHops.onNew = (_id, address) => seen.push(`+${address}`);
    nextHops.onUnused = (_id, address) => seen.push(`-${address}`);
    const first = intern(table, { nextHop: "192.0.2.1", med: 1 });
    const second = intern(table, { nextHop: "192.0.2.1", med: 2 });
    table.release(first);
    expect(seen).toEqual(["+192.0.2.1"]);
    table.release(second);
    expect(seen).toEqual(["+192.0.2.1", "-192.0.2.1"]);
    expect(nextHops.count).toBe(0);
  });
});
