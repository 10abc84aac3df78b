import type { AttributeSet } from "../../protocol/attributes/attribute-set.js";
import { codecOf } from "../../protocol/attributes/codec-table.js";
import { type DecodedAttributes, decodeAttributes } from "../../protocol/attributes/decode-attributes.js";
import { strongest } from "../../protocol/attributes/walk-attributes.js";
import type { CodecOptions } from "../../protocol/messages/codec-options.js";
import { describeMessage } from "../../protocol/messages/describe.js";
import { decodeMessage, encodeMessage, type Message } from "../../protocol/messages/message.js";
import { type RoutePrefix, readPrefixes } from "../../protocol/messages/update.js";
import { UpdateReader } from "../../protocol/messages/update-reader.js";
import { Family } from "../../protocol/net/address-family.js";
import type { BgpError, FaultAction } from "../../protocol/wire/bgp-error.js";
import type { VectorContext } from "./vectors.js";

/** What we make of one message. */
export interface Answer {
  readonly message: Message | null; // null: session reset
  readonly verdict: "ok" | FaultAction;
  readonly faults: readonly BgpError[]; // the error of a session reset included
  /** Prefixes by their place on the wire, whatever the verdict: `10.0.0.0/8`, or `10.0.0.0/8 7` with a path id. */
  readonly announced: readonly string[];
  readonly withdrawn: readonly string[];
  readonly lists: readonly AnsweredList[];
}

export interface AnsweredList extends DecodedAttributes {
  readonly family: Family;
  readonly prefixes: readonly RoutePrefix[];
}

const BOTH = new Set(Object.values(Family));

/** Codec options for a message whose session is known only by `context`; the rest is read off the bytes. */
export function optionsFor(bytes: Uint8Array, context: VectorContext | undefined): CodecOptions {
  const attributes = rawAttributes(bytes);
  const aggregator = attributes.find(({ code }) => code === 7);
  return {
    fourOctetAs: context?.asn4 ?? aggregator?.length !== 6,
    internal: context?.peer === undefined ? attributes.some(({ code }) => code === 5) : context.peer === "ibgp",
    addPath: context?.add_path ? BOTH : new Set(),
    families: BOTH,
    extendedNextHop: true,
    maxMessageLength: bytes.length > 4096 ? 65535 : 4096,
  };
}

/** An attribute as it stands in a message. */
export interface RawAttribute {
  readonly code: number;
  readonly valueAt: number;
  readonly length: number;
}

/** The attributes of an UPDATE, as far as they can be read. */
export function rawAttributes(bytes: Uint8Array): readonly RawAttribute[] {
  const found: RawAttribute[] = [];
  const u16 = (at: number) => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  if (bytes[18] !== 2) return found;
  let at = 23 + u16(19);
  const end = Math.min(bytes.length, at + u16(at - 2));
  while (at + 3 <= end) {
    const flags = bytes[at] ?? 0;
    const wide = (flags & 0x10) !== 0;
    const length = wide ? u16(at + 2) : (bytes[at + 2] ?? 0);
    const valueAt = at + (wide ? 4 : 3);
    found.push({ code: bytes[at + 1] ?? 0, valueAt, length });
    at = valueAt + length;
  }
  return found;
}

/** Decodes a message in every way we have; throws when they contradict each other. */
export function answer(bytes: Uint8Array, options: CodecOptions): Answer {
  describeMessage(bytes, options);
  const decoded = decodeMessage(bytes, options);
  if (!decoded.ok) {
    return { message: null, verdict: "session-reset", faults: [decoded.error], announced: [], withdrawn: [], lists: [] };
  }
  const message = decoded.value;
  if (message.type !== "update") return { message, verdict: "ok", faults: [], announced: [], withdrawn: [], lists: [] };
  const parts = split(bytes, options);
  const action = [...message.faults].reduce<"none" | FaultAction>((worst, fault) => strongest(worst, fault.action), "none");
  return { message, verdict: action === "none" ? "ok" : action, faults: message.faults, ...parts };
}

function split(bytes: Uint8Array, options: CodecOptions) {
  const reader = new UpdateReader(options);
  const error = reader.read(bytes, 0, bytes.length);
  if (error !== null) throw new Error(`UpdateReader refuses what decodeMessage accepts: ${error.detail}`);
  const withdrawn = reader.withdrawals.flatMap((slot) => (slot.present ? readPrefixes(slot.nlri) : []));
  const lists: AnsweredList[] = [];
  for (const slot of reader.announcements) {
    if (!slot.present) continue;
    const list = decodeAttributes(slot.bytes, slot.start, slot.end, options, slot.family);
    lists.push({ ...list, family: slot.family, prefixes: readPrefixes(slot.nlri) });
  }
  const announced = lists.flatMap((list) => list.prefixes);
  return { announced: announced.map(prefixText), withdrawn: withdrawn.map(prefixText), lists };
}

export function prefixText({ prefix, pathId }: RoutePrefix): string {
  return pathId === undefined ? prefix.toString() : `${prefix} ${pathId}`;
}

/** Null when encoding and decoding the answer's message gives it back, else what differs. */
export function roundTrip({ message }: Answer, options: CodecOptions): string | null {
  if (message === null || isEmpty(message)) return null;
  const again = decodeMessage(encodeMessage(message, options), { ...options, maxMessageLength: 65535 });
  if (!again.ok) return `what we encode does not decode: ${again.error.detail}`;
  const before = comparable(message);
  const after = comparable(again.value);
  return before === after ? null : `encoded and decoded it differs: ${after} instead of ${before}`;
}

/** An UPDATE of which nothing is left would be encoded as an End-of-RIB marker. */
function isEmpty(message: Message): boolean {
  return message.type === "update" && message.withdrawn.length + message.announced.length === 0 && message.endOfRib === null;
}

/** Faults are of the bytes received, so they do not survive; nor does the order of withdrawn families. */
function comparable(message: Message): string {
  const value =
    message.type === "update"
      ? { ...message, faults: [], action: "none", withdrawn: message.withdrawn.map(prefixText).sort() }
      : message;
  return JSON.stringify(value, (_key, field: unknown) => {
    if (field instanceof Uint8Array) return Buffer.from(field).toString("hex");
    const isRecord = typeof field === "object" && field !== null && !Array.isArray(field);
    return isRecord ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1))) : field;
  });
}

/** Attributes of an accepted UPDATE that are nowhere in the answer. */
export function accountsForAll(bytes: Uint8Array, { lists, message }: Answer): readonly string[] {
  if (message?.type !== "update" || lists.length === 0) return [];
  const merged = [14, 15, 17, 18]; // MP attributes carry prefixes and next hop; RFC 6793 merges the other two
  const sets = lists.map(({ set }) => set as Record<string, unknown>);
  const strangers = lists.flatMap(({ set, ignored }) => [...(set.unknown ?? []), ...ignored]).map(({ code }) => code);
  const isThere = (code: number) => {
    const key = codecOf(code)?.key;
    return key === undefined ? strangers.includes(code) : sets.some((set) => set[key] !== undefined);
  };
  const missing = rawAttributes(bytes).filter(({ code }) => !merged.includes(code) && !isThere(code));
  return missing.map(({ code }) => `attribute ${code} is lost`);
}

/** The attributes of the only list, or of the one for `family`. */
export function attributesOf(answer: Answer, family?: Family): AttributeSet {
  return (answer.lists.find((list) => family === undefined || list.family === family) ?? answer.lists[0])?.set ?? {};
}
