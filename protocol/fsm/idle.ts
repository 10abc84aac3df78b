import type { Transition } from "./action.js";
import type { Event } from "./event.js";
import type { SessionConfig } from "./session-config.js";
import type { Idle } from "./state.js";
import { startConnectRetry, stopTimer, to } from "./steps.js";

/** RFC 4271 §8.2.2, Idle state: everything is refused until a start event. */
export function idle(state: Idle, event: Event, config: SessionConfig): Transition {
  switch (event.type) {
    case "ManualStop": // Event 2: for the RFC nothing; but with the IdleHoldTimer running a stopped peer would come back
      return to({ ...state, connectRetryCounter: 0, damped: false }, stopTimer("IdleHoldTimer"));
    case "ManualStart": // Event 1
    case "AutomaticStart": // Event 3
      return connect(0, config);
    case "ManualStart_with_PassiveTcpEstablishment": // Event 4
    case "AutomaticStart_with_PassiveTcpEstablishment": // Event 5
      return listen(0);
    // DampPeerOscillations: a start that remembers the failures before it.
    case "AutomaticStart_with_DampPeerOscillations": // Event 6
      return connect(state.connectRetryCounter, config);
    case "AutomaticStart_with_DampPeerOscillations_and_PassiveTcpEstablishment": // Event 7
      return listen(state.connectRetryCounter);
    case "IdleHoldTimer_Expires": // Event 13
      return config.passive ? listen(state.connectRetryCounter) : connect(state.connectRetryCounter, config);
    // AutomaticStop (Event 8), and any other event (9 to 12, 14 to 28), changes nothing.
    case "AutomaticStop":
    case "ConnectRetryTimer_Expires":
    case "HoldTimer_Expires":
    case "KeepaliveTimer_Expires":
    case "DelayOpenTimer_Expires":
    case "TcpConnection_Valid":
    case "Tcp_CR_Invalid":
    case "Tcp_CR_Acked":
    case "TcpConnectionConfirmed":
    case "TcpConnectionFails":
    case "BGPOpen":
    case "BGPOpen_with_DelayOpenTimer_running":
    case "BGPHeaderErr":
    case "BGPOpenMsgErr":
    case "OpenCollisionDump":
    case "NotifMsgVerErr":
    case "NotifMsg":
    case "KeepAliveMsg":
    case "UpdateMsg":
    case "UpdateMsgErr":
    case "SendHoldTimer_Expires":
    case "RouteRefreshMsg":
    case "RouteRefreshMsgErr":
      return to(state);
    default:
      return event satisfies never;
  }
}

function connect(connectRetryCounter: number, config: SessionConfig): Transition {
  return to(
    { name: "Connect", connectRetryCounter, delayOpen: false },
    stopTimer("IdleHoldTimer"),
    startConnectRetry(connectRetryCounter, config),
    { type: "connect" },
  );
}

/** The RFC starts the ConnectRetryTimer here too, and would dial when it expires; a passive peer of ours never dials. */
function listen(connectRetryCounter: number): Transition {
  return to({ name: "Active", connectRetryCounter, delayOpen: false }, stopTimer("IdleHoldTimer"));
}
