import { err, ok, type Result } from "../result.js";
import { type BgpError, ErrorCode, HeaderSubcode, sessionReset } from "../wire/bgp-error.js";
import { MessageType } from "../wire/iana.js";
import type { CodecOptions } from "./codec-options.js";
import { checkHeader, encodeKeepalive, HEADER_LENGTH, type KeepaliveMessage } from "./header.js";
import { decodeNotification, encodeNotification, type NotificationMessage } from "./notification.js";
import { decodeOpen, encodeOpen, type OpenMessage } from "./open.js";
import { decodeRouteRefresh, encodeRouteRefresh, type RouteRefreshMessage } from "./route-refresh.js";
import { decodeUpdate, encodeUpdate, type UpdateMessage } from "./update.js";

/** A BGP message as objects. */
export type Message = OpenMessage | UpdateMessage | NotificationMessage | KeepaliveMessage | RouteRefreshMessage;

/**
 * Decodes one whole message, header included. Its values may share memory with `bytes`.
 *
 * @returns an error always means session reset; milder faults stand in `UpdateMessage.faults`
 */
export function decodeMessage(bytes: Uint8Array, options: CodecOptions): Result<Message, BgpError> {
  const error = checkWhole(bytes, options.maxMessageLength);
  return error === null ? decodeBody(bytes, 0, bytes.length, options) : err(error);
}

/** Decodes the message in `bytes[start, end)` whose header the framer has checked. */
export function decodeBody(bytes: Uint8Array, start: number, end: number, options: CodecOptions): Result<Message, BgpError> {
  switch (bytes[start + HEADER_LENGTH - 1]) {
    case MessageType.Open:
      return decodeOpen(bytes, start, end);
    case MessageType.Update:
      return decodeUpdate(bytes, start, end, options);
    case MessageType.Notification:
      return ok(decodeNotification(bytes, start, end));
    case MessageType.Keepalive:
      return ok({ type: "keepalive" });
    default:
      return decodeRouteRefresh(bytes, start, end); // the last type that a checked header can have
  }
}

/** Encodes one message, header included. */
export function encodeMessage(message: Message, options: CodecOptions): Uint8Array {
  switch (message.type) {
    case "open":
      return encodeOpen(message);
    case "update":
      return encodeUpdate(message, options);
    case "notification":
      return encodeNotification(message);
    case "keepalive":
      return encodeKeepalive();
    case "route-refresh":
      return encodeRouteRefresh(message);
    default:
      return message satisfies never;
  }
}

function checkWhole(bytes: Uint8Array, maxLength: number): BgpError | null {
  if (bytes.length < HEADER_LENGTH) return notThatLong(bytes);
  const error = checkHeader(bytes, 0, maxLength);
  if (error !== null) return error;
  return ((bytes[16]! << 8) | bytes[17]!) === bytes.length ? null : notThatLong(bytes);
}

function notThatLong(bytes: Uint8Array): BgpError {
  const detail = `the message has ${bytes.length} octets, which is not what its header says`;
  return sessionReset(ErrorCode.MessageHeader, HeaderSubcode.BadMessageLength, detail, bytes.slice(16, 18));
}
