import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NaiveRetention, type OfferedRestart } from "../models/naive-retention.js";
import { RestartingPeer } from "./restarting-peer.js";
import { clusterOf } from "./speaker.js";

const A = "10.1.0.0/16";
const B = "10.2.0.0/16";
const C = "10.3.0.0/16";
const FIRST: OfferedRestart = { seconds: 10, notification: false, forwarding: false };
const BACK: OfferedRestart = { ...FIRST, forwarding: true };
const noticed = (offer: OfferedRestart): OfferedRestart => ({ ...offer, notification: true });

/** A peer that has told us A and B, with End-of-RIB. */
function established(offer: OfferedRestart | null = FIRST): RestartingPeer {
  const peer = new RestartingPeer();
  peer.comesUp(offer);
  peer.announce(A, B);
  peer.endOfRib();
  expect([peer.used, peer.stale]).toEqual([[A, B], []]);
  return peer;
}

describe("the routes of a peer whose session ends", () => {
  test.each([
    ["a lost connection", "tcp", FIRST, true],
    ["a NOTIFICATION", "notification", FIRST, false],
    ["a NOTIFICATION, where both keep routes over it (RFC 8538 §4)", "notification", noticed(FIRST), true],
    ["a Hard Reset (RFC 8538 §3)", "hard-reset", noticed(FIRST), false],
    ["a lost connection without the capability", "tcp", null, false],
    ["a lost connection, with a restart time of zero", "tcp", { ...FIRST, seconds: 0 }, false],
  ] as const)("after %s (RFC 4724 §4.2)", (_, how, offer, stay) => {
    const peer = established(offer);
    peer.goesDown(how);
    peer.passes(0.1);
    expect(peer.used).toEqual(stay ? [A, B] : []);
    expect(peer.stale).toEqual(stay ? [A, B] : []);
    expect(peer.one.rib.table("ipv4-unicast").prefixCount).toBe(stay ? 2 : 0);
  });

  test("go when our operator ends the session, whatever was negotiated", () => {
    const peer = established(noticed(FIRST));
    peer.one.session(2).peer.reset({ subcode: 4 });
    peer.lab.run();
    expect(peer.used).toEqual([]);
  });

  test("go with the session when its peer is no longer asked for, also while it is away", () => {
    const without = clusterOf([1, 2], "BGPConfiguration default: {nodeToNodeMeshEnabled: false}");
    for (const isAway of [false, true]) {
      const peer = established(noticed(FIRST));
      if (isAway) peer.goesDown("tcp");
      peer.one.follow(without);
      peer.lab.run();
      expect(peer.one.rib.table("ipv4-unicast").prefixCount).toBe(0);
      expect(peer.one.rib.activePeers()).toEqual([]);
      peer.passes(1000);
    }
  });
});

describe("a peer that is away", () => {
  test("has its restart time, and no more", () => {
    const peer = established();
    peer.goesDown("tcp");
    expect(peer.secondsLeft).toBe(10);
    peer.passes(9.9);
    expect(peer.used).toEqual([A, B]);
    peer.passes(0.2);
    expect([peer.used, peer.secondsLeft]).toEqual([[], null]);
    expect(peer.one.rib.activePeers()).toEqual([]);
  });

  test("has its routes judged by a policy that changes meanwhile", () => {
    const peer = established();
    peer.goesDown("tcp");
    const filter = `BGPFilter f: {importV4: [{action: Reject, matchOperator: In, cidr: ${A}}]}`;
    const peering = "BGPPeer p: {nodeSelector: all(), peerSelector: all(), filters: [f]}";
    peer.one.follow(clusterOf([1, 2], `BGPConfiguration default: {nodeToNodeMeshEnabled: false}\n${peering}\n${filter}`));
    peer.lab.run();
    expect(peer.used).toEqual([B]);
  });
});

describe("a peer that is back", () => {
  test("and has kept forwarding: what it tells again stays, the rest goes at End-of-RIB", () => {
    const peer = established();
    peer.goesDown("tcp");
    peer.comesUp(BACK);
    expect([peer.used, peer.stale]).toEqual([
      [A, B],
      [A, B],
    ]);
    peer.announce(B, C);
    expect([peer.used, peer.stale]).toEqual([[A, B, C], [A]]);
    peer.endOfRib();
    expect([peer.used, peer.stale, peer.secondsLeft]).toEqual([[B, C], [], null]);
  });

  test.each([
    ["has not kept forwarding (F bit clear)", FIRST],
    ["does not know graceful restart any more", null],
  ])("and %s: what was stale goes at once", (_, offer) => {
    const peer = established();
    peer.goesDown("tcp");
    peer.comesUp(offer);
    expect(peer.used).toEqual([]);
    peer.announce(C);
    peer.passes(400);
    expect(peer.used).toEqual([C]);
  });

  test("and without the N bit it had: that alone takes nothing away (RFC 8538 §4.1)", () => {
    const peer = established(noticed(FIRST));
    peer.goesDown("notification");
    peer.comesUp(BACK);
    expect(peer.stale).toEqual([A, B]);
  });

  test("but never sends End-of-RIB has 360 s more than its restart time", () => {
    const peer = established();
    peer.goesDown("tcp");
    peer.passes(5);
    peer.comesUp(BACK);
    peer.announce(B);
    expect(peer.secondsLeft).toBe(365);
    peer.passes(364);
    expect(peer.stale).toEqual([A]);
    peer.passes(2);
    expect([peer.used, peer.secondsLeft]).toEqual([[B], null]);
    expect(peer.one.session(2).peer.isEstablished).toBe(true);
  });

  test("and lost again: what was still stale goes, what it told meanwhile stays", () => {
    const peer = established();
    peer.goesDown("tcp");
    peer.comesUp(BACK);
    peer.announce(B);
    peer.goesDown("tcp");
    expect([peer.used, peer.stale]).toEqual([[B], [B]]);
  });

  test("and lost again, where both keep routes over NOTIFICATIONs: all stay, but their time does not begin anew (RFC 8538 §4.1)", () => {
    const peer = established(noticed(FIRST));
    for (let times = 0; times < 60; times++) {
      peer.goesDown("tcp");
      peer.passes(5);
      peer.comesUp(noticed(BACK));
      peer.announce(B);
      if (times < 50) expect(peer.used).toEqual([A, B]);
      peer.passes(1.5);
    }
    expect(peer.used).toEqual([B]);
  });

  test("under another BGP Identifier, which decides between equal paths: its routes are selected anew", () => {
    const peer = established();
    const id = peer.one.session(2).routing.peer!;
    peer.goesDown("tcp");
    peer.comesUp(BACK, 99);
    expect(peer.one.session(2).routing.peer).toBe(id);
    expect(peer.one.rib.peer(id).routerId).toBe(99);
  });
});

describe("our OPEN", () => {
  test("offers the restart time of the resources and the N bit; the F bit once the session has been up", () => {
    const peer = new RestartingPeer("BGPConfiguration default: {nodeMeshMaxRestartTime: 30s}");
    peer.comesUp(FIRST);
    const families = [{ afi: 1, safi: 1, forwardingPreserved: false }];
    const offer = { type: "graceful-restart", restarting: false, notification: true, restartTimeSeconds: 30, families };
    expect(peer.offered).toEqual(offer);
    peer.goesDown("tcp");
    peer.comesUp(FIRST);
    expect(peer.offered).toEqual({ ...offer, families: [{ afi: 1, safi: 1, forwardingPreserved: true }] });
  });

  test("says that we have restarted, until we have recovered", () => {
    const peer = new RestartingPeer();
    peer.one.restartFlags = { restarting: true, forwardingPreserved: true };
    peer.one.sessions.renewOpens();
    peer.comesUp(FIRST);
    expect(peer.offered).toMatchObject({ restarting: true, families: [{ forwardingPreserved: true }] });
    peer.one.restartFlags = { restarting: false, forwardingPreserved: true };
    peer.one.sessions.renewOpens();
    peer.goesDown("tcp");
    peer.comesUp(FIRST);
    expect(peer.offered).toMatchObject({ restarting: false, families: [{ forwardingPreserved: true }] });
  });
});

interface Both {
  readonly real: RestartingPeer;
  readonly model: NaiveRetention;
}

type Step = (both: Both) => void;

/** A step that only a session that is up can take. */
const whileUp =
  (act: (side: RestartingPeer | NaiveRetention) => void): Step =>
  ({ real, model }) => {
    if (!model.isUp) return;
    act(real);
    act(model);
  };

const prefixes = fc.constantFrom(A, B, C);
const offers = fc.record({ seconds: fc.constantFrom(5, 30), notification: fc.boolean(), forwarding: fc.boolean() });
const steps = fc.oneof(
  { weight: 5, arbitrary: fc.option(offers).map(comesUp) },
  { weight: 3, arbitrary: fc.constantFrom("tcp" as const, "notification" as const, "hard-reset" as const).map(goesDown) },
  { weight: 4, arbitrary: prefixes.map((text) => whileUp((side) => side.announce(text))) },
  { weight: 2, arbitrary: prefixes.map((text) => whileUp((side) => side.withdraw(text))) },
  { weight: 2, arbitrary: fc.constant(whileUp((side) => side.endOfRib())) },
  { weight: 3, arbitrary: fc.constantFrom(1, 4, 7, 28, 200).map(passes) },
);

function comesUp(offer: OfferedRestart | null): Step {
  return ({ real, model }) => {
    if (model.isUp) return;
    for (const side of [real, model]) side.comesUp(offer);
  };
}

function goesDown(how: "tcp" | "notification" | "hard-reset"): Step {
  return whileUp((side) => side.goesDown(how));
}

function passes(seconds: number): Step {
  return ({ real, model }) => {
    for (const side of [real, model]) side.passes(seconds);
  };
}

test("whatever a peer does in whatever order, its routes are those that a naive model keeps", () => {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 40 }), (script) => {
      const both = { real: new RestartingPeer(), model: new NaiveRetention() };
      for (const step of script) {
        step(both);
        expect([both.real.used, both.real.stale]).toEqual([[...both.model.routes.keys()].sort(), both.model.stale]);
      }
      both.real.one.rib.checkInvariants();
    }),
    { numRuns: 200 },
  );
}, 60_000);
