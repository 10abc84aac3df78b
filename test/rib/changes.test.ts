import { describe, expect, test } from "vitest";
import { Family } from "../../protocol/net/address-family.js";
import { ChangeQueue } from "../../rib/changes.js";
import type { PrefixId } from "../../rib/store/ids.js";
import { PrefixTable } from "../../rib/store/prefix-table.js";
import { prefix } from "./attribute-lists.js";
import { addPeer, announce, drain, newRib, workAll } from "./rib-under-test.js";

/** A table of `count` prefixes, each held once. */
function tableOf(count: number): PrefixTable {
  const table = new PrefixTable(Family.Ipv4Unicast, 1);
  for (let i = 1; i <= count; i++) table.retain(table.intern(i << 8, 0, 0, 0, 24));
  return table;
}

function take(queue: ChangeQueue, count = Infinity): number[] {
  const ids: number[] = [];
  for (let i = 0; i < count; i++) {
    const id = queue.next();
    if (id === 0) break;
    ids.push(id);
  }
  return ids;
}

const id = (n: number) => n as PrefixId;

describe("ChangeQueue", () => {
  test("begins with the whole table", () => {
    const queue = new ChangeQueue(tableOf(5), () => {});
    expect(queue.size).toBe(5);
    expect(take(queue)).toEqual([1, 2, 3, 4, 5]);
    expect(queue.size).toBe(0);
  });

  test("tells of a prefix once however often it changed", () => {
    const queue = new ChangeQueue(tableOf(5), () => {});
    take(queue);
    for (const n of [3, 1, 3, 1, 3]) queue.add(id(n));
    expect(take(queue)).toEqual([3, 1]);
    queue.add(id(3));
    expect(take(queue)).toEqual([3]);
  });

  test("a change ahead of the walk comes with the walk, one behind it after", () => {
    const queue = new ChangeQueue(tableOf(5), () => {});
    expect(take(queue, 2)).toEqual([1, 2]);
    queue.add(id(4));
    queue.add(id(1));
    expect(take(queue)).toEqual([3, 4, 5, 1]);
  });

  test("a prefix newer than the backlog is queued", () => {
    const table = tableOf(2);
    const queue = new ChangeQueue(table, () => {});
    const third = table.intern(0x0a000000, 0, 0, 0, 8);
    table.retain(third);
    queue.add(third);
    expect(take(queue)).toEqual([1, 2, 3]);
  });

  test("an id is not given to another prefix while it is queued, nor before the next one was asked for", () => {
    const table = tableOf(2);
    const queue = new ChangeQueue(table, () => {});
    take(queue);
    queue.add(id(2));
    table.release(id(2));
    expect(table.intern(0x0a000000, 0, 0, 0, 8)).toBe(3);
    expect(queue.next()).toBe(2);
    expect(table.intern(0x0b000000, 0, 0, 0, 8)).toBe(4);
    expect(queue.next()).toBe(0);
    expect(table.intern(0x0c000000, 0, 0, 0, 8)).toBe(2);
  });

  test("a prefix gone before the walk came to it is passed over, unless the consumer holds it", () => {
    const table = tableOf(3);
    table.retain(id(2)); // by the consumer
    const queue = new ChangeQueue(table, () => {});
    for (const n of [1, 2, 3]) table.release(id(n));
    expect(take(queue)).toEqual([2]);
  });

  test("restart makes the whole table backlog again and keeps each prefix at most once", () => {
    const table = tableOf(3);
    const queue = new ChangeQueue(table, () => {});
    take(queue);
    queue.add(id(2));
    queue.restart();
    expect(take(queue)).toEqual([1, 2, 3]);
    for (const n of [1, 2, 3]) expect(table.references(id(n))).toBe(1);
  });

  test("suspend gives everything back, and nothing comes in before restart", () => {
    const table = tableOf(3);
    const queue = new ChangeQueue(table, () => {});
    take(queue, 2);
    queue.add(id(1));
    queue.suspend();
    queue.add(id(2));
    expect([queue.size, take(queue)]).toEqual([0, []]);
    for (const n of [1, 2, 3]) expect(table.references(id(n))).toBe(1);
    queue.restart();
    expect(take(queue)).toEqual([1, 2, 3]);
    queue.add(id(2));
    expect(take(queue)).toEqual([2]);
  });

  test("close gives everything back and tells its owner", () => {
    const table = tableOf(3);
    const closed: ChangeQueue[] = [];
    const queue = new ChangeQueue(table, (its) => closed.push(its));
    take(queue, 2);
    queue.add(id(1));
    queue.close();
    expect(closed).toEqual([queue]);
    for (const n of [1, 2, 3]) expect(table.references(id(n))).toBe(1);
  });
});

describe("FamilyTable.subscribe", () => {
  test("tells of changes of the best path, and of none that leave it as it is", () => {
    const rib = newRib({ maximumPaths: 1 });
    const table = rib.table(Family.Ipv4Unicast);
    const queue = table.subscribe();
    const a = addPeer(rib, { name: "a", routerId: 1 });
    const b = addPeer(rib, { name: "b", routerId: 2 });
    announce(rib, a, "10.0.0.0/8");
    announce(rib, a, "10.1.0.0/16");
    expect(drain(rib, table.family, queue)).toEqual([]);
    workAll(rib);
    expect(drain(rib, table.family, queue)).toEqual(["10.0.0.0/8", "10.1.0.0/16"]);
    announce(rib, b, "10.0.0.0/8");
    announce(rib, a, "10.1.0.0/16");
    workAll(rib);
    expect(drain(rib, table.family, queue)).toEqual([]);
    rib.withdrawPrefix(a, prefix("10.0.0.0/8"));
    workAll(rib);
    expect(drain(rib, table.family, queue)).toEqual(["10.0.0.0/8"]);
    rib.withdrawPrefix(b, prefix("10.0.0.0/8"));
    workAll(rib);
    expect(drain(rib, table.family, queue)).toEqual(["10.0.0.0/8"]);
    expect(table.best(table.find(prefix("10.0.0.0/8")))).toBe(0);
    queue.close();
    announce(rib, a, "10.9.0.0/16");
    workAll(rib);
    rib.checkInvariants(new Map());
  });

  test("tells of a path that joins or leaves the multipath set", () => {
    const rib = newRib();
    const table = rib.table(Family.Ipv4Unicast);
    const queue = table.subscribe();
    const a = addPeer(rib, { name: "a", routerId: 1 });
    const b = addPeer(rib, { name: "b", routerId: 2 });
    announce(rib, a, "10.0.0.0/8");
    workAll(rib);
    drain(rib, table.family, queue);
    announce(rib, b, "10.0.0.0/8");
    workAll(rib);
    expect(drain(rib, table.family, queue)).toEqual(["10.0.0.0/8"]);
    announce(rib, b, "10.0.0.0/8", { nextHop: "192.0.2.2" });
    workAll(rib);
    expect(drain(rib, table.family, queue)).toEqual(["10.0.0.0/8"]);
    announce(rib, b, "10.0.0.0/8", { path: [1, 2] });
    workAll(rib);
    expect(drain(rib, table.family, queue)).toEqual(["10.0.0.0/8"]);
    announce(rib, b, "10.0.0.0/8", { path: [1, 2, 3] });
    workAll(rib);
    expect(drain(rib, table.family, queue)).toEqual([]);
  });

  test("tells of a path of the multipath set that was replaced by one with the same id between two selections", () => {
    const rib = newRib();
    const table = rib.table(Family.Ipv4Unicast);
    const queue = table.subscribe();
    const a = addPeer(rib, { name: "a", routerId: 1 });
    const b = addPeer(rib, { name: "b", routerId: 2 });
    announce(rib, a, "10.0.0.0/8");
    announce(rib, b, "10.0.0.0/8", { nextHop: "192.0.2.2" });
    workAll(rib);
    drain(rib, table.family, queue);
    const before = table.candidatesOf(b, table.find(prefix("10.0.0.0/8")))[0]?.received;
    rib.withdrawPrefix(b, prefix("10.0.0.0/8"));
    announce(rib, b, "10.0.0.0/8", { nextHop: "192.0.2.3" });
    expect(table.candidatesOf(b, table.find(prefix("10.0.0.0/8")))[0]?.received).toBe(before);
    workAll(rib);
    expect(drain(rib, table.family, queue)).toEqual(["10.0.0.0/8"]);
  });

  test("tells of every dependant when the way to a next hop changes, though the path stays", () => {
    const rib = newRib();
    const table = rib.table(Family.Ipv4Unicast);
    const queue = table.subscribe();
    announce(rib, addPeer(rib), "10.0.0.0/8");
    workAll(rib);
    const [first] = drain(rib, table.family, queue);
    const nextHop = rib.attributes.nextHop(table.best(table.find(prefix(first!))));
    rib.nextHops.set(nextHop, { reachable: true, metric: 0, interface: "eth1" });
    workAll(rib);
    expect(drain(rib, table.family, queue)).toEqual(["10.0.0.0/8"]);
  });
});
