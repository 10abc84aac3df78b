import type { Event } from "../../protocol/fsm/event.js";
import type { State } from "../../protocol/fsm/state.js";
import type { CodecOptions } from "../../protocol/messages/codec-options.js";
import { HEADER_LENGTH } from "../../protocol/messages/header.js";
import { decodeBody, type Message } from "../../protocol/messages/message.js";
import { type BgpError, ErrorCode, OpenSubcode } from "../../protocol/wire/bgp-error.js";
import { MessageType } from "../../protocol/wire/iana.js";

const KEEPALIVE_RECEIVED: Event = { type: "KeepAliveMsg" };
export const UPDATE_RECEIVED: Event = { type: "UpdateMsg" };

/**
 * The event (RFC 4271 §8.1.5) that the message in `bytes[start, end)` is, whose header the framer has checked. UPDATEs are not looked into: in Established the tables have
 * read them already, and elsewhere they are wrong whatever they say.
 */
export function receivedEvent(bytes: Uint8Array, start: number, end: number, state: State, options: CodecOptions): Event {
  const type = bytes[start + HEADER_LENGTH - 1];
  if (type === MessageType.Update) return UPDATE_RECEIVED;
  if (type === MessageType.Keepalive) return KEEPALIVE_RECEIVED;
  const decoded = decodeBody(bytes, start, end, options);
  return decoded.ok ? messageEvent(decoded.value, state) : errorEvent(decoded.error);
}

function messageEvent(message: Message, state: State): Event {
  switch (message.type) {
    case "open": {
      const isDelaying = state.name === "Connect" || state.name === "Active";
      return { type: isDelaying ? "BGPOpen_with_DelayOpenTimer_running" : "BGPOpen", open: message };
    }
    case "notification": {
      const isVersion = message.code === ErrorCode.OpenMessage && message.subcode === OpenSubcode.UnsupportedVersionNumber;
      return { type: isVersion ? "NotifMsgVerErr" : "NotifMsg", notification: message };
    }
    case "route-refresh":
      return { type: "RouteRefreshMsg", message };
    case "update":
      return UPDATE_RECEIVED;
    case "keepalive":
      return KEEPALIVE_RECEIVED;
  }
}

/** The event of a message that cannot be read, or of a stream that cannot be framed. */
export function errorEvent(error: BgpError): Event {
  switch (error.code) {
    case ErrorCode.OpenMessage:
      return { type: "BGPOpenMsgErr", error };
    case ErrorCode.RouteRefreshMessage:
      return { type: "RouteRefreshMsgErr", error };
    default:
      return { type: "BGPHeaderErr", error };
  }
}
