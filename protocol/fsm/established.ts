import type { RouteRefreshMessage } from "../messages/route-refresh.js";
import { familyOf } from "../net/address-family.js";
import { CeaseSubcode } from "../wire/bgp-error.js";
import type { Action, Transition } from "./action.js";
import { ceased, connectionLost, endedByPeer, failed, holdTimerExpired, sendHoldTimerExpired, stopped } from "./ending.js";
import type { Event } from "./event.js";
import { fsmError } from "./fsm-error.js";
import type { SessionConfig } from "./session-config.js";
import type { Established } from "./state.js";
import { KEEPALIVE, startTimer, to } from "./steps.js";

/** RFC 4271 §8.2.2, Established state: routes are exchanged. */
export function established(state: Established, event: Event, config: SessionConfig): Transition {
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
    // Event 11. A session that has come this far has settled. The RFC lets UPDATEs we send stand for KEEPALIVEs; ours go out all the
    // same: 19 octets, and nothing to do for each UPDATE.
    case "KeepaliveTimer_Expires":
      return to(
        { ...state, connectRetryCounter: 0, settled: true },
        KEEPALIVE,
        startTimer("KeepaliveTimer", state.negotiated.keepaliveSeconds),
      );
    // A second connection: it has a machine of its own, and collides when its OPEN comes (§6.8).
    case "TcpConnection_Valid": // Event 14
    case "Tcp_CR_Invalid": // Event 15
    case "Tcp_CR_Acked": // Event 16
      return to(state);
    case "TcpConnectionConfirmed": // Event 17
      return secondConnection(state, config);
    case "OpenCollisionDump": // Event 23
      return ceased(state, { subcode: CeaseSubcode.ConnectionCollisionResolution }, config);
    case "NotifMsgVerErr": // Event 24
    case "NotifMsg": // Event 25
      return endedByPeer(state, event.notification, config);
    case "TcpConnectionFails": // Event 18
      return connectionLost(state, event.detail, config);
    case "KeepAliveMsg": // Event 26
    case "UpdateMsg": // Event 27
      return to(state, ...restartHoldTimer(state));
    case "UpdateMsgErr": // Event 28
      return failed(state, event.error, config);
    case "BGPHeaderErr": // Event 21, for the RFC an FSM error; but §6.1 wants it named, and so do operators
      return failed(state, event.error, config);
    case "SendHoldTimer_Expires": // RFC 9687 §4.3
      return sendHoldTimerExpired(state, config);
    case "RouteRefreshMsg": // RFC 2918 §4
      return to(state, ...restartHoldTimer(state), ...refresh(state, event.message));
    case "RouteRefreshMsgErr": // RFC 7313 §5
      return failed(state, event.error, config);
    // Any other event (9, 12, 13, 20, 22); and 19, as an OPEN over another connection comes to that one's machine
    case "ConnectRetryTimer_Expires":
    case "DelayOpenTimer_Expires":
    case "IdleHoldTimer_Expires":
    case "BGPOpen":
    case "BGPOpen_with_DelayOpenTimer_running":
    case "BGPOpenMsgErr":
      return failed(state, fsmError(state.name, event.type), config);
    default:
      return event satisfies never;
  }
}

/**
 * A peer that restarts gracefully and connects anew has lost this connection, whatever TCP still believes (RFC 4724 §5).
 * A session that has not settled may see the tail of a collision instead: there the OPEN decides, as without graceful restart.
 */
function secondConnection(state: Established, config: SessionConfig): Transition {
  const restarts = (state.negotiated.gracefulRestart?.families.length ?? 0) > 0;
  if (!restarts || !state.settled) return to(state);
  return connectionLost(state, "Connection replaced by a new one", config);
}

function restartHoldTimer({ negotiated }: Established): Action[] {
  return negotiated.holdTimeSeconds === 0 ? [] : [startTimer("HoldTimer", negotiated.holdTimeSeconds)];
}

/** A request for a family that is not exchanged, or of an unknown subtype, is ignored (RFC 2918 §4, RFC 7313 §5). */
function refresh({ negotiated }: Established, message: RouteRefreshMessage): Action[] {
  const family = familyOf(message.afi, message.safi);
  if (family === undefined || !negotiated.families.includes(family) || message.subtype === "unknown") return [];
  return [{ type: "route-refresh", message }];
}
