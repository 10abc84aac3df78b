import type { AttributeSet } from "../../protocol/attributes/attribute-set.js";
import { codecOf } from "../../protocol/attributes/codec-table.js";
import { checkAttributes, type DecodedAttributes, decodeAttributes } from "../../protocol/attributes/decode-attributes.js";
import type { MpNextHop } from "../../protocol/attributes/multiprotocol.js";
import type { CodecOptions } from "../../protocol/messages/codec-options.js";
import { type AnnouncementSlot, UpdateReader } from "../../protocol/messages/update-reader.js";
import { Family } from "../../protocol/net/address-family.js";
import type { BgpError } from "../../protocol/wire/bgp-error.js";
import { rawAttributes } from "./answer.js";
import { bgpdumpFields, rawPrefixes } from "./bgpdump.js";
import { rulesFor } from "./deviations.js";

/** One line of `bgpdump -m` for a prefix of an UPDATE, without what stands before the prefix. */
export interface UpdateLine {
  readonly kind: "A" | "W";
  readonly text: string; // prefix, and the attributes of an announcement
}

/** Turns UPDATEs into bgpdump's lines. That program judges nothing: what we refuse by a documented rule is printed all the same. */
export class UpdateLines {
  readonly problems: string[] = [];
  readonly rules = new Set<string>();
  readonly #readers = new Map<string, UpdateReader>();

  /** The lines of one UPDATE, or the error of a session reset. */
  of(bytes: Uint8Array, fourOctetAs: boolean, addPath: boolean): readonly UpdateLine[] | BgpError {
    const options = recordOptions(fourOctetAs, addPath, rawAttributes(bytes).some(isLocalPref));
    const reader = this.#readerFor(options);
    const error = reader.read(bytes, 0, bytes.length);
    if (error !== null) return error;
    const lines: UpdateLine[] = [];
    for (const slot of reader.withdrawals) {
      if (slot.present) for (const prefix of rawPrefixes(slot.nlri)) lines.push({ kind: "W", text: prefix });
    }
    for (const slot of reader.announcements) {
      if (!slot.present) continue;
      const fields = bgpdumpFields(this.#attributesOf(slot, options));
      for (const prefix of rawPrefixes(slot.nlri)) lines.push({ kind: "A", text: `${prefix}|${fields}` });
    }
    return lines;
  }

  /** The set with the values that a documented rule took out of it. */
  setOf(decoded: DecodedAttributes, options: CodecOptions): AttributeSet {
    const rules = rulesFor(decoded.faults);
    for (const rule of rules ?? []) this.rules.add(rule);
    if (rules === null) this.problems.push(...decoded.faults.map(({ detail }) => detail));
    return Object.assign({ ...decoded.set }, ...decoded.faults.map((fault) => refusedValue(fault, options)));
  }

  /** Decodes, and sees to it that the verdict without objects is the same. */
  #attributesOf({ bytes, start, end, family }: AnnouncementSlot, options: CodecOptions): AttributeSet {
    const verdict = checkAttributes(bytes, start, end, options, family);
    const decoded = decodeAttributes(bytes, start, end, options, family);
    if (verdict.action !== decoded.action || verdict.clean !== decoded.clean) this.problems.push("checkAttributes disagrees");
    return this.setOf(decoded, options);
  }

  #readerFor(options: CodecOptions): UpdateReader {
    const key = `${options.fourOctetAs} ${options.addPath.size} ${options.internal}`;
    const reader = this.#readers.get(key) ?? new UpdateReader(options);
    this.#readers.set(key, reader);
    return reader;
  }
}

/** What the attribute of a fault says, when only its meaning or its flags are wrong. */
function refusedValue(fault: BgpError, options: CodecOptions): AttributeSet {
  const codec = fault.data.length > 3 ? codecOf(fault.data[1]!) : undefined;
  if (codec === undefined) return {};
  const start = (fault.data[0]! & 0x10) === 0 ? 3 : 4;
  const end = fault.data.length;
  const isReadable = / AS 0$|is no host address$|confederation segment$/.test(fault.detail);
  if (!isReadable && codec.check(fault.data, start, end, options) !== null) return {};
  const value = codec.read(fault.data, start, end, options);
  return codec.key === "mpNextHop" ? { nextHop: (value as MpNextHop).nextHop } : { [codec.key]: value };
}

const BOTH = new Set(Object.values(Family));

/** Options for a collector's record; who sends LOCAL_PREF is taken for internal, for bgpdump prints it whoever sent it. */
export function recordOptions(fourOctetAs: boolean, addPath: boolean, internal: boolean): CodecOptions {
  return {
    fourOctetAs,
    internal,
    addPath: addPath ? BOTH : new Set(),
    families: BOTH,
    extendedNextHop: true,
    maxMessageLength: 65535,
  };
}

function isLocalPref({ code }: { readonly code: number }): boolean {
  return code === 5;
}
