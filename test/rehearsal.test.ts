import { expect, test } from "vitest";
import { Rehearsal } from "../src/rehearsal.js";

test("a rehearsal comes to its end", () => {
  const rehearsal = new Rehearsal();
  let turns = 1;
  while (rehearsal.work() && turns < 1000) turns++;
  expect(turns).toBeGreaterThan(10);
  expect(turns).toBeLessThan(1000);
  expect(rehearsal.work()).toBe(false);
});
