import { codecOf } from "../../protocol/attributes/codec-table.js";
import type { BgpError } from "../../protocol/wire/bgp-error.js";
import { type Answer, rawAttributes } from "./answer.js";
import type { Vector } from "./vectors.js";

/**
 * Where we answer differently from a source test, or from decoders that do not validate, and why.
 * A row passes by one of these only when our answer is exactly the one described.
 */

/** Faults that a parser's own test or a decoder has no reason to see, by the words of `BgpError.detail`. */
const FAULT_RULES: readonly { readonly rule: string; readonly detail: RegExp }[] = [
  { rule: "RFC 4271 §6.3: a next hop that is no host address", detail: /is no host address$/ },
  { rule: "RFC 7606 §3 d: a mandatory attribute is missing", detail: / is missing$/ },
  { rule: "RFC 5065 §5: confederation segments from outside", detail: /^AS_PATH has a confederation segment$/ },
  { rule: "RFC 7607 §2: AS 0", detail: / AS 0$/ },
  { rule: "RFC 4271 §6.3: a well-known attribute that we do not know", detail: /^well-known attribute \d+ is unknown$/ },
  { rule: "RFC 7606 §7.1: an ORIGIN that is not defined", detail: /^ORIGIN \d+ is not 0, 1 or 2$/ },
  {
    rule: "RFC 4271 §6.1: a length that the message type cannot have",
    detail: /^length \d+ is (not that of a KEEPALIVE|too short)/,
  },
  { rule: "RFC 4271 §6.1: a message type that we do not know", detail: /^message type \d+ is unknown$/ },
  { rule: "RFC 4271 §6.2: an optional parameter that we do not know", detail: /^optional parameter \d+ is unknown$/ },
  { rule: "RFC 7313 §5: a ROUTE-REFRESH of the wrong length", detail: /^ROUTE-REFRESH has length / },
  { rule: "RFC 7606 §3 c: wrong attribute flags", detail: / has flags 0x[0-9a-f]+$/ },
];

/** The documented rules behind all faults that withdraw or reset, or null when one of them has none. */
export function rulesFor(faults: readonly BgpError[]): readonly string[] | null {
  const severe = faults.filter((fault) => fault.action !== "attribute-discard");
  const rules = severe.map((fault) => FAULT_RULES.find(({ detail }) => detail.test(fault.detail))?.rule);
  return rules.some((rule) => rule === undefined) ? null : (rules as string[]);
}

/** Why we may take a message without complaint that the source's parser refuses, or null when nothing explains it. */
export function reasonToAccept(vector: Vector, bytes: Uint8Array, answer: Answer): string | null {
  if (vector.expect.disputed && answer.verdict === "attribute-discard") return DISPUTED;
  if (isMereDiscard(answer)) return MERE_DISCARD;
  if (vector.scope === "other-family" && answer.announced.length + answer.withdrawn.length === 0) {
    return "RFC 4760 §7: NLRI of families that we do not carry are skipped";
  }
  const strangers = rawAttributes(bytes).filter(({ code }) => code !== 14 && code !== 15 && codecOf(code) === undefined);
  const kept = answer.lists.flatMap((list) => [...(list.set.unknown ?? []), ...list.ignored]).map(({ code }) => code);
  if (strangers.length > 0 && strangers.every(({ code }) => kept.includes(code))) {
    return "RFC 4271 §5: optional attributes that we do not know are not judged";
  }
  const { message } = answer;
  if (message?.type === "open" && message.capabilities.some(({ type }) => type === "unknown")) {
    return "RFC 5492 §3: capabilities that we do not know are not judged";
  }
  return null;
}

/** Faults that a parser may call an error where RFC 7606 §3 f and RFC 6793 §6 want no more than attribute-discard. */
const DISCARDED = /^(ATOMIC_AGGREGATE|AGGREGATOR|AS4_AGGREGATOR|AS4_PATH) /;

function isMereDiscard(answer: Answer): boolean {
  return answer.verdict === "attribute-discard" && answer.faults.every(({ detail }) => DISCARDED.test(detail));
}

const MERE_DISCARD = "RFC 7606 §3 f, RFC 6793 §6: discarded, and the routes are kept";

/** Without prefixes announced a fault above attribute-discard resets (RFC 7606 §5.2), where one with prefixes would withdraw. */
export function isStrongerForWantOfPrefixes(bytes: Uint8Array, answer: Answer): boolean {
  const hasReach = rawAttributes(bytes).some(({ code }) => code === 14);
  const attributesEnd = 23 + bytes[19]! * 256 + bytes[20]!;
  const nlriStart = attributesEnd + bytes[attributesEnd - 2]! * 256 + bytes[attributesEnd - 1]!;
  return answer.verdict === "session-reset" && !hasReach && nlriStart === bytes.length;
}

export const NO_PREFIXES = "RFC 7606 §5.2: a fault where no prefix is announced";

/** The corpus says itself that the RFC is ambiguous, or that the action is one implementation's choice. */
export function isOpenQuestion(rule: string | undefined, answer: Answer): boolean {
  const isMild = answer.verdict === "treat-as-withdraw" || answer.verdict === "attribute-discard";
  return isMild && rule !== undefined && /ambiguous|FRR behaviour/.test(rule);
}

export const OPEN_QUESTION = "RFC 7606 §3 c: flags first, then what the attribute's own section says";

/** The corpus says itself that another answer is as good: a malformed AS4_PATH is discarded (RFC 6793 §6). */
export const DISPUTED = "RFC 6793 §6: AS4_PATH that is malformed, or from a four-octet speaker, is discarded";
