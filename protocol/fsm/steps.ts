import type { Action, TimerName, Transition } from "./action.js";
import type { SessionConfig } from "./session-config.js";
import type { State } from "./state.js";

// The small steps that RFC 4271 §8.2.2 repeats from state to state.

export const KEEPALIVE: Action = { type: "send", message: { type: "keepalive" } };

export function to(state: State, ...actions: Action[]): Transition {
  return { state, actions };
}

export function startTimer(timer: TimerName, seconds: number): Action {
  return { type: "start-timer", timer, seconds };
}

export function stopTimer(timer: TimerName): Action {
  return { type: "stop-timer", timer };
}

/** Starts the ConnectRetryTimer for the time that so many failures in a row call for. */
export function startConnectRetry(failures: number, config: SessionConfig): Action {
  return startTimer("ConnectRetryTimer", backOff(config.connectRetrySeconds, config.connectRetryMaxSeconds, failures));
}

/** Starts the IdleHoldTimer likewise (§8.1.1, DampPeerOscillations). */
export function startIdleHold(failures: number, config: SessionConfig): Action {
  return startTimer("IdleHoldTimer", backOff(config.idleHoldSeconds, config.idleHoldMaxSeconds, failures));
}

/** `seconds` for the first failure, doubled by each further one. */
function backOff(seconds: number, maxSeconds: number, failures: number): number {
  return Math.min(maxSeconds, seconds * 2 ** Math.max(0, failures - 1));
}
