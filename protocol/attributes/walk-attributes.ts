import type { CodecOptions } from "../messages/codec-options.js";
import { type BgpError, type FaultAction, UpdateSubcode } from "../wire/bgp-error.js";
import { AttributeCode, AttributeFlag } from "../wire/iana.js";
import {
  type AttributeCodec,
  attributeDiscard,
  attributeFault,
  type DecodedFields,
  treatAsWithdraw,
  u16At,
} from "./attribute-codec.js";
import type { UnknownAttribute } from "./attribute-set.js";
import { codecOf } from "./codec-table.js";

const { Optional, Transitive, Partial, ExtendedLength } = AttributeFlag;

/** Faults kept of one list: a peer picks how many attributes it repeats. */
const MAX_FAULTS = 16;

const SEVERITY: Record<"none" | FaultAction, number> = {
  none: 0,
  "attribute-discard": 1,
  "treat-as-withdraw": 2,
  "afi-safi-disable": 3,
  "session-reset": 4,
};

/** Receives the values of an attribute list; without one the walk only judges. */
export interface AttributeSink {
  fields: { -readonly [K in keyof DecodedFields]: DecodedFields[K] };
  partial: number[];
  unknown: UnknownAttribute[];
  ignored: UnknownAttribute[];
}

/**
 * Walks a path attribute list by the rules of RFC 7606: framing (§4), repetition (§3 g), flags (§3 c), and each row's own.
 * Reusable; one walk's results stand until the next.
 */
export class AttributeWalk {
  /** At most 16, the strongest among them. */
  faults: BgpError[] = [];
  action: "none" | FaultAction = "none";
  /** Bit n: an attribute of type code n (below 31) is there. */
  present = 0;
  /** Nothing discarded or ignored, type codes strictly ascending, no MP_UNREACH_NLRI. */
  exact = true;

  run(bytes: Uint8Array, start: number, end: number, options: CodecOptions, sink: AttributeSink | null): void {
    if (this.faults.length > 0) this.faults = [];
    this.action = "none";
    this.present = 0;
    this.exact = true;
    let seen: Uint8Array | null = null; // type codes, once they turn out not to ascend
    let highest = -1;
    let at = start;
    while (at < end) {
      const next = attributeEnd(bytes, at, end);
      if (next < 0) {
        this.#report(overrunFault(bytes, at, end), bytes, at, end);
        return;
      }
      const code = bytes[at + 1]!;
      if (code > highest) highest = code;
      else {
        this.exact = false;
        seen ??= codesBefore(bytes, start, at);
      }
      if (seen !== null && seen[code] === 1) this.#report(repetitionFault(code), bytes, at, next);
      else this.#take(bytes, at, next, options, sink);
      if (seen !== null) seen[code] = 1;
      at = next;
    }
  }

  /** Notes the absence of a mandatory attribute (RFC 7606 §3 d). */
  missing(codec: AttributeCodec): void {
    const detail = `${codec.name} is missing`;
    const fault = treatAsWithdraw(UpdateSubcode.MissingWellKnownAttribute, detail);
    this.#keep({ ...fault, data: Uint8Array.of(codec.code) });
  }

  #take(bytes: Uint8Array, at: number, next: number, options: CodecOptions, sink: AttributeSink | null): void {
    const code = bytes[at + 1]!;
    if (code < 31) this.present |= 1 << code;
    const codec = codecOf(code);
    if (codec === undefined) {
      this.#takeUnknown(bytes, at, next, sink);
      return;
    }
    const valueStart = at + ((bytes[at]! & ExtendedLength) !== 0 ? 4 : 3);
    const fault = checkFlags(bytes[at]!, codec) ?? codec.check(bytes, valueStart, next, options);
    if (fault !== null) {
      this.#report(fault, bytes, at, next);
      return;
    }
    if (codec.isExact !== undefined && !codec.isExact(bytes, valueStart, next)) this.exact = false;
    if (sink === null) return;
    (sink.fields as Record<string, unknown>)[codec.key] = codec.read(bytes, valueStart, next, options);
    if ((bytes[at]! & Partial) !== 0) sink.partial.push(code);
  }

  #takeUnknown(bytes: Uint8Array, at: number, next: number, sink: AttributeSink | null): void {
    const flags = bytes[at]!;
    const code = bytes[at + 1]!;
    if ((flags & Optional) === 0) {
      // RFC 4271 §6.3 resets the session here; as BIRD (and unlike FRR) we go no further than RFC 7606 §2 asks in general
      const detail = `well-known attribute ${code} is unknown`;
      this.#report(treatAsWithdraw(UpdateSubcode.UnrecognizedWellKnownAttribute, detail), bytes, at, next);
      return;
    }
    const isIgnored = (flags & Transitive) === 0; // RFC 4271 §5
    if (isIgnored) this.exact = false;
    if (sink === null) return;
    const value = bytes.slice(at + ((flags & ExtendedLength) !== 0 ? 4 : 3), next);
    const attribute = { code, flags: flags & ~ExtendedLength, value };
    if (isIgnored) sink.ignored.push(attribute);
    else sink.unknown.push(attribute);
  }

  #report(fault: BgpError, bytes: Uint8Array, at: number, next: number): void {
    this.exact = false;
    this.#keep({ ...fault, data: bytes.slice(at, next) }); // RFC 4271 §6.3: type, length and value
  }

  #keep(fault: BgpError): void {
    const isStronger = SEVERITY[fault.action] > SEVERITY[this.action];
    this.exact = false;
    if (isStronger) this.action = fault.action;
    if (this.faults.length < MAX_FAULTS) this.faults.push(fault);
    else if (isStronger) this.faults[MAX_FAULTS - 1] = fault;
  }
}

/**
 * The end of the attribute at `at`, or -1 when its header or its value reaches beyond `end` (RFC 7606 §4).
 */
export function attributeEnd(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 3) return -1;
  let next: number;
  if ((bytes[at]! & ExtendedLength) === 0) next = at + 3 + bytes[at + 2]!;
  else if (end - at < 4) return -1;
  else next = at + 4 + u16At(bytes, at + 2);
  return next <= end ? next : -1;
}

/** RFC 7606 §4: withdraw, unless it is NLRI that cannot be found any more (§3 j). */
export function overrunFault(bytes: Uint8Array, at: number, end: number): BgpError {
  const code = end - at > 1 ? bytes[at + 1]! : 0;
  const detail = `the attribute list ends within an attribute${code === 0 ? "" : ` of type ${code}`}`;
  return attributeFault(
    isMultiprotocol(code) ? "session-reset" : "treat-as-withdraw",
    UpdateSubcode.MalformedAttributeList,
    detail,
  );
}

/** RFC 7606 §3 g */
export function repetitionFault(code: number): BgpError {
  const detail = `attribute ${code} appears more than once`;
  if (!isMultiprotocol(code)) return attributeDiscard(UpdateSubcode.MalformedAttributeList, detail);
  return attributeFault("session-reset", UpdateSubcode.MalformedAttributeList, detail);
}

/** RFC 7606 §3 h */
export function strongest(a: "none" | FaultAction, b: "none" | FaultAction): "none" | FaultAction {
  return SEVERITY[a] >= SEVERITY[b] ? a : b;
}

function isMultiprotocol(code: number): boolean {
  return code === AttributeCode.MpReachNlri || code === AttributeCode.MpUnreachNlri;
}

/** Optional and Transitive as the type demands; Partial only where a speaker may pass on what it does not know (RFC 4271 §4.3). */
function checkFlags(flags: number, codec: AttributeCodec): BgpError | null {
  const isRight = (flags & (Optional | Transitive)) === codec.flags && ((flags & Partial) === 0 || mayBePartial(codec));
  if (isRight) return null;
  return attributeFault(codec.flagsFault, UpdateSubcode.AttributeFlagsError, `${codec.name} has flags 0x${flags.toString(16)}`);
}

function mayBePartial(codec: AttributeCodec): boolean {
  return codec.flags === (Optional | Transitive);
}

function codesBefore(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const seen = new Uint8Array(256);
  for (let at = start; at < end; at = attributeEnd(bytes, at, end)) seen[bytes[at + 1]!] = 1;
  return seen;
}
