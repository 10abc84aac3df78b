import { expect, test } from "vitest";
import { Throttle } from "../../src/observe/throttle.js";

test("Throttle lets one through in each interval and says how many it passed over", () => {
  let now = 0;
  const throttle = new Throttle(1000, () => now);
  expect(throttle.take()).toBe(0);
  now = 999;
  expect([throttle.take(), throttle.take()]).toEqual([null, null]);
  now = 1000;
  expect(throttle.take()).toBe(2);
  now = 5000;
  expect(throttle.take()).toBe(0);
});
