import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ok } from "../../protocol/result.js";
import { Confirmation, LONGEST_ARRIVAL_SECONDS } from "../../src/generations/confirmation.js";
import type { Logger } from "../../src/observe/logger.js";
import { temporaryDirectory } from "../resources/temporary-directory.js";

const log = { warn: () => {}, info: () => {}, error: () => {} } as unknown as Logger;

describe("a change on trial", () => {
  let state: string;
  let returns: number[];
  let confirmation: Confirmation;

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    state = await temporaryDirectory();
    returns = [];
    confirmation = open();
  });
  afterEach(async () => {
    await confirmation.close();
    vi.useRealTimers();
  });

  const open = () =>
    new Confirmation({
      ...{ state, log, downOf: () => [], hold: () => {} },
      returnTo: async (generation) => {
        returns.push(generation);
        return ok(undefined);
      },
    });
  const begin = () => confirmation.begin({ returnTo: 7, digest: "before", seconds: 2, established: [] });
  const deadline = () => Date.parse(confirmation.pending!.deadline) - Date.now();

  test("has its whole time from when it is in force, however long it took to get there", async () => {
    await begin();
    await vi.advanceTimersByTimeAsync(5_000);
    confirmation.accepted("after");
    expect(deadline()).toBe(2_000);
    await vi.advanceTimersByTimeAsync(1_900);
    expect(returns).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(returns).toEqual([7]);
  });

  test("that never comes into force is on trial no more, and nothing goes back", async () => {
    await begin();
    await vi.advanceTimersByTimeAsync(LONGEST_ARRIVAL_SECONDS * 1000);
    expect(confirmation.pending).not.toBeNull();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(confirmation.pending).toBeNull();
    expect(returns).toEqual([]);
  });

  test("has no more time than it was given where the clock was set back before the daemon came back", async () => {
    await begin();
    await confirmation.close();
    vi.setSystemTime(Date.now() - 3_600_000);
    confirmation = open();
    await confirmation.resume("after");
    expect(deadline()).toBe(2_000);
    await vi.advanceTimersByTimeAsync(1_900);
    expect(returns).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(returns).toEqual([7]);
  });
});
