import { type BgpError, ErrorCode, FsmSubcode, sessionReset } from "../wire/bgp-error.js";
import { MessageType } from "../wire/iana.js";
import type { EventType } from "./event.js";
import type { StateName } from "./state.js";

/** The message that an event stands for, by its type code; the other events come from timers and operators. */
const MESSAGE: { readonly [type in EventType]?: number } = {
  BGPOpen: MessageType.Open,
  BGPOpen_with_DelayOpenTimer_running: MessageType.Open,
  BGPOpenMsgErr: MessageType.Open,
  NotifMsgVerErr: MessageType.Notification,
  NotifMsg: MessageType.Notification,
  KeepAliveMsg: MessageType.Keepalive,
  UpdateMsg: MessageType.Update,
  UpdateMsgErr: MessageType.Update,
  RouteRefreshMsg: MessageType.RouteRefresh,
  RouteRefreshMsgErr: MessageType.RouteRefresh,
};

const UNEXPECTED: { readonly [state in StateName]?: number } = {
  OpenSent: FsmSubcode.UnexpectedInOpenSent,
  OpenConfirm: FsmSubcode.UnexpectedInOpenConfirm,
  Established: FsmSubcode.UnexpectedInEstablished,
};

/** The Finite State Machine Error for an event that its state does not expect (RFC 4271 §6.6, RFC 6608: data is the message's type). */
export function fsmError(state: StateName, event: EventType): BgpError {
  const message = MESSAGE[event];
  const detail = `${event} in state ${state}`;
  if (message === undefined) return sessionReset(ErrorCode.FiniteStateMachine, FsmSubcode.Unspecific, detail);
  const subcode = UNEXPECTED[state] ?? FsmSubcode.Unspecific;
  return sessionReset(ErrorCode.FiniteStateMachine, subcode, detail, Uint8Array.of(message));
}
