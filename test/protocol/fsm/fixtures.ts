import type { Capability, GracefulRestartCapability } from "../../../protocol/capabilities/capability.js";
import { type Negotiated, negotiate } from "../../../protocol/capabilities/negotiate.js";
import type { Action, Transition } from "../../../protocol/fsm/action.js";
import type { Event, EventType } from "../../../protocol/fsm/event.js";
import { SESSION_DEFAULTS, type SessionConfig } from "../../../protocol/fsm/session-config.js";
import type { State } from "../../../protocol/fsm/state.js";
import type { OpenMessage } from "../../../protocol/messages/open.js";
import { asn } from "../../../protocol/net/asn.js";
import { routerId } from "../../../protocol/net/router-id.js";
import { ErrorCode, sessionReset } from "../../../protocol/wire/bgp-error.js";

export const IPV4: Capability = { type: "multiprotocol", afi: 1, safi: 1 };
export const GRACEFUL: GracefulRestartCapability = {
  type: "graceful-restart",
  restarting: false,
  notification: true,
  restartTimeSeconds: 120,
  families: [{ afi: 1, safi: 1, forwardingPreserved: true }],
};

/** We are AS 65001 with identifier 10.0.0.1, the peer AS 65002 with 10.0.0.2. */
export const CONFIG: SessionConfig = {
  ...SESSION_DEFAULTS,
  open: {
    asNumber: asn(65001),
    holdTimeSeconds: 90,
    keepaliveSeconds: null,
    routerId: routerId(0x0a000001),
    peerAs: asn(65002),
    capabilities: [IPV4, { type: "route-refresh" }, { type: "four-octet-as", asNumber: asn(65001) }],
  },
};

export const PEER_OPEN: OpenMessage = {
  type: "open",
  version: 4,
  myAs: asn(65002),
  holdTimeSeconds: 180,
  routerId: routerId(0x0a000002),
  capabilities: [IPV4, { type: "route-refresh" }, { type: "four-octet-as", asNumber: asn(65002) }],
};

export const NEGOTIATED: Negotiated = negotiate(CONFIG.open, PEER_OPEN);

/** One state of each kind, after one failure. */
export const STATES = {
  Idle: { name: "Idle", connectRetryCounter: 1, damped: false },
  Connect: { name: "Connect", connectRetryCounter: 1, delayOpen: false },
  "Connect, DelayOpen": { name: "Connect", connectRetryCounter: 1, delayOpen: true },
  Active: { name: "Active", connectRetryCounter: 1, delayOpen: false },
  "Active, DelayOpen": { name: "Active", connectRetryCounter: 1, delayOpen: true },
  OpenSent: { name: "OpenSent", connectRetryCounter: 1 },
  OpenConfirm: { name: "OpenConfirm", connectRetryCounter: 1, negotiated: NEGOTIATED },
  Established: { name: "Established", connectRetryCounter: 1, negotiated: NEGOTIATED, settled: false },
} as const satisfies Record<string, State>;

const NO_DATA = new Uint8Array(0);

/** One event of each type. */
export const EVENTS: { readonly [type in EventType]: Extract<Event, { readonly type: type }> } = {
  ManualStart: { type: "ManualStart" },
  ManualStop: { type: "ManualStop", cease: { subcode: 2 } },
  AutomaticStart: { type: "AutomaticStart" },
  ManualStart_with_PassiveTcpEstablishment: { type: "ManualStart_with_PassiveTcpEstablishment" },
  AutomaticStart_with_PassiveTcpEstablishment: { type: "AutomaticStart_with_PassiveTcpEstablishment" },
  AutomaticStart_with_DampPeerOscillations: { type: "AutomaticStart_with_DampPeerOscillations" },
  AutomaticStart_with_DampPeerOscillations_and_PassiveTcpEstablishment: {
    type: "AutomaticStart_with_DampPeerOscillations_and_PassiveTcpEstablishment",
  },
  AutomaticStop: { type: "AutomaticStop", cease: { subcode: 1 } },
  ConnectRetryTimer_Expires: { type: "ConnectRetryTimer_Expires" },
  HoldTimer_Expires: { type: "HoldTimer_Expires" },
  KeepaliveTimer_Expires: { type: "KeepaliveTimer_Expires" },
  DelayOpenTimer_Expires: { type: "DelayOpenTimer_Expires" },
  IdleHoldTimer_Expires: { type: "IdleHoldTimer_Expires" },
  TcpConnection_Valid: { type: "TcpConnection_Valid" },
  Tcp_CR_Invalid: { type: "Tcp_CR_Invalid" },
  Tcp_CR_Acked: { type: "Tcp_CR_Acked" },
  TcpConnectionConfirmed: { type: "TcpConnectionConfirmed" },
  TcpConnectionFails: { type: "TcpConnectionFails", detail: "Connection refused" },
  BGPOpen: { type: "BGPOpen", open: PEER_OPEN },
  BGPOpen_with_DelayOpenTimer_running: { type: "BGPOpen_with_DelayOpenTimer_running", open: PEER_OPEN },
  BGPHeaderErr: { type: "BGPHeaderErr", error: sessionReset(ErrorCode.MessageHeader, 2, "length 18") },
  BGPOpenMsgErr: { type: "BGPOpenMsgErr", error: sessionReset(ErrorCode.OpenMessage, 4, "optional parameter 9") },
  OpenCollisionDump: { type: "OpenCollisionDump" },
  NotifMsgVerErr: { type: "NotifMsgVerErr", notification: { type: "notification", code: 2, subcode: 1, data: NO_DATA } },
  NotifMsg: { type: "NotifMsg", notification: { type: "notification", code: 6, subcode: 2, data: NO_DATA } },
  KeepAliveMsg: { type: "KeepAliveMsg" },
  UpdateMsg: { type: "UpdateMsg" },
  UpdateMsgErr: { type: "UpdateMsgErr", error: sessionReset(ErrorCode.UpdateMessage, 1, "no end") },
  SendHoldTimer_Expires: { type: "SendHoldTimer_Expires" },
  RouteRefreshMsg: { type: "RouteRefreshMsg", message: { type: "route-refresh", afi: 1, safi: 1, subtype: "request" } },
  RouteRefreshMsgErr: { type: "RouteRefreshMsgErr", error: sessionReset(ErrorCode.RouteRefreshMessage, 1, "length 22") },
};

/** A transition in a line: "Idle 2: stop HoldTimer, NOTIFICATION 4/0, drop, start IdleHoldTimer 10"; the number is the ConnectRetryCounter. */
export function words({ state, actions }: Transition): string {
  const delaying = "delayOpen" in state && state.delayOpen ? ", DelayOpen" : "";
  const damped = state.name === "Idle" && state.damped ? ", damped" : "";
  const settled = state.name === "Established" && state.settled ? ", settled" : "";
  const head = `${state.name}${delaying}${damped}${settled} ${state.connectRetryCounter}`;
  return actions.length === 0 ? head : `${head}: ${actions.map(actionWords).join(", ")}`;
}

function actionWords(action: Action): string {
  switch (action.type) {
    case "send":
      if (action.message.type !== "notification") return action.message.type.toUpperCase();
      return `NOTIFICATION ${action.message.code}/${action.message.subcode}`;
    case "start-timer":
      return `start ${action.timer} ${action.seconds}`;
    case "stop-timer":
      return `stop ${action.timer}`;
    case "guard-sending":
      return `guard sending ${action.seconds}`;
    case "drop-connection":
      return "drop";
    default:
      return action.type;
  }
}
