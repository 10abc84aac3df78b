import { u16At } from "../attributes/attribute-codec.js";
import type { UnknownAttribute } from "../attributes/attribute-set.js";
import { type DecodedAttributes, decodeAttributes } from "../attributes/decode-attributes.js";
import { attributeEnd, strongest } from "../attributes/walk-attributes.js";
import type { Capability } from "../capabilities/capability.js";
import { peerAsOf } from "../capabilities/negotiate.js";
import { familyOf } from "../net/address-family.js";
import { formatRouterId } from "../net/router-id.js";
import type { BgpError, FaultAction } from "../wire/bgp-error.js";
import { AttributeCode, AttributeFlag, MessageType } from "../wire/iana.js";
import type { CodecOptions } from "./codec-options.js";
import { describeAttributes, describeUnknown, hex } from "./describe-attributes.js";
import { HEADER_LENGTH } from "./header.js";
import { decodeMessage, type Message } from "./message.js";
import { describeNotification, readShutdownCommunication } from "./notification.js";
import { type RoutePrefix, readPrefixes } from "./update.js";
import { UpdateReader } from "./update-reader.js";

type Description = Record<string, unknown>;

/**
 * One whole message, header included, as a JSON object for people and scripts:
 * `{type, withdrawn, announced, attributes, error?, …}` for an UPDATE, the fields of the others. Prefixes are texts, or
 * `{prefix, pathId}` under ADD-PATH. What RFC 7606 treats as withdrawn stands under `withdrawn`, and `error` says why.
 */
export function describeMessage(bytes: Uint8Array, options: CodecOptions): Description {
  const decoded = decodeMessage(bytes, options);
  if (!decoded.ok) return describeRefused(bytes, decoded.error);
  return decoded.value.type === "update" ? describeUpdate(bytes, options) : describeOther(decoded.value, bytes);
}

/** What ends the session: of an UPDATE nothing may be used. */
function describeRefused(bytes: Uint8Array, error: BgpError): Description {
  const type = typeName(bytes);
  return { type, ...(type === "update" && { withdrawn: [], announced: [], attributes: {} }), error: describeError(error) };
}

/** A fault as JSON: `data` in hex, when there is any. */
export function describeError(error: BgpError): Description {
  const { code, subcode, action, detail, data } = error;
  return { code, subcode, action, detail, ...(data.length > 0 && { data: hex(data) }) };
}

const NAMES: Readonly<Record<number, Message["type"]>> = {
  [MessageType.Open]: "open",
  [MessageType.Update]: "update",
  [MessageType.Notification]: "notification",
  [MessageType.Keepalive]: "keepalive",
  [MessageType.RouteRefresh]: "route-refresh",
};

function typeName(bytes: Uint8Array): string {
  const code = bytes.length < HEADER_LENGTH ? 0 : bytes[HEADER_LENGTH - 1]!;
  return NAMES[code] ?? "unknown";
}

function describeUpdate(bytes: Uint8Array, options: CodecOptions): Description {
  const reader = new UpdateReader(options);
  reader.read(bytes, 0, bytes.length); // without error, as `decodeMessage` found
  const withdrawn = reader.withdrawals.flatMap((slot) => (slot.present ? readPrefixes(slot.nlri) : []));
  const announced: RoutePrefix[] = [];
  const lists: DecodedAttributes[] = [];
  for (const slot of reader.announcements) {
    if (!slot.present) continue;
    const list = decodeAttributes(slot.bytes, slot.start, slot.end, options, slot.family);
    const isApplied = reader.action === "apply" && (list.action === "none" || list.action === "attribute-discard");
    (isApplied ? announced : withdrawn).push(...readPrefixes(slot.nlri));
    lists.push(list);
  }
  if (reader.looseAttributes !== null) lists.push(reader.looseAttributes);
  return {
    type: "update",
    withdrawn: withdrawn.map(describePrefix),
    announced: announced.map(describePrefix),
    attributes: describeLists(lists),
    ...(reader.endOfRib !== null && { endOfRib: reader.endOfRib }),
    ...ignoredParts(lists, foreignFamilies(bytes, options)),
    ...describeFaults([...reader.faults, ...lists.flatMap((list) => list.faults)]),
  };
}

function describePrefix({ prefix, pathId }: RoutePrefix): unknown {
  return pathId === undefined ? prefix.toString() : { prefix: prefix.toString(), pathId };
}

/** The attributes; a second announcement differs by its next hop only. */
function describeLists(lists: readonly DecodedAttributes[]): Description {
  const first = lists[0];
  const second = lists[1]?.set.nextHop;
  if (first === undefined) return {};
  return { ...describeAttributes(first.set), ...(second !== undefined && { mpNextHop: second.toString() }) };
}

/** What we do not read: optional non-transitive attributes that we do not know, and other families. */
function ignoredParts(lists: readonly DecodedAttributes[], families: readonly string[]): Description {
  const ignored: readonly UnknownAttribute[] = lists[0]?.ignored ?? [];
  return {
    ...(ignored.length > 0 && { ignoredAttributes: ignored.map(describeUnknown) }),
    ...(families.length > 0 && { ignoredFamilies: families }),
  };
}

/** The strongest fault, and all of them when there are more. */
function describeFaults(faults: readonly BgpError[]): Description {
  const distinct = faults.filter((fault, i) => faults.findIndex((other) => other.detail === fault.detail) === i);
  const action = distinct.reduce<"none" | FaultAction>((worst, fault) => strongest(worst, fault.action), "none");
  const error = distinct.find((fault) => fault.action === action);
  if (error === undefined) return {};
  return { error: describeError(error), ...(distinct.length > 1 && { errors: distinct.map(describeError) }) };
}

/** `afi/safi` of the multiprotocol attributes that were skipped. */
function foreignFamilies(bytes: Uint8Array, options: CodecOptions): string[] {
  const start = HEADER_LENGTH + 4 + u16At(bytes, HEADER_LENGTH);
  const end = start + u16At(bytes, start - 2);
  const families: string[] = [];
  for (let at = start, next = start; at < end; at = next) {
    next = attributeEnd(bytes, at, end);
    if (next < 0) break;
    const isMultiprotocol = bytes[at + 1] === AttributeCode.MpReachNlri || bytes[at + 1] === AttributeCode.MpUnreachNlri;
    if (!isMultiprotocol) continue;
    const value = at + ((bytes[at]! & AttributeFlag.ExtendedLength) !== 0 ? 4 : 3);
    const family = familyOf(u16At(bytes, value), bytes[value + 2]!);
    if (family === undefined || !options.families.has(family)) families.push(`${u16At(bytes, value)}/${bytes[value + 2]}`);
  }
  return families;
}

function describeOther(message: Exclude<Message, { readonly type: "update" }>, bytes: Uint8Array): Description {
  switch (message.type) {
    case "open": {
      const { type, version, myAs, holdTimeSeconds } = message;
      const capabilities = message.capabilities.map(describeCapability);
      const asNumber = peerAsOf(message);
      return { type, version, myAs, asNumber, holdTimeSeconds, routerId: formatRouterId(message.routerId), capabilities };
    }
    case "notification": {
      const { type, code, subcode, data } = message;
      const communication = readShutdownCommunication(message);
      const text = { description: describeNotification(message), ...(communication !== null && { communication }) };
      return { type, code, subcode, data: hex(data), ...text };
    }
    case "keepalive":
      return { type: message.type };
    case "route-refresh":
      return { ...message, subtypeCode: bytes[HEADER_LENGTH + 2] };
    default:
      return message satisfies never;
  }
}

function describeCapability(capability: Capability): Description {
  return capability.type === "unknown" ? { ...capability, value: hex(capability.value) } : { ...capability };
}
