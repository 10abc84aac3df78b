import { describe, expect, test } from "vitest";
import type { Negotiated } from "../protocol/capabilities/negotiate.js";
import { Family } from "../protocol/net/address-family.js";
import { Recovery } from "../src/recovery.js";
import { FakeClock } from "./fakes/fake-clock.js";

const GR = { gracefulRestart: { restarting: false } } as Negotiated;
const RESTARTING = { gracefulRestart: { restarting: true } } as Negotiated;
const WITHOUT = { gracefulRestart: null } as Negotiated;

/** A node that has restarted, with sessions of these names, whose restart time is 120 s. */
function restarted(...names: readonly string[]) {
  const clock = new FakeClock();
  const recovery = new Recovery(clock);
  const phases: string[] = [];
  recovery.onPhase = () => phases.push(`${recovery.phase} at ${clock.now() / 1000}`);
  recovery.begin(new Set([Family.Ipv4Unicast]));
  recovery.expect(sessions(...names));
  const passes = (seconds: number) => clock.advance(seconds * 1000);
  return { clock, recovery, phases, passes };
}

const sessions = (...names: readonly string[]) => names.map((name) => ({ name, restartTimeSeconds: 120 }));

describe("Recovery", () => {
  test("without routes of a former run there is nothing to recover, and our OPENs say so", () => {
    const recovery = new Recovery(new FakeClock());
    recovery.begin(new Set());
    recovery.expect(sessions("a"));
    expect(recovery.status()).toEqual({ phase: "over", waitingFor: [], until: null });
    expect(recovery.flagsFor(Family.Ipv4Unicast)).toEqual({ restarting: false, forwardingPreserved: false });
  });

  test("our OPENs say that we have restarted, and which families the kernel has kept (RFC 4724 §3)", () => {
    const { recovery } = restarted("a");
    expect(recovery.flagsFor(Family.Ipv4Unicast)).toEqual({ restarting: true, forwardingPreserved: true });
    expect(recovery.flagsFor(Family.Ipv6Unicast)).toEqual({ restarting: true, forwardingPreserved: false });
    recovery.expect([]);
    expect(recovery.flagsFor(Family.Ipv4Unicast)).toEqual({ restarting: false, forwardingPreserved: true });
  });

  test("End-of-RIB of every session ends it (RFC 4724 §4.1)", () => {
    const { recovery, phases } = restarted("a", "b");
    for (const name of ["a", "b"]) recovery.established(name, GR);
    recovery.endOfRib("a");
    expect(recovery.status()).toMatchObject({ phase: "deferring", waitingFor: ["b"] });
    recovery.endOfRib("b");
    expect(phases).toEqual(["over at 0"]);
  });

  test("a peer that restarts too is not waited for, nor is one without the capability; the sweep gives them 5 s", () => {
    const { recovery, phases, passes } = restarted("a", "b", "c");
    recovery.established("a", GR);
    recovery.established("b", RESTARTING);
    passes(1);
    recovery.established("c", WITHOUT);
    recovery.endOfRib("a");
    passes(10);
    expect(phases).toEqual(["sweeping at 1", "over at 6"]);
  });

  test("End-of-RIB of those that were not waited for lets the sweep begin at once", () => {
    const { recovery, phases } = restarted("a");
    recovery.established("a", RESTARTING);
    recovery.endOfRib("a");
    expect(phases).toEqual(["sweeping at 0", "over at 0"]);
  });

  test("a peer that does not come back holds up the selection for 30 s, and the sweep for its restart time", () => {
    const { recovery, phases, passes } = restarted("a", "b");
    recovery.established("a", GR);
    recovery.endOfRib("a");
    passes(200);
    expect(phases).toEqual(["sweeping at 30", "over at 120"]);
  });

  test("a peer that is back and never done holds up both for its restart time", () => {
    const { clock, recovery, phases, passes } = restarted("a");
    recovery.established("a", GR);
    expect(recovery.status()).toEqual({ phase: "deferring", waitingFor: ["a"], until: clock.epoch() + 120_000 });
    passes(200);
    expect(phases).toEqual(["over at 120"]);
  });

  test("a session that is lost again is like one that is not back, and selection once begun is not taken back", () => {
    const { recovery, phases, passes } = restarted("a");
    recovery.established("a", GR);
    passes(40);
    recovery.closed("a");
    expect(phases).toEqual(["sweeping at 40"]);
    recovery.established("a", GR);
    recovery.endOfRib("a");
    expect(phases).toEqual(["sweeping at 40", "over at 40"]);
  });

  test("sessions that go are not waited for, and those that come later never were", () => {
    const { recovery, phases } = restarted("a", "b");
    recovery.expect(sessions("b", "c"));
    recovery.established("b", GR);
    recovery.endOfRib("b");
    expect(phases).toEqual(["over at 0"]);
  });

  test("a restart time shorter than 30 s bounds everything", () => {
    const clock = new FakeClock();
    const recovery = new Recovery(clock);
    recovery.begin(new Set([Family.Ipv4Unicast]));
    recovery.expect([{ name: "a", restartTimeSeconds: 3 }]);
    clock.advance(2999);
    expect(recovery.phase).toBe("deferring");
    clock.advance(1);
    expect(recovery.phase).toBe("over");
  });

  test("leaves no timer behind when it is over, or closed", () => {
    const { clock, recovery } = restarted("a");
    recovery.close();
    expect(clock.pending).toBe(0);
    const other = restarted("a");
    other.passes(200);
    expect(other.clock.pending).toBe(0);
  });
});
