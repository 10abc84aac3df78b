import { expect, test } from "vitest";
import { RestartSweep } from "../../src/kernel/restart-sweep.js";

test("RestartSweep is due once every session has sent End-of-RIB, and not before it knows them (RFC 4724 §4.1)", () => {
  const sweep = new RestartSweep();
  expect(sweep.isDue).toBe(false);
  sweep.expect(["a", "b"]);
  sweep.endOfRib("a");
  expect(sweep.isDue).toBe(false);
  sweep.endOfRib("b");
  expect(sweep.isDue).toBe(true);
});

test("RestartSweep does not wait for sessions that are gone or came later", () => {
  const sweep = new RestartSweep();
  sweep.expect(["a", "b"]);
  sweep.expect(["b", "c"]);
  sweep.endOfRib("b");
  expect(sweep.isDue).toBe(true);
});

test("RestartSweep is due at once without sessions, and when the time is up", () => {
  const none = new RestartSweep();
  none.expect([]);
  const late = new RestartSweep();
  late.expect(["a"]);
  late.timeUp();
  expect([none.isDue, late.isDue]).toEqual([true, true]);
});
