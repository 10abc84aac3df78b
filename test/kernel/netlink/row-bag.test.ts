import { expect, test } from "vitest";
import { RowBag } from "../../../src/kernel/netlink/row-bag.js";

test("RowBag gives every row once, however often it was added, and again when added after it was taken", () => {
  const bag = new RowBag();
  for (let row = 1; row <= 20_000; row++) bag.add(row);
  for (let row = 1; row <= 1000; row++) bag.add(row);
  expect(bag.size).toBe(20_000);
  const first = bag.take();
  expect([bag.has(first), bag.has(first === 7 ? 8 : 7), bag.has(99_999)]).toEqual([false, true, false]);
  bag.add(first);
  const taken = Array.from({ length: 20_000 }, () => bag.take());
  expect([new Set(taken).size, bag.size, bag.take()]).toEqual([20_000, 0, 0]);
});

test("RowBag does not keep the order of addresses", () => {
  const bag = new RowBag();
  for (let row = 1; row <= 10_000; row++) bag.add(row);
  const taken = Array.from({ length: 10_000 }, () => bag.take());
  const ascents = taken.filter((row, index) => row > (taken[index - 1] ?? 0)).length;
  expect(ascents).toBeGreaterThan(4000);
  expect(ascents).toBeLessThan(6000);
});
