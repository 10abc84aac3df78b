import { afterEach, describe, expect, test } from "vitest";
import { BUDGET_MS, WorkLoop } from "../src/work-loop.js";

const loops: WorkLoop[] = [];
afterEach(() => {
  for (const loop of loops.splice(0)) loop.stop();
});

/** A loop on a clock that moves only by the work done. */
function loopOf(...works: ((spend: (quarters: number) => void) => boolean)[]) {
  let now = 0;
  const spend = (quarters: number) => {
    now += (quarters * BUDGET_MS) / 4;
  };
  const loop = new WorkLoop(
    works.map((work) => () => work(spend)),
    () => now,
  );
  loops.push(loop);
  return { loop, spend };
}

/** The event loop goes round once. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Works that write down when they run: each has so many portions. */
function recorded(log: string[], name: string, portions: number, quarters = 1) {
  let left = portions;
  return (spend: (quarters: number) => void) => {
    if (left === 0) return false;
    log.push(name);
    spend(quarters);
    return --left > 0;
  };
}

describe("WorkLoop", () => {
  test("runs nothing at once, and each work once for one wake, however often it is woken", async () => {
    let runs = 0;
    const { loop } = loopOf(() => {
      runs++;
      return false;
    });
    loop.wake();
    loop.wake();
    expect(runs).toBe(0);
    await turn();
    expect(runs).toBe(1);
    await turn();
    expect(runs).toBe(1);
  });

  test("runs the works in order, round by round, until none has more", async () => {
    const log: string[] = [];
    const { loop } = loopOf(recorded(log, "select", 3, 0), recorded(log, "pack", 1, 0), recorded(log, "install", 2, 0));
    loop.wake();
    await turn();
    expect(log).toEqual(["select", "pack", "install", "select", "install", "select"]);
  });

  test("gives the event loop its turn when the budget is spent, and goes on after it", async () => {
    const log: string[] = [];
    const { loop } = loopOf(recorded(log, "work", 10));
    loop.wake();
    await turn();
    expect(log).toHaveLength(4);
    await turn();
    expect(log).toHaveLength(8);
    await turn();
    await turn();
    expect(log).toHaveLength(10);
  });

  test("a work with no end does not keep the others from their part", async () => {
    const log: string[] = [];
    const { loop } = loopOf(recorded(log, "greedy", 1000, 3), recorded(log, "modest", 3, 0));
    loop.wake();
    await turn();
    await turn();
    expect(log.filter((name) => name === "modest")).toHaveLength(3);
  });

  test("reading is spent a budget after the wake, and may go on in the next turn", async () => {
    const { loop, spend } = loopOf(() => false);
    expect(loop.isSpent).toBe(false);
    spend(100);
    expect(loop.isSpent).toBe(false); // nothing has come of it yet
    loop.wake();
    spend(4);
    expect(loop.isSpent).toBe(false);
    spend(1);
    expect(loop.isSpent).toBe(true);
    await turn();
    expect(loop.isSpent).toBe(false);
  });

  test("paused readers go on after the works, each once, with time of their own", async () => {
    const log: string[] = [];
    const { loop, spend } = loopOf(recorded(log, "work", 2, 4));
    const reader = (name: string) => () => {
      log.push(`${name}${loop.isSpent ? " too late" : ""}`);
      spend(3);
    };
    loop.whenResumed(reader("first"));
    loop.whenResumed(reader("second"));
    await turn();
    expect(log).toEqual(["work", "first", "second"]);
    await turn();
    await turn();
    expect(log).toEqual(["work", "first", "second", "work"]);
  });

  test("a reader that waits again is resumed in a later turn, never in the same one", async () => {
    let rounds = 0;
    const { loop } = loopOf(() => false);
    const again = () => {
      rounds++;
      loop.whenResumed(again);
    };
    loop.whenResumed(again);
    for (const expected of [1, 2, 3]) {
      await turn();
      expect(rounds).toBe(expected);
    }
  });

  test("readers go on though a work never ends: peers are not starved by routing", async () => {
    let resumed = 0;
    const { loop } = loopOf((spend) => {
      spend(5);
      return true;
    });
    loop.wake();
    for (const _ of [1, 2, 3]) {
      loop.whenResumed(() => resumed++);
      await turn();
    }
    expect(resumed).toBe(3);
  });

  test("after stop nothing runs any more, woken or paused", async () => {
    const log: string[] = [];
    const { loop } = loopOf(recorded(log, "work", 1));
    loop.wake();
    loop.whenResumed(() => log.push("reader"));
    loop.stop();
    loop.wake();
    await turn();
    expect(log).toEqual([]);
  });
});
