import { describe, expect, test } from "vitest";
import { NextHopTable } from "../../rib/next-hop-table.js";
import { address } from "./attribute-lists.js";

describe("NextHopTable", () => {
  test("gives one id to one address, and to one link-local address on each interface", () => {
    const table = new NextHopTable(1);
    const first = table.intern(address("192.0.2.1"));
    expect(table.intern(address("192.0.2.1"))).toBe(first);
    expect(table.intern(address("fe80::1"), 1)).not.toBe(table.intern(address("fe80::1"), 2));
    expect(table.intern(address("::c000:201"))).not.toBe(first);
    expect(table.addressOf(first).toString()).toBe("192.0.2.1");
    expect(table.count).toBe(4);
    table.checkInvariants();
  });

  test("holds next hops to be reachable at no cost until told otherwise", () => {
    const table = new NextHopTable(1);
    const id = table.intern(address("192.0.2.1"));
    expect([table.isReachable(id), table.metric(id), table.interfaceOf(id), table.allReachable]).toEqual([true, 0, null, true]);
    table.set(id, { reachable: false, metric: 7, interface: "eth0" });
    expect([table.isReachable(id), table.metric(id), table.interfaceOf(id), table.allReachable]).toEqual([
      false,
      7,
      "eth0",
      false,
    ]);
    table.release(id);
    expect(table.allReachable).toBe(true);
    table.checkInvariants();
  });

  test("calls onChanged for a change only, and not for what a resolver says at once about a new one", () => {
    const table = new NextHopTable(1);
    const changed: number[] = [];
    table.onChanged = (id) => changed.push(id);
    table.onNew = (id) => table.set(id, { reachable: false, metric: 0, interface: null });
    const id = table.intern(address("192.0.2.1"));
    expect(table.isReachable(id)).toBe(false);
    table.set(id, { reachable: false, metric: 0, interface: null });
    expect(changed).toEqual([]);
    table.set(id, { reachable: true, metric: 0, interface: null });
    expect(changed).toEqual([id]);
  });

  test("an id that comes again is as good as new", () => {
    const table = new NextHopTable(1);
    const old = table.intern(address("192.0.2.1"));
    table.set(old, { reachable: false, metric: 9, interface: "eth0" });
    table.release(old);
    const id = table.intern(address("2001:db8::1"));
    expect(id).toBe(old);
    expect([table.isReachable(id), table.metric(id), table.interfaceOf(id)]).toEqual([true, 0, null]);
    expect(table.addressOf(id).toString()).toBe("2001:db8::1");
  });

  test("grows", () => {
    const table = new NextHopTable(1);
    const ids = Array.from({ length: 1000 }, (_, i) => table.intern(address(`10.0.${i >> 8}.${i & 255}`)));
    expect(new Set(ids).size).toBe(1000);
    expect(`${table.addressOf(ids[999]!)}`).toBe("10.0.3.231");
    table.checkInvariants();
  });
});
