import { CeaseSubcode, ErrorCode } from "../wire/bgp-error.js";
import { ByteWriter } from "../wire/byte-writer.js";
import { MessageType } from "../wire/iana.js";
import { decodeUtf8, encodeUtf8 } from "../wire/utf8.js";
import { finishMessage, HEADER_LENGTH, writeHeader } from "./header.js";

/** The NOTIFICATION message (RFC 4271 §4.5). Code and subcode as received: a peer may send ones that we do not know. */
export interface NotificationMessage {
  readonly type: "notification";
  readonly code: number;
  readonly subcode: number;
  readonly data: Uint8Array;
}

/** Decodes the NOTIFICATION in `bytes[start, end)`, header included and checked; `data` is a copy. */
export function decodeNotification(bytes: Uint8Array, start: number, end: number): NotificationMessage {
  const at = start + HEADER_LENGTH;
  return { type: "notification", code: bytes[at]!, subcode: bytes[at + 1]!, data: bytes.slice(at + 2, end) };
}

export function encodeNotification(message: NotificationMessage): Uint8Array {
  const writer = new ByteWriter();
  writeHeader(writer, MessageType.Notification);
  writer.u8(message.code);
  writer.u8(message.subcode);
  writer.bytes(message.data);
  return finishMessage(writer);
}

const MAX_COMMUNICATION = 255; // octets

/** Data of a Cease that tells the operator of the peer why (RFC 9003 §2); cut after 255 octets of UTF-8. */
export function shutdownCommunication(text: string): Uint8Array {
  const octets = encodeUtf8(text, MAX_COMMUNICATION);
  return Uint8Array.of(octets.length, ...octets);
}

/** The text of an Administrative Shutdown or Reset (RFC 9003 §2); null when it has none, or a wrong length. */
export function readShutdownCommunication({ code, subcode, data }: NotificationMessage): string | null {
  const mayHaveOne = subcode === CeaseSubcode.AdministrativeShutdown || subcode === CeaseSubcode.AdministrativeReset;
  if (code !== ErrorCode.Cease || !mayHaveOne || data.length < 2) return null;
  const length = data[0]!;
  return length === 0 || length > data.length - 1 ? null : decodeUtf8(data.subarray(1, 1 + length));
}

/** Code and subcode by name, with the shutdown communication: `Cease: Administrative Shutdown "maintenance"`. */
export function describeNotification(message: NotificationMessage): string {
  const { code, subcode } = message;
  const error = CODES[code];
  if (error === undefined) return `error ${code}/${subcode}`;
  const detail = subcode === 0 ? "" : `: ${error.subcodes[subcode] ?? `subcode ${subcode}`}`;
  const text = readShutdownCommunication(message);
  const hard = code === ErrorCode.Cease && subcode === CeaseSubcode.HardReset ? hardResetReason(message) : null;
  return `${error.name}${detail}${text === null ? "" : ` ${JSON.stringify(text)}`}${hard === null ? "" : ` (${hard})`}`;
}

/** RFC 8538 §3.1: a Hard Reset carries the code, subcode and data of its reason. */
function hardResetReason({ data }: NotificationMessage): string | null {
  if (data.length < 2 || (data[0] === ErrorCode.Cease && data[1] === CeaseSubcode.HardReset)) return null;
  return describeNotification({ type: "notification", code: data[0]!, subcode: data[1]!, data: data.slice(2) });
}

/** Names of the IANA registries "BGP Error (Notification) Codes" and their subcodes, by value. */
const CODES: Readonly<Record<number, { readonly name: string; readonly subcodes: Readonly<Record<number, string>> }>> = {
  1: {
    name: "Message Header Error",
    subcodes: { 1: "Connection Not Synchronized", 2: "Bad Message Length", 3: "Bad Message Type" },
  },
  2: {
    name: "OPEN Message Error",
    subcodes: {
      1: "Unsupported Version Number",
      2: "Bad Peer AS",
      3: "Bad BGP Identifier",
      4: "Unsupported Optional Parameter",
      6: "Unacceptable Hold Time",
      7: "Unsupported Capability",
      11: "Role Mismatch",
    },
  },
  3: {
    name: "UPDATE Message Error",
    subcodes: {
      1: "Malformed Attribute List",
      2: "Unrecognized Well-known Attribute",
      3: "Missing Well-known Attribute",
      4: "Attribute Flags Error",
      5: "Attribute Length Error",
      6: "Invalid ORIGIN Attribute",
      8: "Invalid NEXT_HOP Attribute",
      9: "Optional Attribute Error",
      10: "Invalid Network Field",
      11: "Malformed AS_PATH",
    },
  },
  4: { name: "Hold Timer Expired", subcodes: {} },
  5: {
    name: "Finite State Machine Error",
    subcodes: {
      1: "Unexpected Message in OpenSent State",
      2: "Unexpected Message in OpenConfirm State",
      3: "Unexpected Message in Established State",
    },
  },
  6: {
    name: "Cease",
    subcodes: {
      1: "Maximum Number of Prefixes Reached",
      2: "Administrative Shutdown",
      3: "Peer De-configured",
      4: "Administrative Reset",
      5: "Connection Rejected",
      6: "Other Configuration Change",
      7: "Connection Collision Resolution",
      8: "Out of Resources",
      9: "Hard Reset",
      10: "BFD Down",
    },
  },
  7: { name: "ROUTE-REFRESH Message Error", subcodes: { 1: "Invalid Message Length" } },
  8: { name: "Send Hold Timer Expired", subcodes: {} },
};
