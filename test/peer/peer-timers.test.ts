import { describe, expect, test } from "vitest";
import type { TimerName } from "../../protocol/fsm/action.js";
import { PeerTimers } from "../../src/peer/peer-timers.js";
import { FakeClock } from "../fakes/fake-clock.js";

function timers(random = 1) {
  const clock = new FakeClock();
  const expired: TimerName[] = [];
  return { clock, expired, timers: new PeerTimers({ clock, random: () => random, onExpiry: (timer) => expired.push(timer) }) };
}

describe("PeerTimers", () => {
  test("expire once, after their time", () => {
    const { clock, expired, timers: t } = timers();
    t.start("HoldTimer", 90);
    clock.advance(89_999);
    expect(expired).toEqual([]);
    clock.advance(1);
    expect(expired).toEqual(["HoldTimer"]);
    expect(t.isRunning("HoldTimer")).toBe(false);
    clock.advance(1_000_000);
    expect(expired).toEqual(["HoldTimer"]);
  });

  test("restarting a running one sets no timeout: a million UPDATEs cost field writes", () => {
    const { clock, expired, timers: t } = timers();
    for (let i = 0; i < 1000; i++) {
      t.start("HoldTimer", 90);
      clock.advance(10);
    }
    expect(clock.timeoutsSet).toBe(1);
    clock.advance(89_989);
    expect(expired).toEqual([]);
    clock.advance(1);
    expect(expired).toEqual(["HoldTimer"]);
    expect(clock.timeoutsSet).toBe(2);
  });

  test("a shorter time takes effect at once, as when 240 s become the negotiated hold time", () => {
    const { clock, expired, timers: t } = timers();
    t.start("HoldTimer", 240);
    t.start("HoldTimer", 9);
    clock.advance(9_000);
    expect(expired).toEqual(["HoldTimer"]);
    expect(clock.pending).toBe(0);
  });

  test("a stopped one does not expire, and can start again", () => {
    const { clock, expired, timers: t } = timers();
    t.start("ConnectRetryTimer", 5);
    t.stop("ConnectRetryTimer");
    expect(t.isRunning("ConnectRetryTimer")).toBe(false);
    clock.advance(10_000);
    t.start("ConnectRetryTimer", 5);
    clock.advance(5_000);
    expect(expired).toEqual(["ConnectRetryTimer"]);
  });

  test("close() leaves no timeout behind", () => {
    const { clock, timers: t } = timers();
    t.start("HoldTimer", 90);
    t.start("KeepaliveTimer", 30);
    t.stop("KeepaliveTimer");
    t.close();
    expect(clock.pending).toBe(0);
  });

  test.each<[TimerName, number]>([
    ["ConnectRetryTimer", 75_000],
    ["KeepaliveTimer", 75_000],
    ["IdleHoldTimer", 75_000],
    ["HoldTimer", 100_000],
    ["DelayOpenTimer", 100_000],
    ["SendHoldTimer", 100_000],
  ])("the least time of %s for 100 s is %i ms (RFC 4271 §10)", (name, least) => {
    const { clock, expired, timers: t } = timers(0);
    t.start(name, 100);
    clock.advance(least - 1);
    expect(expired).toEqual([]);
    clock.advance(1);
    expect(expired).toEqual([name]);
  });

  test("KEEPALIVEs are never less than a second apart, whatever the jitter (RFC 4271 §4.4)", () => {
    const { clock, expired, timers: t } = timers(0);
    t.start("KeepaliveTimer", 1);
    clock.advance(999);
    expect(expired).toEqual([]);
    clock.advance(1);
    expect(expired).toEqual(["KeepaliveTimer"]);
    t.start("KeepaliveTimer", 20);
    clock.advance(15_000);
    expect(expired).toHaveLength(2);
  });
});
