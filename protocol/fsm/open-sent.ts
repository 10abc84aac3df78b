import { CeaseSubcode } from "../wire/bgp-error.js";
import type { Transition } from "./action.js";
import { ceased, endedByPeer, failed, holdTimerExpired, sendHoldTimerExpired, stopped } from "./ending.js";
import type { Event } from "./event.js";
import { fsmError } from "./fsm-error.js";
import { openReceived } from "./opening.js";
import type { SessionConfig } from "./session-config.js";
import type { OpenSent } from "./state.js";
import { startConnectRetry, stopTimer, to } from "./steps.js";

/** RFC 4271 §8.2.2, OpenSent state: waiting for the peer's OPEN. */
export function openSent(state: OpenSent, event: Event, config: SessionConfig): Transition {
  switch (event.type) {
    case "ManualStart": // Events 1, 3 to 7 are ignored
    case "AutomaticStart":
    case "ManualStart_with_PassiveTcpEstablishment":
    case "AutomaticStart_with_PassiveTcpEstablishment":
    case "AutomaticStart_with_DampPeerOscillations":
    case "AutomaticStart_with_DampPeerOscillations_and_PassiveTcpEstablishment":
      return to(state);
    case "ManualStop": // Event 2
      return stopped(state, event.cease, config);
    case "AutomaticStop": // Event 8
      return ceased(state, event.cease, config);
    case "HoldTimer_Expires": // Event 10
      return holdTimerExpired(state, config);
    // A second connection: it has a machine of its own, and collides when its OPEN comes (§6.8).
    case "TcpConnection_Valid": // Event 14
    case "Tcp_CR_Invalid": // Event 15
    case "Tcp_CR_Acked": // Event 16
    case "TcpConnectionConfirmed": // Event 17
      return to(state);
    case "TcpConnectionFails": // Event 18
      return waitForRetry(state, event.detail, config);
    case "BGPOpen": // Event 19
      return openReceived(state, event.open, config);
    case "BGPHeaderErr": // Event 21
    case "BGPOpenMsgErr": // Event 22
      return failed(state, event.error, config);
    case "OpenCollisionDump": // Event 23
      return ceased(state, { subcode: CeaseSubcode.ConnectionCollisionResolution }, config);
    case "NotifMsgVerErr": // Event 24: counts as a failure, as 4 is the only version we could try again with
      return endedByPeer(state, event.notification, config);
    case "NotifMsg": // Event 25, for the RFC an FSM error; but nobody reads an answer to a NOTIFICATION
      return endedByPeer(state, event.notification, config);
    case "SendHoldTimer_Expires": // RFC 9687 §4.3
      return sendHoldTimerExpired(state, config);
    // Any other event (9, 11 to 13, 20, 26 to 28)
    case "ConnectRetryTimer_Expires":
    case "KeepaliveTimer_Expires":
    case "DelayOpenTimer_Expires":
    case "IdleHoldTimer_Expires":
    case "BGPOpen_with_DelayOpenTimer_running":
    case "KeepAliveMsg":
    case "UpdateMsg":
    case "UpdateMsgErr":
    case "RouteRefreshMsg":
    case "RouteRefreshMsgErr":
      return failed(state, fsmError(state.name, event.type), config);
    default:
      return event satisfies never;
  }
}

/** A peer that accepts connections and closes them at once is a failure like any other: it counts, or we would dial every 5 s for ever. */
function waitForRetry(state: OpenSent, detail: string, config: SessionConfig): Transition {
  const connectRetryCounter = state.connectRetryCounter + 1;
  const next = { name: "Active", connectRetryCounter, delayOpen: false } as const;
  const drop = { type: "drop-connection", end: { by: "tcp", detail } } as const;
  if (config.passive) return to(next, drop, stopTimer("HoldTimer"));
  return to(next, drop, stopTimer("HoldTimer"), startConnectRetry(connectRetryCounter, config));
}
