import { type BgpError, ErrorCode, HeaderSubcode, sessionReset } from "../wire/bgp-error.js";
import { ByteWriter } from "../wire/byte-writer.js";
import { MessageType } from "../wire/iana.js";

/** Octets of marker, length and type (RFC 4271 §4.1). */
export const HEADER_LENGTH = 19;

/** The KEEPALIVE message: a header and nothing else (§4.4). */
export interface KeepaliveMessage {
  readonly type: "keepalive";
}

const MARKER_LENGTH = 16;
const PLAIN_MAX_LENGTH = 4096;

/** The shortest message of each type (§6.1); the length of a ROUTE-REFRESH is judged by its own rule (RFC 7313 §5). */
const MIN_LENGTH: readonly number[] = [19, 29, 23, 21, 19, 19];

/**
 * Checks the header at `bytes[at, at + 19)` (RFC 4271 §6.1).
 *
 * @param maxLength 4096, or 65535 with extended messages (RFC 8654), which OPEN and KEEPALIVE never are (its §4)
 * @returns null when sound; else 1/1 marker not all ones, 1/2 with the Length field as data, 1/3 with the Type field as data
 */
export function checkHeader(bytes: Uint8Array, at: number, maxLength: number): BgpError | null {
  for (let i = 0; i < MARKER_LENGTH; i++) {
    if (bytes[at + i] !== 0xff) return notSynchronized();
  }
  const length = (bytes[at + 16]! << 8) | bytes[at + 17]!;
  const type = bytes[at + 18]!;
  if (length < HEADER_LENGTH || length > maxLength) return badLength(length, `is not ${HEADER_LENGTH} to ${maxLength}`);
  if (type < MessageType.Open || type > MessageType.RouteRefresh) return badType(type);
  if (length < MIN_LENGTH[type]!) return badLength(length, `is too short for message type ${type}`);
  if (type === MessageType.Keepalive && length !== HEADER_LENGTH) return badLength(length, "is not that of a KEEPALIVE");
  if (type === MessageType.Open && length > PLAIN_MAX_LENGTH) return badLength(length, "is too long for an OPEN");
  return null;
}

function notSynchronized(): BgpError {
  return sessionReset(ErrorCode.MessageHeader, HeaderSubcode.ConnectionNotSynchronized, "the marker is not all ones");
}

function badLength(length: number, reason: string): BgpError {
  const data = Uint8Array.of(length >>> 8, length);
  return sessionReset(ErrorCode.MessageHeader, HeaderSubcode.BadMessageLength, `length ${length} ${reason}`, data);
}

function badType(type: number): BgpError {
  return sessionReset(
    ErrorCode.MessageHeader,
    HeaderSubcode.BadMessageType,
    `message type ${type} is unknown`,
    Uint8Array.of(type),
  );
}

/** Writes a header whose length `finishMessage` fills in. */
export function writeHeader(writer: ByteWriter, type: number): void {
  for (let i = 0; i < MARKER_LENGTH; i++) writer.u8(0xff);
  writer.u16(0);
  writer.u8(type);
}

/** Sets the Length field and returns the message. */
export function finishMessage(writer: ByteWriter): Uint8Array {
  writer.patchU16(MARKER_LENGTH, writer.length);
  return writer.toBytes();
}

export function encodeKeepalive(): Uint8Array {
  const writer = new ByteWriter(HEADER_LENGTH);
  writeHeader(writer, MessageType.Keepalive);
  return finishMessage(writer);
}
