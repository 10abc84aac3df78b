import type { Capability } from "../capabilities/capability.js";
import { decodeCapability, encodeCapability } from "../capabilities/capability-codec.js";
import { type Asn, asn } from "../net/asn.js";
import { type RouterId, routerId } from "../net/router-id.js";
import { err, ok, type Result } from "../result.js";
import { type BgpError, ErrorCode, OpenSubcode, sessionReset } from "../wire/bgp-error.js";
import { ByteReader } from "../wire/byte-reader.js";
import { ByteWriter } from "../wire/byte-writer.js";
import { MessageType, OptionalParameter } from "../wire/iana.js";
import { finishMessage, HEADER_LENGTH, writeHeader } from "./header.js";

/** The OPEN message (RFC 4271 §4.2). */
export interface OpenMessage {
  readonly type: "open";
  readonly version: number;
  readonly myAs: Asn; // the 2-octet field: AS_TRANS when the real number stands in the capability
  readonly holdTimeSeconds: number; // 0, or 3..65535
  readonly routerId: RouterId; // BGP Identifier
  readonly capabilities: readonly Capability[]; // in order; RFC 5492, RFC 9072
}

const VERSION = 4;

/**
 * Decodes the OPEN in `bytes[start, end)`, header included and checked. What the fields say is judged by the FSM (§6.2).
 * Of a version that we do not speak nothing after the identifier is read.
 *
 * @returns an error 2/0 when optional parameters do not fit or a capability that we know is malformed,
 *   2/4 when a parameter is no capabilities parameter
 */
export function decodeOpen(bytes: Uint8Array, start: number, end: number): Result<OpenMessage, BgpError> {
  const reader = new ByteReader(bytes, start + HEADER_LENGTH, end);
  const version = reader.u8();
  const head = {
    type: "open" as const,
    version,
    myAs: asn(reader.u16()),
    holdTimeSeconds: reader.u16(),
    routerId: routerId(reader.u32()),
  };
  if (version !== VERSION) return ok({ ...head, capabilities: [] });
  const capabilities = readParameters(reader);
  return capabilities.ok ? ok({ ...head, capabilities: capabilities.value }) : capabilities;
}

function readParameters(reader: ByteReader): Result<Capability[], BgpError> {
  const length = reader.u8();
  const parameters = new ByteReader(reader.rest());
  // RFC 9072 §2: type 255 first and a length field of 255 (to be accepted with any other but 0) announce the extended form
  const isExtended = length > 0 && parameters.remaining >= 3 && isExtendedMark(parameters);
  const total = isExtended ? parameters.u16() : length;
  if (total !== parameters.remaining) return malformed(`optional parameters have ${parameters.remaining} octets, not ${total}`);
  const capabilities: Capability[] = [];
  while (parameters.remaining > 0) {
    const type = parameters.u8();
    const value = parameters.view(isExtended ? parameters.u16() : parameters.u8());
    if (parameters.overrun) return malformed("the optional parameters end within one");
    if (type !== OptionalParameter.Capabilities) return err(unsupportedParameter(type));
    const fault = readCapabilities(value, capabilities);
    if (fault !== null) return malformed(fault);
  }
  return ok(capabilities);
}

/** Takes the parameter type 255 when it comes next. */
function isExtendedMark(parameters: ByteReader): boolean {
  if (parameters.peek() !== OptionalParameter.ExtendedLength) return false;
  parameters.u8();
  return true;
}

function readCapabilities(value: Uint8Array, capabilities: Capability[]): string | null {
  const reader = new ByteReader(value);
  while (reader.remaining > 0) {
    const code = reader.u8();
    const octets = reader.view(reader.u8());
    if (reader.overrun) return "the capabilities end within one";
    const capability = decodeCapability(code, octets);
    if (capability === null) return `capability ${code} is malformed`;
    capabilities.push(capability);
  }
  return null;
}

function malformed(detail: string): Result<never, BgpError> {
  return err(sessionReset(ErrorCode.OpenMessage, OpenSubcode.Unspecific, detail));
}

function unsupportedParameter(type: number): BgpError {
  return sessionReset(ErrorCode.OpenMessage, OpenSubcode.UnsupportedOptionalParameter, `optional parameter ${type} is unknown`);
}

/**
 * Encodes an OPEN: one capabilities parameter for each capability, as every old speaker reads them; above 255 octets
 * the extended form with all capabilities in one parameter (RFC 9072).
 */
export function encodeOpen(message: OpenMessage): Uint8Array {
  const writer = new ByteWriter();
  writeHeader(writer, MessageType.Open);
  writer.u8(message.version);
  writer.u16(message.myAs);
  writer.u16(message.holdTimeSeconds);
  writer.u32(message.routerId);
  const parameters = plainParameters(message.capabilities);
  if (parameters.length <= 255) {
    writer.u8(parameters.length);
    writer.bytes(parameters);
  } else {
    writeExtended(message.capabilities, writer);
  }
  return finishMessage(writer);
}

function plainParameters(capabilities: readonly Capability[]): Uint8Array {
  const writer = new ByteWriter();
  for (const capability of capabilities) {
    const octets = encoded([capability]);
    writer.u8(OptionalParameter.Capabilities);
    writer.u8(octets.length);
    writer.bytes(octets);
  }
  return writer.toBytes();
}

function writeExtended(capabilities: readonly Capability[], writer: ByteWriter): void {
  const octets = encoded(capabilities);
  writer.u8(255);
  writer.u8(OptionalParameter.ExtendedLength);
  writer.u16(octets.length + 3);
  writer.u8(OptionalParameter.Capabilities);
  writer.u16(octets.length);
  writer.bytes(octets);
}

function encoded(capabilities: readonly Capability[]): Uint8Array {
  const writer = new ByteWriter();
  for (const capability of capabilities) encodeCapability(capability, writer);
  return writer.toBytes();
}
