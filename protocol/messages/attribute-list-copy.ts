import { OPTIONAL_NON_TRANSITIVE } from "../attributes/attribute-codec.js";
import { copyOctets, Octets, WordView } from "../attributes/octets.js";
import { attributeEnd } from "../attributes/walk-attributes.js";
import { AttributeCode, AttributeFlag } from "../wire/iana.js";

const SOURCE = new WordView(); // of all copies: one of each would hold a chunk for hours

/** A scratch that holds attribute lists of one UPDATE without the prefixes of their multiprotocol attributes. */
export class AttributeListCopy {
  length = 0;
  #octets = new Octets(4096);

  /** The lists are in octets [0, length). */
  get bytes(): Uint8Array {
    return this.#octets.bytes;
  }

  clear(): void {
    this.length = 0;
  }

  /**
   * Appends the well-framed list `source[start, end)` without MP_REACH_NLRI and MP_UNREACH_NLRI.
   *
   * @param reachAt where an MP_REACH_NLRI stands that shall be kept, cut down to the reserved octet, in place of
   *   NEXT_HOP (RFC 4760 §3: the one does not count beside the other); or -1
   * @returns where the copy begins; it ends at `length`. Buffers of earlier copies stay as they are
   */
  append(source: Uint8Array, start: number, end: number, reachAt: number): number {
    this.#reserve(end - start);
    const begin = this.length;
    let isReachDue = reachAt >= 0;
    for (let at = start, next = start; at < end; at = next) {
      next = attributeEnd(source, at, end);
      const code = source[at + 1]!;
      if (isReachDue && code > AttributeCode.MpReachNlri) {
        this.#writeReach(source, reachAt);
        isReachDue = false;
      }
      if (code === AttributeCode.MpReachNlri || code === AttributeCode.MpUnreachNlri) continue;
      if (code === AttributeCode.NextHop && reachAt >= 0) continue;
      this.#write(source, at, next);
    }
    if (isReachDue) this.#writeReach(source, reachAt);
    return begin;
  }

  #writeReach(source: Uint8Array, at: number): void {
    const value = at + ((source[at]! & AttributeFlag.ExtendedLength) !== 0 ? 4 : 3);
    const length = 4 + source[value + 3]!; // AFI, SAFI, length of next hop, next hop
    this.bytes[this.length++] = OPTIONAL_NON_TRANSITIVE;
    this.bytes[this.length++] = AttributeCode.MpReachNlri;
    this.bytes[this.length++] = length + 1;
    this.#write(source, value, value + length);
    this.bytes[this.length++] = 0; // reserved
  }

  #write(source: Uint8Array, start: number, end: number): void {
    copyOctets(this.#octets.view, this.length, SOURCE.of(source), start, end - start);
    this.length += end - start;
  }

  #reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    this.#octets = new Octets(2 * (this.length + more));
    this.length = 0;
  }
}
