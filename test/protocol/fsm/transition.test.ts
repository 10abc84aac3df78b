import { describe, expect, test } from "vitest";
import type { EventType } from "../../../protocol/fsm/event.js";
import { transition } from "../../../protocol/fsm/transition.js";
import { CONFIG, EVENTS, STATES, words } from "./fixtures.js";

/** The events in the order of RFC 4271 §8.1: Event 1 is the first. Event 29 is RFC 9687's; 30 and 31 are about ROUTE-REFRESH. */
const NUMBERED = Object.keys(EVENTS) as EventType[];

const connecting = "stop ConnectRetryTimer, stop DelayOpenTimer";
const session = "stop HoldTimer, stop KeepaliveTimer, stop SendHoldTimer";
const confirm = "session-negotiated, KEEPALIVE, start KeepaliveTimer 30, start HoldTimer 90, guard sending 480";
const sendOpen = `OpenSent 1: ${connecting}, OPEN, start HoldTimer 240`;
const hold = "start IdleHoldTimer 10";

/**
 * Each state's answers: event numbers, then the next state with the ConnectRetryCounter (1 before) and the actions.
 * DelayOpen is FALSE, DampPeerOscillations TRUE; the negotiated hold time is 90 s.
 */
const TABLE: Readonly<Record<keyof typeof STATES, readonly (readonly [events: string, answer: string])[]>> = {
  Idle: [
    ["1 3", "Connect 0: stop IdleHoldTimer, start ConnectRetryTimer 5, connect"],
    ["4 5", "Active 0: stop IdleHoldTimer"],
    ["6 13", "Connect 1: stop IdleHoldTimer, start ConnectRetryTimer 5, connect"],
    ["7", "Active 1: stop IdleHoldTimer"],
    ["2", "Idle 0: stop IdleHoldTimer"],
    ["8 9 10 11 12 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31", "Idle 1"],
  ],
  Connect: [
    ["1 3 4 5 6 7 14 15", "Connect 1"],
    ["2", `Idle 0: ${connecting}, drop`],
    ["9", "Connect 2: drop, start ConnectRetryTimer 10, stop DelayOpenTimer, connect"],
    ["12 16 17", sendOpen],
    ["18", "Active 2: drop, stop DelayOpenTimer, start ConnectRetryTimer 10"],
    ["20", `OpenConfirm 1: ${connecting}, OPEN, ${confirm}`],
    ["21", `Idle, damped 2: ${connecting}, NOTIFICATION 1/2, drop, ${hold}`],
    ["22", `Idle, damped 2: ${connecting}, NOTIFICATION 2/4, drop, ${hold}`],
    ["8 10 11 13 19 23 24 25 26 27 28 29 30 31", `Idle 2: ${connecting}, drop, ${hold}`],
  ],
  "Connect, DelayOpen": [
    ["1 3 4 5 6 7 14 15", "Connect, DelayOpen 1"],
    ["2", `Idle 0: ${connecting}, drop`],
    ["9", "Connect 2: drop, start ConnectRetryTimer 10, stop DelayOpenTimer, connect"],
    ["12 16 17", sendOpen],
    ["18", "Active 2: drop, stop DelayOpenTimer, start ConnectRetryTimer 10"],
    ["20", `OpenConfirm 1: ${connecting}, OPEN, ${confirm}`],
    ["21", `Idle, damped 2: ${connecting}, NOTIFICATION 1/2, drop, ${hold}`],
    ["22", `Idle, damped 2: ${connecting}, NOTIFICATION 2/4, drop, ${hold}`],
    ["8 10 11 13 19 23 24 25 26 27 28 29 30 31", `Idle 2: ${connecting}, drop, ${hold}`],
  ],
  Active: [
    ["1 3 4 5 6 7 14 15", "Active 1"],
    ["2", `Idle 0: ${connecting}, drop`],
    ["9", "Connect 1: start ConnectRetryTimer 5, connect"],
    ["12 16 17", sendOpen],
    ["20", `OpenConfirm 1: ${connecting}, OPEN, ${confirm}`],
    ["21", `Idle, damped 2: ${connecting}, NOTIFICATION 1/2, drop, ${hold}`],
    ["22", `Idle, damped 2: ${connecting}, NOTIFICATION 2/4, drop, ${hold}`],
    ["8 10 11 13 18 19 23 24 25 26 27 28 29 30 31", `Idle 2: ${connecting}, drop, ${hold}`],
  ],
  "Active, DelayOpen": [
    ["1 3 4 5 6 7 9 14 15", "Active, DelayOpen 1"],
    ["2", `Idle 0: ${connecting}, NOTIFICATION 6/2, drop`],
    ["12 16 17", sendOpen],
    ["20", `OpenConfirm 1: ${connecting}, OPEN, ${confirm}`],
    ["21", `Idle, damped 2: ${connecting}, NOTIFICATION 1/2, drop, ${hold}`],
    ["22", `Idle, damped 2: ${connecting}, NOTIFICATION 2/4, drop, ${hold}`],
    ["8 10 11 13 18 19 23 24 25 26 27 28 29 30 31", `Idle 2: ${connecting}, drop, ${hold}`],
  ],
  OpenSent: [
    ["1 3 4 5 6 7 14 15 16 17", "OpenSent 1"],
    ["2", "Idle 0: stop HoldTimer, NOTIFICATION 6/2, drop"],
    ["8", `Idle 2: stop HoldTimer, NOTIFICATION 6/1, drop, ${hold}`],
    ["10", `Idle 2: stop HoldTimer, NOTIFICATION 4/0, drop, ${hold}`],
    ["18", "Active 2: drop, stop HoldTimer, start ConnectRetryTimer 10"],
    ["19", `OpenConfirm 1: ${confirm}`],
    ["21", `Idle, damped 2: stop HoldTimer, NOTIFICATION 1/2, drop, ${hold}`],
    ["22", `Idle, damped 2: stop HoldTimer, NOTIFICATION 2/4, drop, ${hold}`],
    ["23", `Idle 2: stop HoldTimer, NOTIFICATION 6/7, drop, ${hold}`],
    ["24 25", `Idle 2: stop HoldTimer, drop, ${hold}`],
    ["29", `Idle 2: stop HoldTimer, NOTIFICATION 8/0, drop, ${hold}`],
    ["9 11 12 13", `Idle, damped 2: stop HoldTimer, NOTIFICATION 5/0, drop, ${hold}`],
    ["20 26 27 28 30 31", `Idle, damped 2: stop HoldTimer, NOTIFICATION 5/1, drop, ${hold}`],
  ],
  OpenConfirm: [
    ["1 3 4 5 6 7 14 15 16 17", "OpenConfirm 1"],
    ["2", `Idle 0: ${session}, NOTIFICATION 6/2, drop`],
    ["8", `Idle 2: ${session}, NOTIFICATION 6/1, drop, ${hold}`],
    ["10", `Idle 2: ${session}, NOTIFICATION 4/0, drop, ${hold}`],
    ["11", "OpenConfirm 1: KEEPALIVE, start KeepaliveTimer 30"],
    ["18 24 25", `Idle 2: ${session}, drop, ${hold}`],
    ["21", `Idle, damped 2: ${session}, NOTIFICATION 1/2, drop, ${hold}`],
    ["22", `Idle, damped 2: ${session}, NOTIFICATION 2/4, drop, ${hold}`],
    ["23", `Idle 2: ${session}, NOTIFICATION 6/7, drop, ${hold}`],
    ["26", "Established 1: start HoldTimer 90, session-up"],
    ["29", `Idle 2: ${session}, NOTIFICATION 8/0, drop, ${hold}`],
    ["9 12 13", `Idle, damped 2: ${session}, NOTIFICATION 5/0, drop, ${hold}`],
    ["19 20 27 28 30 31", `Idle, damped 2: ${session}, NOTIFICATION 5/2, drop, ${hold}`],
  ],
  Established: [
    ["1 3 4 5 6 7 14 15 16 17", "Established 1"],
    ["2", `Idle 0: ${session}, NOTIFICATION 6/2, drop, session-down`],
    ["8", `Idle 2: ${session}, NOTIFICATION 6/1, drop, session-down, ${hold}`],
    ["10", `Idle 2: ${session}, NOTIFICATION 4/0, drop, session-down, ${hold}`],
    ["11", "Established, settled 0: KEEPALIVE, start KeepaliveTimer 30"],
    ["18 24 25", `Idle 2: ${session}, drop, session-down, ${hold}`],
    ["21", `Idle, damped 2: ${session}, NOTIFICATION 1/2, drop, session-down, ${hold}`],
    ["23", `Idle 2: ${session}, NOTIFICATION 6/7, drop, session-down, ${hold}`],
    ["26 27", "Established 1: start HoldTimer 90"],
    ["28", `Idle, damped 2: ${session}, NOTIFICATION 3/1, drop, session-down, ${hold}`],
    ["29", `Idle 2: ${session}, NOTIFICATION 8/0, drop, session-down, ${hold}`],
    ["30", "Established 1: start HoldTimer 90, route-refresh"],
    ["31", `Idle, damped 2: ${session}, NOTIFICATION 7/1, drop, session-down, ${hold}`],
    ["9 12 13", `Idle, damped 2: ${session}, NOTIFICATION 5/0, drop, session-down, ${hold}`],
    ["19 20 22", `Idle, damped 2: ${session}, NOTIFICATION 5/3, drop, session-down, ${hold}`],
  ],
};

const CASES = Object.entries(STATES).flatMap(([name, state]) =>
  TABLE[name as keyof typeof STATES].flatMap(([events, answer]) =>
    events.split(" ").map((number) => ({ name, state, number: Number(number), type: NUMBERED[Number(number) - 1]!, answer })),
  ),
);

describe("transition, the table of RFC 4271 §8.2.2", () => {
  test.each(Object.keys(STATES))("decides every event in state %s once", (name) => {
    const numbers = CASES.filter((row) => row.name === name).map((row) => row.number);
    expect(numbers.sort((a, b) => a - b)).toEqual(NUMBERED.map((_, index) => index + 1));
  });

  test.each(CASES)("in state $name answers event $number, $type", ({ state, type, answer }) => {
    expect(words(transition(state, EVENTS[type], CONFIG))).toBe(answer);
  });
});
