import { asn } from "../net/asn.js";
import { ByteReader } from "../wire/byte-reader.js";
import { ByteWriter } from "../wire/byte-writer.js";
import { CapabilityCode } from "../wire/iana.js";
import { decodeUtf8, encodeUtf8 } from "../wire/utf8.js";
import type { AddPathMode, AfiSafi, Capability, Role } from "./capability.js";

/** RFC 9234 §4.1, by value. */
const ROLES: readonly Role[] = ["provider", "route-server", "route-server-client", "customer", "peer"];
/** RFC 7911 §4, by value from 1. */
const MODES: readonly AddPathMode[] = ["receive", "send", "both"];

/**
 * Decodes the value of one capability (RFC 5492 §4). One that we do not know is kept as bytes, and so is a malformed one
 * that only informs.
 *
 * @returns null when the session would depend on a value that cannot be read
 */
export function decodeCapability(code: number, value: Uint8Array): Capability | null {
  const reader = new ByteReader(value);
  const capability = readCapability(code, reader);
  const isWellFormed = capability !== undefined && !reader.overrun && reader.remaining === 0;
  if (isWellFormed) return capability;
  const isKept = capability === undefined || code === CapabilityCode.Fqdn || code === CapabilityCode.SoftwareVersion;
  return isKept ? { type: "unknown", code, value: value.slice() } : null;
}

/** Undefined for what we do not know; what is left in `reader`, or missing there, is an error. */
function readCapability(code: number, reader: ByteReader): Capability | undefined {
  switch (code) {
    case CapabilityCode.Multiprotocol:
      return { type: "multiprotocol", ...readFamily(reader) };
    case CapabilityCode.RouteRefresh:
      return readFlag("route-refresh", reader);
    case CapabilityCode.ExtendedNextHop:
      return { type: "extended-next-hop", families: readExtendedNextHops(reader) };
    case CapabilityCode.ExtendedMessage:
      return readFlag("extended-message", reader);
    case CapabilityCode.Role:
      return readRole(reader);
    case CapabilityCode.GracefulRestart:
      return readGracefulRestart(reader);
    case CapabilityCode.FourOctetAs:
      return { type: "four-octet-as", asNumber: asn(reader.u32()) };
    case CapabilityCode.AddPath:
      return { type: "add-path", families: readAddPath(reader) };
    case CapabilityCode.EnhancedRouteRefresh:
      return readFlag("enhanced-route-refresh", reader);
    case CapabilityCode.Fqdn:
      return { type: "fqdn", hostname: readText(reader), domain: readText(reader) };
    case CapabilityCode.SoftwareVersion:
      return { type: "software-version", version: readText(reader) };
    default:
      return undefined;
  }
}

/** A capability without value; octets that come with it all the same say nothing. */
function readFlag(type: "route-refresh" | "extended-message" | "enhanced-route-refresh", reader: ByteReader): Capability {
  reader.rest();
  return { type };
}

function readFamily(reader: ByteReader): AfiSafi {
  const afi = reader.u16();
  reader.u8(); // reserved (RFC 4760 §8)
  return { afi, safi: reader.u8() };
}

/** RFC 8950 §4: AFI, SAFI in two octets, AFI of the next hop. */
function readExtendedNextHops(reader: ByteReader) {
  const families: (AfiSafi & { nextHopAfi: number })[] = [];
  while (reader.remaining > 0) families.push({ afi: reader.u16(), safi: reader.u16(), nextHopAfi: reader.u16() });
  return families;
}

/** A role that RFC 9234 does not name is kept as bytes. */
function readRole(reader: ByteReader): Capability {
  const value = reader.u8();
  const role = ROLES[value];
  return role === undefined
    ? { type: "unknown", code: CapabilityCode.Role, value: Uint8Array.of(value) }
    : { type: "role", role };
}

/** RFC 4724 §3: four bits of flags, twelve of time, then the families. */
function readGracefulRestart(reader: ByteReader): Capability {
  const head = reader.u16();
  const families: (AfiSafi & { forwardingPreserved: boolean })[] = [];
  while (reader.remaining > 0) {
    families.push({ afi: reader.u16(), safi: reader.u8(), forwardingPreserved: (reader.u8() & 0x80) !== 0 });
  }
  return {
    type: "graceful-restart",
    restarting: (head & 0x8000) !== 0,
    notification: (head & 0x4000) !== 0,
    restartTimeSeconds: head & 0x0fff,
    families,
  };
}

/** RFC 7911 §4: an entry with another Send/Receive value is ignored. */
function readAddPath(reader: ByteReader) {
  const families: (AfiSafi & { mode: AddPathMode })[] = [];
  while (reader.remaining > 0) {
    const family = { afi: reader.u16(), safi: reader.u8() };
    const mode = MODES[reader.u8() - 1];
    if (mode !== undefined) families.push({ ...family, mode });
  }
  return families;
}

function readText(reader: ByteReader): string {
  return decodeUtf8(reader.view(reader.u8()));
}

/** Writes code, length and value of one capability. */
export function encodeCapability(capability: Capability, writer: ByteWriter): void {
  const value = new ByteWriter(64);
  writer.u8(writeValue(capability, value));
  writer.u8(value.length);
  writer.bytes(value.toBytes());
}

/** Writes the value; returns the capability code. */
function writeValue(capability: Capability, writer: ByteWriter): number {
  switch (capability.type) {
    case "multiprotocol":
      writer.u16(capability.afi);
      writer.u8(0);
      writer.u8(capability.safi);
      return CapabilityCode.Multiprotocol;
    case "route-refresh":
      return CapabilityCode.RouteRefresh;
    case "extended-next-hop":
      for (const { afi, safi, nextHopAfi } of capability.families) {
        writer.u16(afi);
        writer.u16(safi);
        writer.u16(nextHopAfi);
      }
      return CapabilityCode.ExtendedNextHop;
    case "extended-message":
      return CapabilityCode.ExtendedMessage;
    case "role":
      writer.u8(ROLES.indexOf(capability.role));
      return CapabilityCode.Role;
    case "graceful-restart":
      writer.u16((capability.restarting ? 0x8000 : 0) | (capability.notification ? 0x4000 : 0) | capability.restartTimeSeconds);
      for (const { afi, safi, forwardingPreserved } of capability.families) {
        writer.u16(afi);
        writer.u8(safi);
        writer.u8(forwardingPreserved ? 0x80 : 0);
      }
      return CapabilityCode.GracefulRestart;
    case "four-octet-as":
      writer.u32(capability.asNumber);
      return CapabilityCode.FourOctetAs;
    case "add-path":
      for (const { afi, safi, mode } of capability.families) {
        writer.u16(afi);
        writer.u8(safi);
        writer.u8(MODES.indexOf(mode) + 1);
      }
      return CapabilityCode.AddPath;
    case "enhanced-route-refresh":
      return CapabilityCode.EnhancedRouteRefresh;
    case "fqdn":
      writeText(capability.hostname, writer);
      writeText(capability.domain, writer);
      return CapabilityCode.Fqdn;
    case "software-version":
      writeText(capability.version, writer);
      return CapabilityCode.SoftwareVersion;
    case "unknown":
      writer.bytes(capability.value);
      return capability.code;
    default:
      return capability satisfies never;
  }
}

const MAX_TEXT = 64; // octets; the hostname draft and the software version draft both ask for at most this

function writeText(text: string, writer: ByteWriter): void {
  const octets = encodeUtf8(text, MAX_TEXT);
  writer.u8(octets.length);
  writer.bytes(octets);
}
