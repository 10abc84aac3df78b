import { CeaseSubcode } from "../wire/bgp-error.js";
import type { Action, Transition } from "./action.js";
import { ceased, connectionLost, endedByPeer, failed, holdTimerExpired, sendHoldTimerExpired, stopped } from "./ending.js";
import type { Event } from "./event.js";
import { fsmError } from "./fsm-error.js";
import type { SessionConfig } from "./session-config.js";
import type { OpenConfirm } from "./state.js";
import { KEEPALIVE, startTimer, to } from "./steps.js";

/** RFC 4271 §8.2.2, OpenConfirm state: waiting for the KEEPALIVE that says our OPEN was accepted. */
export function openConfirm(state: OpenConfirm, event: Event, config: SessionConfig): Transition {
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
    case "KeepaliveTimer_Expires": // Event 11
      return to(state, KEEPALIVE, startTimer("KeepaliveTimer", state.negotiated.keepaliveSeconds));
    // A second connection: it has a machine of its own, and collides when its OPEN comes (§6.8).
    case "TcpConnection_Valid": // Event 14
    case "Tcp_CR_Invalid": // Event 15
    case "Tcp_CR_Acked": // Event 16
    case "TcpConnectionConfirmed": // Event 17
      return to(state);
    case "TcpConnectionFails": // Event 18
      return connectionLost(state, event.detail, config);
    case "NotifMsg": // Event 25
    case "NotifMsgVerErr": // Event 24: counts as a failure, as 4 is the only version we could try again with
      return endedByPeer(state, event.notification, config);
    case "BGPHeaderErr": // Event 21
    case "BGPOpenMsgErr": // Event 22
      return failed(state, event.error, config);
    case "OpenCollisionDump": // Event 23
      return ceased(state, { subcode: CeaseSubcode.ConnectionCollisionResolution }, config);
    case "KeepAliveMsg": // Event 26
      return establish(state);
    case "SendHoldTimer_Expires": // RFC 9687 §4.3
      return sendHoldTimerExpired(state, config);
    // Any other event (9, 12, 13, 20, 27, 28); and 19, as an OPEN over another connection comes to that one's machine
    case "ConnectRetryTimer_Expires":
    case "DelayOpenTimer_Expires":
    case "IdleHoldTimer_Expires":
    case "BGPOpen":
    case "BGPOpen_with_DelayOpenTimer_running":
    case "UpdateMsg":
    case "UpdateMsgErr":
    case "RouteRefreshMsg":
    case "RouteRefreshMsgErr":
      return failed(state, fsmError(state.name, event.type), config);
    default:
      return event satisfies never;
  }
}

function establish({ connectRetryCounter, negotiated }: OpenConfirm): Transition {
  const up: Action = { type: "session-up", negotiated };
  const state = { name: "Established", connectRetryCounter, negotiated, settled: false } as const;
  if (negotiated.holdTimeSeconds === 0) return to(state, up);
  return to(state, startTimer("HoldTimer", negotiated.holdTimeSeconds), up);
}
