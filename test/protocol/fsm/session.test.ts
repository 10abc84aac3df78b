import { describe, expect, test } from "vitest";
import type { Action } from "../../../protocol/fsm/action.js";
import type { Event } from "../../../protocol/fsm/event.js";
import type { SessionConfig } from "../../../protocol/fsm/session-config.js";
import { retainsRoutes } from "../../../protocol/fsm/session-end.js";
import { INITIAL, type State } from "../../../protocol/fsm/state.js";
import { transition } from "../../../protocol/fsm/transition.js";
import type { NotificationMessage } from "../../../protocol/messages/notification.js";
import { readShutdownCommunication } from "../../../protocol/messages/notification.js";
import { AS_TRANS, asn } from "../../../protocol/net/asn.js";
import { CONFIG, EVENTS, GRACEFUL, IPV4, NEGOTIATED, PEER_OPEN, STATES, words } from "./fixtures.js";

function run(events: readonly Event[], config: SessionConfig, from: State = INITIAL): { state: State; actions: Action[] } {
  let state = from;
  const actions: Action[] = [];
  for (const event of events) {
    const step = transition(state, event, config);
    state = step.state;
    actions.push(...step.actions);
  }
  return { state, actions };
}

function notificationOf(actions: readonly Action[]): NotificationMessage {
  const messages = actions.flatMap((action) => (action.type === "send" ? [action.message] : []));
  const found = messages.find((message) => message.type === "notification");
  if (found?.type !== "notification") throw new Error("no NOTIFICATION was sent");
  return found;
}

const started = [EVENTS.ManualStart, EVENTS.Tcp_CR_Acked];
const established = [...started, EVENTS.BGPOpen, EVENTS.KeepAliveMsg];

describe("back-off", () => {
  const failures = (count: number) =>
    Array.from({ length: count }, () => [EVENTS.ConnectRetryTimer_Expires, EVENTS.TcpConnectionFails]).flat();

  test("the ConnectRetryTimer doubles with each failed connection and stops at the maximum", () => {
    const waits = [1, 2, 3, 4, 5, 6, 7].map((count) => {
      const { actions } = run([EVENTS.ManualStart, EVENTS.TcpConnectionFails, ...failures(count - 1)], CONFIG);
      const last = actions.findLast((action) => action.type === "start-timer");
      return last?.type === "start-timer" ? last.seconds : null;
    });
    expect(waits).toEqual([5, 10, 20, 40, 60, 60, 60]);
  });

  test("the IdleHoldTimer doubles with each failed session, and IdleHoldTimer_Expires starts the next attempt (§8.1.1)", () => {
    const refused = [EVENTS.Tcp_CR_Acked, EVENTS.NotifMsg, EVENTS.IdleHoldTimer_Expires];
    const { state, actions } = run([EVENTS.ManualStart, ...refused, ...refused, ...refused], CONFIG);
    const holds = actions.flatMap((action) =>
      action.type === "start-timer" && action.timer === "IdleHoldTimer" ? [action.seconds] : [],
    );
    expect(holds).toEqual([5, 10, 20]);
    expect(state).toMatchObject({ name: "Connect", connectRetryCounter: 3 });
  });

  test("a session that outlives a KeepaliveTimer forgives earlier failures", () => {
    const { state } = run([EVENTS.TcpConnectionFails], CONFIG, { ...STATES.Established, connectRetryCounter: 7 });
    expect(state.connectRetryCounter).toBe(8);
    const settled = run([EVENTS.KeepaliveTimer_Expires, EVENTS.TcpConnectionFails], CONFIG, {
      ...STATES.Established,
      connectRetryCounter: 7,
    });
    expect(settled.state.connectRetryCounter).toBe(1);
  });

  test("without DampPeerOscillations a failed session waits in Idle for a start", () => {
    const { actions } = run([...started, EVENTS.NotifMsg], { ...CONFIG, dampPeerOscillations: false });
    expect(actions.some((action) => action.type === "start-timer" && action.timer === "IdleHoldTimer")).toBe(false);
  });
});

describe("passive peers", () => {
  const passive = { ...CONFIG, passive: true };

  test("IdleHoldTimer_Expires leads to Active, where nothing is dialled", () => {
    expect(words(transition(STATES.Idle, EVENTS.IdleHoldTimer_Expires, passive))).toBe("Active 1: stop IdleHoldTimer");
  });

  test("TcpConnectionFails in OpenSent waits for the peer without a ConnectRetryTimer", () => {
    expect(words(transition(STATES.OpenSent, EVENTS.TcpConnectionFails, passive))).toBe("Active 2: drop, stop HoldTimer");
  });
});

describe("DelayOpen", () => {
  const delaying = { ...CONFIG, delayOpenSeconds: 3 };

  test.each(["Connect", "Active"] as const)(
    "in %s a connection starts the DelayOpenTimer instead of sending the OPEN",
    (name) => {
      expect(words(transition(STATES[name], EVENTS.TcpConnectionConfirmed, delaying))).toBe(
        `${name}, DelayOpen 1: stop ConnectRetryTimer, start DelayOpenTimer 3`,
      );
    },
  );

  test("an OPEN that is refused before ours went is answered only with SendNOTIFICATIONwithoutOPEN", () => {
    const event = {
      type: "BGPOpen_with_DelayOpenTimer_running",
      open: { ...PEER_OPEN, myAs: asn(1), capabilities: [IPV4] },
    } as const;
    const told = words(transition(STATES["Connect, DelayOpen"], event, delaying));
    const silent = words(transition(STATES["Connect, DelayOpen"], event, { ...delaying, sendNotificationWithoutOpen: false }));
    expect(told).toContain("NOTIFICATION 2/2");
    expect(silent).not.toContain("NOTIFICATION");
  });
});

describe("OPEN", () => {
  test("ours carries AS_TRANS when our AS number needs four octets (RFC 6793 §9)", () => {
    const { actions } = run(started, { ...CONFIG, open: { ...CONFIG.open, asNumber: asn(4200000001) } });
    const open = actions.flatMap((action) => (action.type === "send" && action.message.type === "open" ? [action.message] : []));
    expect(open).toMatchObject([{ version: 4, myAs: AS_TRANS, holdTimeSeconds: 90, routerId: 0x0a000001 }]);
  });

  test("one that is not acceptable ends the attempt with its NOTIFICATION (§6.2)", () => {
    const bad = { type: "BGPOpen", open: { ...PEER_OPEN, holdTimeSeconds: 2 } } as const;
    expect(words(transition(STATES.OpenSent, bad, CONFIG))).toContain("NOTIFICATION 2/6");
  });
});

describe("hold time zero (§4.2)", () => {
  const config = { ...CONFIG, open: { ...CONFIG.open, holdTimeSeconds: 0 } };

  test("starts neither HoldTimer nor KeepaliveTimer nor SendHoldTimer", () => {
    const { state, actions } = run(
      [EVENTS.BGPOpen, EVENTS.KeepAliveMsg, EVENTS.UpdateMsg, EVENTS.KeepAliveMsg],
      config,
      STATES.OpenSent,
    );
    expect(state.name).toBe("Established");
    expect(actions.filter((action) => action.type === "start-timer" || action.type === "guard-sending")).toEqual([]);
  });
});

describe("send hold time (RFC 9687 §6)", () => {
  test("is twice the hold time when that is longer than configured", () => {
    const config = { ...CONFIG, open: { ...CONFIG.open, holdTimeSeconds: 600 } };
    const open = { ...PEER_OPEN, holdTimeSeconds: 600 };
    expect(words(transition(STATES.OpenSent, { type: "BGPOpen", open }, config))).toContain("guard sending 1200");
  });

  test("zero switches it off", () => {
    expect(words(transition(STATES.OpenSent, EVENTS.BGPOpen, { ...CONFIG, sendHoldSeconds: 0 }))).not.toContain("guard");
  });
});

describe("Cease", () => {
  const graceful = { ...CONFIG, open: { ...CONFIG.open, capabilities: [...CONFIG.open.capabilities, GRACEFUL] } };
  const gracefulSession = { ...STATES.Established, negotiated: { ...NEGOTIATED, gracefulRestart: GRACEFUL } } as State;
  const shutdown = { type: "ManualStop", cease: { subcode: 2, text: "back at noon" } } as const;

  test("of an administrative shutdown carries the operator's text (RFC 9003)", () => {
    const { actions } = run([...established, shutdown], CONFIG);
    const notification = notificationOf(actions);
    expect(notification).toMatchObject({ code: 6, subcode: 2 });
    expect(readShutdownCommunication(notification)).toBe("back at noon");
  });

  test("with other subcodes carries no text", () => {
    const { actions } = run([...established, { type: "ManualStop", cease: { subcode: 3, text: "gone" } }], CONFIG);
    expect(notificationOf(actions)).toEqual({ type: "notification", code: 6, subcode: 3, data: new Uint8Array(0) });
  });

  test("travels inside a Hard Reset when both sides keep routes over NOTIFICATIONs (RFC 8538 §3.1)", () => {
    const { actions } = run([{ type: "ManualStop", cease: { subcode: 3 } }], graceful, gracefulSession);
    expect(notificationOf(actions)).toEqual({ type: "notification", code: 6, subcode: 9, data: Uint8Array.of(6, 3) });
  });

  test("a stop without one says nothing, so that the peer keeps our routes (RFC 4724)", () => {
    const { state, actions } = run([...established, { type: "ManualStop", cease: null }], CONFIG);
    expect(state.name).toBe("Idle");
    expect(() => notificationOf(actions)).toThrow();
  });

  test.each([
    ["a lost connection", { by: "tcp", detail: "Connection reset by peer" }, true],
    [
      "our HoldTimer",
      { by: "us", notification: { type: "notification", code: 4, subcode: 0, data: new Uint8Array(0) }, detail: "" },
      true,
    ],
    [
      "a Cease of the peer's",
      { by: "peer", notification: { type: "notification", code: 6, subcode: 4, data: new Uint8Array(0) } },
      true,
    ],
    ["a Hard Reset", { by: "peer", notification: { type: "notification", code: 6, subcode: 9, data: new Uint8Array(0) } }, false],
    ["a silent stop of ours", { by: "us", notification: null, detail: "stopped" }, false],
  ] as const)("retainsRoutes after %s (RFC 4724 §4.2, RFC 8538 §4.1)", (_, end, expected) => {
    expect(retainsRoutes(end, { ...NEGOTIATED, gracefulRestart: GRACEFUL }, graceful)).toBe(expected);
    expect(retainsRoutes(end, NEGOTIATED, CONFIG)).toBe(false);
  });
});

describe("a second connection of the peer's in Established", () => {
  const settled: State = { ...STATES.Established, negotiated: { ...NEGOTIATED, gracefulRestart: GRACEFUL }, settled: true };

  test("replaces the session of a peer that restarts gracefully (RFC 4724 §5)", () => {
    const { state, actions } = transition(settled, EVENTS.TcpConnectionConfirmed, CONFIG);
    expect(state.name).toBe("Idle");
    expect(actions).toContainEqual(
      expect.objectContaining({ type: "session-down", end: { by: "tcp", detail: "Connection replaced by a new one" } }),
    );
  });

  test("waits for its OPEN while the session has not settled", () => {
    expect(transition({ ...settled, settled: false }, EVENTS.TcpConnectionConfirmed, CONFIG)).toEqual({
      state: { ...settled, settled: false },
      actions: [],
    });
  });
});

describe("ROUTE-REFRESH in Established", () => {
  test.each([
    ["a family that was not negotiated", { afi: 2, safi: 1, subtype: "request" }],
    ["a family that we do not know", { afi: 25, safi: 70, subtype: "request" }],
    ["an unknown subtype", { afi: 1, safi: 1, subtype: "unknown" }],
  ] as const)("for %s is ignored (RFC 2918 §4, RFC 7313 §5)", (_, fields) => {
    const event = { type: "RouteRefreshMsg", message: { type: "route-refresh", ...fields } } as const;
    expect(words(transition(STATES.Established, event, CONFIG))).toBe("Established 1: start HoldTimer 90");
  });
});

test("an unexpected message is named in the data of the FSM error (RFC 6608 §4)", () => {
  const { actions } = transition(STATES.OpenConfirm, EVENTS.UpdateMsg, CONFIG);
  expect(notificationOf(actions)).toEqual({ type: "notification", code: 5, subcode: 2, data: Uint8Array.of(2) });
});
