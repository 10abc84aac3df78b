import fc from "fast-check";
import { expect, test } from "vitest";
import type { Action, TimerName } from "../../../protocol/fsm/action.js";
import { INITIAL, type State } from "../../../protocol/fsm/state.js";
import { transition } from "../../../protocol/fsm/transition.js";
import { CONFIG, EVENTS, GRACEFUL, PEER_OPEN } from "./fixtures.js";

const events = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(...Object.values(EVENTS)) },
  {
    weight: 2, // or hardly any sequence would come as far as Established
    arbitrary: fc.constantFrom(
      EVENTS.ManualStart,
      EVENTS.Tcp_CR_Acked,
      EVENTS.BGPOpen,
      EVENTS.KeepAliveMsg,
      { type: "BGPOpen", open: { ...PEER_OPEN, holdTimeSeconds: 0 } } as const,
      { type: "BGPOpen", open: { ...PEER_OPEN, capabilities: [...PEER_OPEN.capabilities, GRACEFUL] } } as const,
      { type: "BGPOpen", open: { ...PEER_OPEN, version: 3 } } as const,
    ),
  },
);

const configs = fc.record({ passive: fc.boolean(), dampPeerOscillations: fc.boolean(), delayOpenSeconds: fc.constantFrom(0, 3) });

/** What a driver would hold after the actions: timers that run, and whether routes are being exchanged. */
class Driver {
  readonly running = new Set<TimerName>();
  isUp = false;
  isConnecting = false;

  run(actions: readonly Action[]): void {
    for (const action of actions) {
      if (action.type === "start-timer") this.running.add(action.timer);
      if (action.type === "stop-timer") this.running.delete(action.timer);
      if (action.type === "connect") this.isConnecting = true;
      if (action.type === "drop-connection") this.isConnecting = false;
      if (action.type === "session-up" || action.type === "session-down") {
        expect(this.isUp).toBe(action.type === "session-down");
        this.isUp = action.type === "session-up";
      }
    }
  }
}

function checkLegal(state: State, driver: Driver): void {
  expect(driver.isUp).toBe(state.name === "Established");
  if (state.name === "Idle") {
    driver.running.delete("IdleHoldTimer");
    expect([...driver.running]).toEqual([]);
    expect(driver.isConnecting).toBe(false);
  }
  if (state.name === "OpenConfirm" || state.name === "Established") {
    const needsTimers = state.negotiated.holdTimeSeconds > 0;
    expect(driver.running.has("HoldTimer")).toBe(needsTimers);
    expect(driver.running.has("KeepaliveTimer")).toBe(needsTimers);
    expect(driver.running.has("ConnectRetryTimer")).toBe(false);
  }
}

test("any order of events leaves a legal state; in Idle no timer but the IdleHoldTimer runs", () => {
  fc.assert(
    fc.property(fc.array(events, { maxLength: 60 }), configs, (sequence, more) => {
      const config = { ...CONFIG, ...more };
      const driver = new Driver();
      let state: State = INITIAL;
      for (const event of sequence) {
        if (event.type.endsWith("Timer_Expires")) {
          const timer = event.type.replace("_Expires", "") as TimerName;
          if (!driver.running.delete(timer) && timer !== "SendHoldTimer") continue; // only a timer that runs can expire
        }
        const step = transition(state, event, config);
        state = step.state;
        driver.run(step.actions);
        checkLegal(state, driver);
      }
    }),
    { numRuns: 500 },
  );
});
