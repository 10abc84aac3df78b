import type { NotificationMessage } from "../messages/notification.js";
import { type BgpError, ErrorCode, sessionReset } from "../wire/bgp-error.js";
import type { Action, TimerName, Transition } from "./action.js";
import { ceaseNotification } from "./cease.js";
import type { Cease } from "./event.js";
import type { SessionConfig } from "./session-config.js";
import type { SessionEnd } from "./session-end.js";
import type { State, StateName } from "./state.js";
import { startIdleHold, stopTimer, to } from "./steps.js";

// The ways to Idle (RFC 4271 §8.2.2). Each does what the RFC lists every time: NOTIFICATION if due, timers to zero,
// routes deleted (session-down), connection dropped, ConnectRetryCounter changed, oscillations damped.

/** Timers that may run in a state; SendHoldTimer by RFC 9687 §4.3. */
const RUNNING: Readonly<Record<StateName, readonly TimerName[]>> = {
  Idle: ["IdleHoldTimer"],
  Connect: ["ConnectRetryTimer", "DelayOpenTimer"],
  Active: ["ConnectRetryTimer", "DelayOpenTimer"],
  OpenSent: ["HoldTimer"],
  OpenConfirm: ["HoldTimer", "KeepaliveTimer", "SendHoldTimer"],
  Established: ["HoldTimer", "KeepaliveTimer", "SendHoldTimer"],
};

/** Errors of the peer's making; one that commits them is not let in again at once. */
const PEER_ERRORS: ReadonlySet<number> = new Set([
  ErrorCode.MessageHeader,
  ErrorCode.OpenMessage,
  ErrorCode.UpdateMessage,
  ErrorCode.FiniteStateMachine,
  ErrorCode.RouteRefreshMessage,
]);

/** ManualStop (Event 2): the counter returns to zero and nothing restarts by itself. `cease` null: the peer is not told. */
export function stopped(state: State, cease: Cease | null, config: SessionConfig): Transition {
  const notification = cease && ceaseNotification(cease, negotiatedOf(state), config);
  const next = { name: "Idle", connectRetryCounter: 0, damped: false } as const;
  return to(next, ...drop(state, { by: "us", notification, detail: "stopped" }, notification !== null));
}

/** We give up because of `error`. @param tell whether a NOTIFICATION may be sent */
export function failed(state: State, error: BgpError, config: SessionConfig, tell = true): Transition {
  const notification: NotificationMessage = { type: "notification", code: error.code, subcode: error.subcode, data: error.data };
  const end: SessionEnd = { by: "us", notification, detail: error.detail };
  return damp(state, drop(state, end, tell), PEER_ERRORS.has(error.code), config);
}

/** A Cease that is no operator's stop: AutomaticStop, OpenCollisionDump. */
export function ceased(state: State, cease: Cease, config: SessionConfig): Transition {
  const notification = ceaseNotification(cease, negotiatedOf(state), config);
  return damp(state, drop(state, { by: "us", notification, detail: cease.text ?? "" }, true), false, config);
}

/** "Any other event" before an OPEN was sent: the connection is dropped, nothing is said. */
export function abandoned(state: State, detail: string, config: SessionConfig): Transition {
  return damp(state, drop(state, { by: "us", notification: null, detail }, false), false, config);
}

/** The peer sent a NOTIFICATION; none answers it (§4.5). */
export function endedByPeer(state: State, notification: NotificationMessage, config: SessionConfig): Transition {
  return damp(state, drop(state, { by: "peer", notification }, false), false, config);
}

/** TcpConnectionFails (Event 18), where it leads to Idle. */
export function connectionLost(state: State, detail: string, config: SessionConfig): Transition {
  return damp(state, drop(state, { by: "tcp", detail }, false), false, config);
}

/** HoldTimer_Expires (Event 10). */
export function holdTimerExpired(state: State, config: SessionConfig): Transition {
  return failed(state, sessionReset(ErrorCode.HoldTimerExpired, 0, "nothing was heard for the hold time"), config);
}

/** SendHoldTimer_Expires: the socket is full, so the NOTIFICATION has hardly a chance; it is tried all the same (RFC 9687 §4.3). */
export function sendHoldTimerExpired(state: State, config: SessionConfig): Transition {
  return failed(state, sessionReset(ErrorCode.SendHoldTimerExpired, 0, "the peer takes no bytes"), config);
}

function negotiatedOf(state: State) {
  return "negotiated" in state ? state.negotiated : null;
}

function drop(state: State, end: SessionEnd, tell: boolean): Action[] {
  const actions: Action[] = RUNNING[state.name].map(stopTimer);
  if (tell && end.by === "us" && end.notification) actions.push({ type: "send", message: end.notification });
  actions.push({ type: "drop-connection", end });
  if (state.name === "Established") actions.push({ type: "session-down", negotiated: state.negotiated, end });
  return actions;
}

function damp(state: State, actions: readonly Action[], damped: boolean, config: SessionConfig): Transition {
  const connectRetryCounter = state.connectRetryCounter + 1;
  const next = { name: "Idle", connectRetryCounter, damped } as const;
  return config.dampPeerOscillations ? to(next, ...actions, startIdleHold(connectRetryCounter, config)) : to(next, ...actions);
}
