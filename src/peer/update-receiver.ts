import { checkAttributes, decodeAttributes } from "../../protocol/attributes/decode-attributes.js";
import { encodeAttributes } from "../../protocol/attributes/encode-attributes.js";
import type { CodecOptions } from "../../protocol/messages/codec-options.js";
import { type AnnouncementSlot, UpdateReader } from "../../protocol/messages/update-reader.js";
import type { Family } from "../../protocol/net/address-family.js";
import type { NlriBlock } from "../../protocol/nlri/nlri-block.js";
import type { BgpError } from "../../protocol/wire/bgp-error.js";
import type { Rib } from "../../rib/rib.js";
import { DecodeContext } from "../../rib/store/attribute-set-table.js";
import { type AttributeSetId, NO_ATTRIBUTES, type PeerId } from "../../rib/store/ids.js";

/**
 * Takes a peer's UPDATE messages into its Adj-RIB-In.
 *
 * Attribute bytes that were met before, from any peer of the same kind, are recognised by their bytes: they are decoded
 * and validated (RFC 7606) once, ever. What validation changed is interned in the form it was changed to.
 */
export class UpdateReceiver {
  readonly #rib: Rib;
  readonly #peer: PeerId;
  readonly #options: CodecOptions;
  readonly #context: DecodeContext;
  readonly #reader: UpdateReader;
  readonly #onFault: (fault: BgpError) => void;
  readonly #onExcessPaths: (paths: number) => void;
  readonly #onEndOfRib: (family: Family) => void;

  constructor(parts: {
    rib: Rib;
    peer: PeerId;
    options: CodecOptions;
    onFault: (fault: BgpError) => void;
    /** So many routes were not stored, as the peer has too many paths (RFC 7911). */
    onExcessPaths: (paths: number) => void;
    onEndOfRib: (family: Family) => void;
  }) {
    this.#rib = parts.rib;
    this.#peer = parts.peer;
    this.#options = parts.options;
    this.#context = parts.options.internal ? DecodeContext.Internal : DecodeContext.External;
    this.#reader = new UpdateReader(parts.options);
    this.#onFault = parts.onFault;
    this.#onExcessPaths = parts.onExcessPaths;
    this.#onEndOfRib = parts.onEndOfRib;
  }

  /**
   * @param start where the message, header included, begins in `bytes`
   * @returns the error that ends the session (RFC 7606 §2, session reset), or null
   */
  receive(bytes: Uint8Array, start: number, end: number): BgpError | null {
    const reader = this.#reader;
    const fatal = reader.read(bytes, start, end);
    if (fatal) {
      this.#onFault(fatal);
      return fatal;
    }
    for (const fault of reader.faults) this.#onFault(fault);
    for (const withdrawal of reader.withdrawals) {
      if (withdrawal.present) this.#rib.withdraw(this.#peer, withdrawal.nlri);
    }
    for (const announcement of reader.announcements) {
      if (!announcement.present) continue;
      const error = this.#announce(announcement, reader.action === "treat-as-withdraw");
      if (error) return error;
    }
    if (reader.endOfRib) this.#onEndOfRib(reader.endOfRib);
    return null;
  }

  #announce(announcement: AnnouncementSlot, withdraw: boolean): BgpError | null {
    const { nlri, bytes, start, end } = announcement;
    if (withdraw) {
      this.#rib.withdraw(this.#peer, nlri);
      return null;
    }
    const { fourOctetAs } = this.#options;
    const known = fourOctetAs ? this.#rib.attributes.find(bytes, start, end, this.#context) : NO_ATTRIBUTES;
    if (known !== NO_ATTRIBUTES) {
      this.#store(nlri, known);
      return null;
    }
    return this.#announceNew(announcement);
  }

  /** The first time these bytes come: validate, intern. */
  #announceNew({ nlri, bytes, start, end, family }: AnnouncementSlot): BgpError | null {
    const { clean, action, faults } = checkAttributes(bytes, start, end, this.#options, family);
    for (const fault of faults) this.#onFault(fault);
    if (action === "session-reset") return faults.find((fault) => fault.action === "session-reset") ?? null;
    if (action === "treat-as-withdraw" || action === "afi-safi-disable") {
      this.#rib.withdraw(this.#peer, nlri);
      return null;
    }
    const set = clean ? this.#internAsReceived(bytes, start, end) : this.#internAsDecoded(bytes, start, end, family);
    this.#store(nlri, set);
    this.#rib.attributes.release(set);
    return null;
  }

  #store(nlri: NlriBlock, set: AttributeSetId): void {
    const excess = this.#rib.announce(this.#peer, nlri, set);
    if (excess > 0) this.#onExcessPaths(excess);
  }

  #internAsReceived(bytes: Uint8Array, start: number, end: number): AttributeSetId {
    return this.#rib.attributes.internMissing(bytes, start, end, this.#context);
  }

  /** What was discarded is left out, two-octet AS numbers are merged with AS4_PATH (RFC 6793). */
  #internAsDecoded(bytes: Uint8Array, start: number, end: number, family: Family): AttributeSetId {
    const { set } = decodeAttributes(bytes, start, end, this.#options, family);
    const canonical = encodeAttributes(set, family, { fourOctetAs: true });
    return this.#rib.attributes.intern(canonical, 0, canonical.length, {});
  }
}
