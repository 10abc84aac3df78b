import { copyOctets, Octets } from "../../protocol/attributes/octets.js";
import { AttributeCursor, AttributeFlag } from "../export/attribute-cursor.js";
import { capacityFor } from "../store/column.js";

/**
 * An attribute list that is being changed, octets [0, length) of `view`. Reused for every list, as a policy may change hundreds
 * of thousands of them: nothing is allocated once the buffers are large enough.
 *
 * A change is `open`, then as many writes as `open` was told octets, then `close`.
 */
export class AttributeList {
  length = 0;
  /** While a change is open: the present value of the attribute, octets [valueStart, valueEnd) of `view`; none when equal. */
  valueStart = 0;
  valueEnd = 0;

  readonly #cursor = new AttributeCursor();
  #list = new Octets(4096);
  #next = new Octets(4096);
  #at = 0;
  #flags = 0;

  get view(): DataView {
    return this.#list.view;
  }

  /** The buffer of `view`. */
  get bytes(): Uint8Array {
    return this.#list.bytes;
  }

  load(from: DataView, start: number, end: number): void {
    this.length = end - start;
    this.#list = withRoomFor(this.length, this.#list);
    copyOctets(this.view, 0, from, start, this.length);
  }

  /** Looks for the attribute, or for the place by type code where it would be. @param flags when there is none yet */
  find(code: number, flags: number): void {
    const cursor = this.#cursor;
    cursor.reset(this.view, 0, this.length);
    let end = 0; // of what comes before
    let isPresent = false;
    while (cursor.next() && cursor.code <= code) {
      isPresent = cursor.code === code;
      if (isPresent) break;
      end = cursor.valueEnd;
    }
    this.#at = end;
    this.#flags = isPresent ? cursor.flags : flags;
    this.valueStart = isPresent ? cursor.valueStart : end;
    this.valueEnd = isPresent ? cursor.valueEnd : end;
  }

  /** The 32-bit word of the present value, or of anything else in the list, at `at`. */
  word(at: number): number {
    return this.#cursor.word(at);
  }

  /** Begins the attribute that was looked for with a value of `length` octets, which the caller writes. */
  open(code: number, length: number): void {
    this.#next = withRoomFor(this.length + length + 4, this.#next);
    copyOctets(this.#next.view, 0, this.view, 0, this.#at);
    const isLong = length > 255;
    this.writeOctet(isLong ? this.#flags | AttributeFlag.ExtendedLength : this.#flags & ~AttributeFlag.ExtendedLength);
    this.writeOctet(code);
    if (isLong) this.writeOctet(length >>> 8);
    this.writeOctet(length);
  }

  writeOctet(value: number): void {
    this.#next.view.setUint8(this.#at++, value);
  }

  writeWord(value: number): void {
    this.#next.view.setInt32(this.#at, value);
    this.#at += 4;
  }

  /** Copies octets [start, end) of the list as it was. */
  copy(start: number, end: number): void {
    copyOctets(this.#next.view, this.#at, this.view, start, end - start);
    this.#at += end - start;
  }

  /** The list now has the new value, and behind it what was behind the old one. */
  close(): void {
    this.copy(this.valueEnd, this.length);
    const before = this.#list;
    this.#list = this.#next;
    this.#next = before;
    this.length = this.#at;
  }
}

/** The buffer, or a larger empty one. */
function withRoomFor(octets: number, buffer: Octets): Octets {
  const { length } = buffer.bytes;
  return octets <= length ? buffer : new Octets(capacityFor(octets, length));
}
