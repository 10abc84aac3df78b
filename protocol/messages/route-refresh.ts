import { err, ok, type Result } from "../result.js";
import { type BgpError, ErrorCode, sessionReset } from "../wire/bgp-error.js";
import { ByteWriter } from "../wire/byte-writer.js";
import { MessageType } from "../wire/iana.js";
import { finishMessage, HEADER_LENGTH, writeHeader } from "./header.js";

/**
 * The ROUTE-REFRESH message (RFC 2918): a plain request, or begin and end of a refresh (BoRR and EoRR, RFC 7313).
 * A subtype that we do not know must be ignored (RFC 7313 §5).
 */
export interface RouteRefreshMessage {
  readonly type: "route-refresh";
  readonly afi: number;
  readonly safi: number;
  readonly subtype: "request" | "begin" | "end" | "unknown";
}

const SUBTYPES: readonly RouteRefreshMessage["subtype"][] = ["request", "begin", "end"]; // by value; RFC 7313 §3.2
const RESERVED_SUBTYPE = 255;
const INVALID_MESSAGE_LENGTH = 1; // RFC 7313 §5
const BODY_LENGTH = 4;

/**
 * Decodes the ROUTE-REFRESH in `bytes[start, end)`, header included and checked. The filters that RFC 5291 puts behind a
 * plain request are not read: we never ask for them.
 *
 * @returns an error 7/1 with the whole message as data when the length is wrong (RFC 7313 §5)
 */
export function decodeRouteRefresh(bytes: Uint8Array, start: number, end: number): Result<RouteRefreshMessage, BgpError> {
  const at = start + HEADER_LENGTH;
  const length = end - at;
  if (length < BODY_LENGTH) return wrongLength(bytes, start, end);
  const subtype = SUBTYPES[bytes[at + 2]!] ?? "unknown";
  const isMark = subtype === "begin" || subtype === "end";
  if (isMark && length !== BODY_LENGTH) return wrongLength(bytes, start, end);
  return ok({ type: "route-refresh", afi: (bytes[at]! << 8) | bytes[at + 1]!, safi: bytes[at + 3]!, subtype });
}

function wrongLength(bytes: Uint8Array, start: number, end: number): Result<never, BgpError> {
  const detail = `ROUTE-REFRESH has length ${end - start}`;
  return err(sessionReset(ErrorCode.RouteRefreshMessage, INVALID_MESSAGE_LENGTH, detail, bytes.slice(start, end)));
}

export function encodeRouteRefresh(message: RouteRefreshMessage): Uint8Array {
  const writer = new ByteWriter();
  const subtype = SUBTYPES.indexOf(message.subtype);
  writeHeader(writer, MessageType.RouteRefresh);
  writer.u16(message.afi);
  writer.u8(subtype < 0 ? RESERVED_SUBTYPE : subtype);
  writer.u8(message.safi);
  return finishMessage(writer);
}
