import { attributeFault, OPTIONAL_NON_TRANSITIVE, u16At } from "../attributes/attribute-codec.js";
import { type DecodedAttributes, decodeLooseAttributes } from "../attributes/decode-attributes.js";
import { checkReachFraming, MP_REACH_MIN_LENGTH, MP_UNREACH_MIN_LENGTH } from "../attributes/multiprotocol.js";
import { attributeEnd, overrunFault, repetitionFault } from "../attributes/walk-attributes.js";
import { Family, familyOf } from "../net/address-family.js";
import { checkNlri, NlriBlock } from "../nlri/nlri-block.js";
import { type BgpError, ErrorCode, sessionReset, UpdateSubcode } from "../wire/bgp-error.js";
import { AttributeCode, AttributeFlag } from "../wire/iana.js";
import { AttributeListCopy } from "./attribute-list-copy.js";
import type { CodecOptions } from "./codec-options.js";
import { HEADER_LENGTH } from "./header.js";

/** Prefixes of one family announced by an UPDATE, and the attribute list that they share. */
export class AnnouncementSlot {
  present = false;
  family: Family = Family.Ipv4Unicast;
  readonly nlri = new NlriBlock();
  /** The attribute list is `bytes[start, end)`: see `UpdateReader`. */
  bytes: Uint8Array = NO_BYTES;
  start = 0;
  end = 0;
}

/** Prefixes of one family withdrawn by an UPDATE. */
export class WithdrawalSlot {
  present = false;
  readonly nlri = new NlriBlock();
}

const NO_BYTES = new Uint8Array(0);
const NO_FAULTS: readonly BgpError[] = [];
const NONE = -1;

/**
 * Splits an UPDATE (RFC 4271 §4.3, RFC 4760) by index arithmetic: which bytes are prefixes, of what family, and which
 * are the attributes of those announced. It does not judge the attributes (`checkAttributes` does), but everything
 * that decides whether prefixes can be found: RFC 7606 §3 g, i, j, §4 and §5.
 *
 * An announcement's attribute list is the message's own, as received, when that has neither MP_REACH_NLRI nor
 * MP_UNREACH_NLRI. Otherwise it is a copy without MP_UNREACH_NLRI in which
 *   - prefixes of MP_REACH_NLRI keep that attribute, cut down to the reserved octet, at its ascending place, and no NEXT_HOP;
 *   - prefixes of the NLRI field have no MP_REACH_NLRI.
 * So one list is one set of attributes with one next hop. Slots and lists are valid until the next `read`.
 */
export class UpdateReader {
  /** Of the NLRI field, and of MP_REACH_NLRI. */
  readonly announcements: readonly [AnnouncementSlot, AnnouncementSlot] = [new AnnouncementSlot(), new AnnouncementSlot()];
  /** Of the Withdrawn Routes field, and of MP_UNREACH_NLRI. Apply them before the announcements (RFC 4271 §4.3). */
  readonly withdrawals: readonly [WithdrawalSlot, WithdrawalSlot] = [new WithdrawalSlot(), new WithdrawalSlot()];
  /** The family whose End-of-RIB marker the message is (RFC 4724 §2). */
  endOfRib: Family | null = null;
  faults: readonly BgpError[] = NO_FAULTS;
  /** "treat-as-withdraw": what is announced is to be withdrawn, whatever its attributes. */
  action: "apply" | "treat-as-withdraw" = "apply";
  /** The attributes of a message that announces nothing, decoded; null when it has none, or announces something. */
  looseAttributes: DecodedAttributes | null = null;

  readonly #options: CodecOptions;
  readonly #copy = new AttributeListCopy();
  #bytes: Uint8Array = NO_BYTES;
  #listStart = 0;
  #listEnd = 0; // of the part that is well framed
  #reachAt = NONE;
  #unreachAt = NONE;

  constructor(options: CodecOptions) {
    this.#options = options;
  }

  /**
   * @param bytes holds the message, header included, in `[start, end)`; the header has been checked
   * @returns null, or the error that ends the session: then the slots are empty
   */
  read(bytes: Uint8Array, start: number, end: number): BgpError | null {
    this.#clear(bytes);
    const error = this.#split(start + HEADER_LENGTH, end);
    if (error !== null) this.#clear(NO_BYTES);
    return error;
  }

  #clear(bytes: Uint8Array): void {
    this.announcements[0].present = false;
    this.announcements[1].present = false;
    this.withdrawals[0].present = false;
    this.withdrawals[1].present = false;
    this.endOfRib = null;
    this.faults = NO_FAULTS;
    this.action = "apply";
    this.looseAttributes = null;
    this.#bytes = bytes;
    this.#copy.clear();
    this.#reachAt = NONE;
    this.#unreachAt = NONE;
  }

  #split(start: number, end: number): BgpError | null {
    const bytes = this.#bytes;
    if (end - start < 4) return badList("the message ends before its length fields");
    const withdrawnEnd = start + 2 + u16At(bytes, start);
    if (withdrawnEnd + 2 > end) return badList("Withdrawn Routes Length exceeds the message");
    const attributesEnd = withdrawnEnd + 2 + u16At(bytes, withdrawnEnd);
    if (attributesEnd > end) return badList("Total Path Attribute Length exceeds the message");
    this.#listStart = withdrawnEnd + 2;
    return (
      this.#findMultiprotocol(attributesEnd) ??
      this.#readClassic(start + 2, withdrawnEnd, attributesEnd, end) ??
      this.#readUnreach() ??
      this.#readReach() ??
      this.#judgeUnreachable(attributesEnd < end) ??
      this.#noteEndOfRib(end - start, attributesEnd)
    );
  }

  /** Walks the attribute headers (RFC 7606 §4) and remembers where the multiprotocol ones stand. */
  #findMultiprotocol(attributesEnd: number): BgpError | null {
    const bytes = this.#bytes;
    let at = this.#listStart;
    while (at < attributesEnd) {
      const next = attributeEnd(bytes, at, attributesEnd);
      if (next < 0) {
        const fault = overrunFault(bytes, at, attributesEnd);
        if (fault.action === "session-reset") return { ...fault, data: bytes.slice(at, attributesEnd) };
        this.#listEnd = at;
        return this.#withdrawAll({ ...fault, data: bytes.slice(at, attributesEnd) });
      }
      const code = bytes[at + 1]!;
      if (code === AttributeCode.MpReachNlri) {
        if (this.#reachAt !== NONE) return { ...repetitionFault(code), data: bytes.slice(at, next) };
        this.#reachAt = at;
      } else if (code === AttributeCode.MpUnreachNlri) {
        if (this.#unreachAt !== NONE) return { ...repetitionFault(code), data: bytes.slice(at, next) };
        this.#unreachAt = at;
      }
      at = next;
    }
    this.#listEnd = attributesEnd;
    return null;
  }

  /** The Withdrawn Routes and NLRI fields: IPv4 unicast, ignored when that was not negotiated. */
  #readClassic(withdrawnStart: number, withdrawnEnd: number, nlriStart: number, nlriEnd: number): BgpError | null {
    if (!this.#options.families.has(Family.Ipv4Unicast)) return null;
    const addPath = this.#options.addPath.has(Family.Ipv4Unicast);
    if (withdrawnEnd > withdrawnStart) {
      const fault = checkNlri(this.#bytes, withdrawnStart, withdrawnEnd, Family.Ipv4Unicast, addPath);
      if (fault !== null) return badField(`Withdrawn Routes: ${fault}`);
      this.#withdraw(this.withdrawals[0], withdrawnStart, withdrawnEnd, Family.Ipv4Unicast, addPath);
    }
    if (nlriEnd > nlriStart) {
      const fault = checkNlri(this.#bytes, nlriStart, nlriEnd, Family.Ipv4Unicast, addPath);
      if (fault !== null) return badField(fault);
      this.#announce(this.announcements[0], nlriStart, nlriEnd, Family.Ipv4Unicast, addPath);
    }
    return null;
  }

  #readUnreach(): BgpError | null {
    const at = this.#unreachAt;
    if (at === NONE) return null;
    const start = this.#valueOf(at);
    const end = attributeEnd(this.#bytes, at, this.#listEnd);
    if (end - start < MP_UNREACH_MIN_LENGTH) return this.#badAttribute(at, `MP_UNREACH_NLRI has ${end - start} octets`);
    const error = this.#checkFlags(at);
    if (error !== null) return error;
    const family = this.#familyAt(start);
    if (family === null || end === start + MP_UNREACH_MIN_LENGTH) return null;
    const addPath = this.#options.addPath.has(family);
    const fault = checkNlri(this.#bytes, start + MP_UNREACH_MIN_LENGTH, end, family, addPath);
    if (fault !== null) return this.#badAttribute(at, `MP_UNREACH_NLRI: ${fault}`);
    this.#withdraw(this.withdrawals[1], start + MP_UNREACH_MIN_LENGTH, end, family, addPath);
    return null;
  }

  #readReach(): BgpError | null {
    const at = this.#reachAt;
    if (at === NONE) return null;
    const start = this.#valueOf(at);
    const end = attributeEnd(this.#bytes, at, this.#listEnd);
    if (end - start < MP_REACH_MIN_LENGTH) return this.#badAttribute(at, `MP_REACH_NLRI has ${end - start} octets`);
    const error = this.#checkFlags(at);
    if (error !== null) return error;
    const family = this.#familyAt(start);
    if (family === null) return null;
    const framing = checkReachFraming(this.#bytes, start, end);
    if (framing !== null) return this.#badAttribute(at, framing.detail);
    const nlriStart = start + MP_REACH_MIN_LENGTH + this.#bytes[start + 3]!;
    if (nlriStart === end) return null;
    const addPath = this.#options.addPath.has(family);
    const fault = checkNlri(this.#bytes, nlriStart, end, family, addPath);
    if (fault !== null) return this.#badAttribute(at, `MP_REACH_NLRI: ${fault}`);
    this.#announce(this.announcements[1], nlriStart, end, family, addPath);
    return null;
  }

  /**
   * Attributes without any prefix announced: nothing mandatory is missing, but an error in them may have hidden the
   * prefixes, so everything above attribute-discard ends the session (RFC 7606 §5.2).
   */
  #judgeUnreachable(hasNlri: boolean): BgpError | null {
    if (hasNlri || this.announcements[1].present || this.#isForeignReach()) return null;
    if (this.faults.length > 0) return { ...this.faults[0]!, action: "session-reset" };
    const isCopied = this.#reachAt !== NONE || this.#unreachAt !== NONE;
    const start = isCopied ? this.#copy.append(this.#bytes, this.#listStart, this.#listEnd, NONE) : this.#listStart;
    const end = isCopied ? this.#copy.length : this.#listEnd;
    if (start === end) return null;
    this.looseAttributes = decodeLooseAttributes(isCopied ? this.#copy.bytes : this.#bytes, start, end, this.#options);
    this.faults = this.looseAttributes.faults;
    const worst = this.faults.find((fault) => fault.action !== "attribute-discard");
    return worst === undefined ? null : { ...worst, action: "session-reset" };
  }

  /** MP_REACH_NLRI of a family that we do not carry: its prefixes are skipped, but they are there. */
  #isForeignReach(): boolean {
    return this.#reachAt !== NONE && this.#familyAt(this.#valueOf(this.#reachAt)) === null;
  }

  /** An UPDATE without anything, or with nothing but an MP_UNREACH_NLRI without prefixes (RFC 4724 §2). */
  #noteEndOfRib(bodyLength: number, attributesEnd: number): null {
    if (bodyLength === 4) this.endOfRib = Family.Ipv4Unicast;
    const at = this.#unreachAt;
    if (at === NONE || at !== this.#listStart) return null;
    const start = this.#valueOf(at);
    const isAlone = attributesEnd === start + MP_UNREACH_MIN_LENGTH && bodyLength === 4 + attributesEnd - this.#listStart;
    if (isAlone) this.endOfRib = this.#familyAt(start);
    return null;
  }

  #announce(slot: AnnouncementSlot, start: number, end: number, family: Family, addPath: boolean): void {
    slot.present = true;
    slot.family = family;
    slot.nlri.set(this.#bytes, start, end, family, addPath);
    if (this.#reachAt === NONE && this.#unreachAt === NONE) {
      slot.bytes = this.#bytes;
      slot.start = this.#listStart;
      slot.end = this.#listEnd;
      return;
    }
    const reachAt = slot === this.announcements[1] ? this.#reachAt : NONE;
    slot.start = this.#copy.append(this.#bytes, this.#listStart, this.#listEnd, reachAt);
    slot.end = this.#copy.length;
    slot.bytes = this.#copy.bytes;
  }

  #withdraw(slot: WithdrawalSlot, start: number, end: number, family: Family, addPath: boolean): void {
    slot.present = true;
    slot.nlri.set(this.#bytes, start, end, family, addPath);
  }

  #withdrawAll(fault: BgpError): null {
    this.faults = [fault];
    this.action = "treat-as-withdraw";
    return null;
  }

  #valueOf(at: number): number {
    return at + ((this.#bytes[at]! & AttributeFlag.ExtendedLength) !== 0 ? 4 : 3);
  }

  /** The family at the head of a multiprotocol attribute, or null when it was not negotiated: then it is ignored (RFC 4760 §7). */
  #familyAt(valueStart: number): Family | null {
    const family = familyOf(u16At(this.#bytes, valueStart), this.#bytes[valueStart + 2]!);
    return family !== undefined && this.#options.families.has(family) ? family : null;
  }

  /** RFC 7606 §5.3: with other flags the attribute's prefixes count as unparsable. */
  #checkFlags(at: number): BgpError | null {
    const flags = this.#bytes[at]!;
    if ((flags & (AttributeFlag.Optional | AttributeFlag.Transitive)) === OPTIONAL_NON_TRANSITIVE) return null;
    const error = this.#badAttribute(at, `attribute ${this.#bytes[at + 1]!} has flags 0x${flags.toString(16)}`);
    return { ...error, subcode: UpdateSubcode.AttributeFlagsError };
  }

  #badAttribute(at: number, detail: string): BgpError {
    const data = this.#bytes.slice(at, attributeEnd(this.#bytes, at, this.#listEnd));
    return { ...attributeFault("session-reset", UpdateSubcode.OptionalAttributeError, detail), data };
  }
}

/** RFC 7606 §4, RFC 4271 §6.3 */
function badList(detail: string): BgpError {
  return sessionReset(ErrorCode.UpdateMessage, UpdateSubcode.MalformedAttributeList, detail);
}

/** RFC 7606 §5.3, RFC 4271 §6.3 */
function badField(detail: string): BgpError {
  return sessionReset(ErrorCode.UpdateMessage, UpdateSubcode.InvalidNetworkField, detail);
}
