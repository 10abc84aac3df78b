import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { createLogger } from "../../src/observe/logger.js";
import { Rehearsal } from "../../src/rehearsal/rehearsal.js";
import { WorkLoop } from "../../src/work-loop.js";
import { until } from "../setup/until.js";

const openSockets = () => readdirSync("/proc/self/fd").length;

test("a rehearsal comes to its end, and leaves no socket behind", async () => {
  const log = await createLogger("error");
  const before = openSockets();
  let turns = 0;
  let during = 0;
  await new Promise<void>((resolve) => {
    const work = () => {
      turns++;
      during = Math.max(during, openSockets());
      return rehearsal.work();
    };
    const loop = new WorkLoop([work], () => performance.now());
    const rehearsal = new Rehearsal(loop, log, resolve);
  });
  expect(turns).toBeGreaterThan(10);
  expect(during).toBeGreaterThanOrEqual(before + 2); // both ends of a session; of how many at once depends on the machine
  await until(() => openSockets() <= before);
});

test("a rehearsal that is closed before its end ends at once", async () => {
  const log = await createLogger("error");
  const loop = new WorkLoop([() => rehearsal.work()], () => performance.now());
  let ends = 0;
  const rehearsal = new Rehearsal(loop, log, () => ends++);
  rehearsal.close();
  rehearsal.close();
  expect(ends).toBe(1);
});
