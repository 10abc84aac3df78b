import type { Transition } from "./action.js";
import { abandoned, connectionLost, endedByPeer, failed, stopped } from "./ending.js";
import type { Event } from "./event.js";
import { connectionStands, openWhileDelaying, sendOpen } from "./opening.js";
import type { SessionConfig } from "./session-config.js";
import type { Active } from "./state.js";
import { startConnectRetry, to } from "./steps.js";

/** RFC 4271 §8.2.2, Active state: waiting for the peer's connection, or for the time to try our own again. */
export function active(state: Active, event: Event, config: SessionConfig): Transition {
  switch (event.type) {
    case "ManualStart": // Events 1, 3 to 7 are ignored
    case "AutomaticStart":
    case "ManualStart_with_PassiveTcpEstablishment":
    case "AutomaticStart_with_PassiveTcpEstablishment":
    case "AutomaticStart_with_DampPeerOscillations":
    case "AutomaticStart_with_DampPeerOscillations_and_PassiveTcpEstablishment":
      return to(state);
    case "ManualStop": // Event 2
      return stopped(state, state.delayOpen && config.sendNotificationWithoutOpen ? event.cease : null, config);
    case "ConnectRetryTimer_Expires": // Event 9
      if (state.delayOpen) return to(state); // it was stopped when the connection stood
      return to({ ...state, name: "Connect" }, startConnectRetry(state.connectRetryCounter, config), { type: "connect" });
    case "DelayOpenTimer_Expires": // Event 12
      return sendOpen(state, config);
    case "TcpConnection_Valid": // Event 14: it goes on to be made
    case "Tcp_CR_Invalid": // Event 15: the driver has rejected it
      return to(state);
    case "Tcp_CR_Acked": // Event 16
    case "TcpConnectionConfirmed": // Event 17
      return connectionStands(state, config);
    case "TcpConnectionFails": // Event 18
      return connectionLost(state, event.detail, config);
    case "BGPOpen_with_DelayOpenTimer_running": // Event 20
      return openWhileDelaying(state, event.open, config);
    case "BGPHeaderErr": // Event 21
    case "BGPOpenMsgErr": // Event 22
      return failed(state, event.error, config, config.sendNotificationWithoutOpen);
    case "NotifMsgVerErr": // Event 24: counts as a failure, as 4 is the only version we could try again with
      return endedByPeer(state, event.notification, config);
    case "NotifMsg": // Event 25, for the RFC one of the others
      return endedByPeer(state, event.notification, config);
    // Any other event (8, 10, 11, 13, 19, 23, 26 to 28)
    case "AutomaticStop":
    case "HoldTimer_Expires":
    case "KeepaliveTimer_Expires":
    case "IdleHoldTimer_Expires":
    case "BGPOpen":
    case "OpenCollisionDump":
    case "KeepAliveMsg":
    case "UpdateMsg":
    case "UpdateMsgErr":
    case "SendHoldTimer_Expires":
    case "RouteRefreshMsg":
    case "RouteRefreshMsgErr":
      return abandoned(state, `${event.type} in state Active`, config);
    default:
      return event satisfies never;
  }
}
