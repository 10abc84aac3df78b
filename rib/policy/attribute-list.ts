import { AttributeCursor, AttributeFlag } from "../export/attribute-cursor.js";
import { capacityFor } from "../store/column.js";

/**
 * An attribute list that is being changed, octets [0, length) of `bytes`. Reused for every list, as a policy may change hundreds
 * of thousands of them: nothing is allocated once the buffers are large enough.
 *
 * A change is `open`, then as many writes as `open` was told octets, then `close`.
 */
export class AttributeList {
  bytes = new Uint8Array(4096);
  length = 0;
  /** While a change is open: the present value of the attribute, octets [valueStart, valueEnd) of `bytes`; none when equal. */
  valueStart = 0;
  valueEnd = 0;

  readonly #cursor = new AttributeCursor();
  #next = new Uint8Array(4096);
  #at = 0;
  #flags = 0;

  load(from: Uint8Array, start: number, end: number): void {
    if (end - start > this.bytes.length) this.bytes = new Uint8Array(capacityFor(end - start, this.bytes.length));
    for (let i = start; i < end; i++) this.bytes[i - start] = from[i];
    this.length = end - start;
  }

  /** Looks for the attribute, or for the place by type code where it would be. @param flags when there is none yet */
  find(code: number, flags: number): void {
    const cursor = this.#cursor;
    cursor.reset(this.bytes, 0, this.length);
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
    const most = this.length + length + 4;
    if (most > this.#next.length) this.#next = new Uint8Array(capacityFor(most, this.#next.length));
    for (let i = 0; i < this.#at; i++) this.#next[i] = this.bytes[i];
    const isLong = length > 255;
    this.writeOctet(isLong ? this.#flags | AttributeFlag.ExtendedLength : this.#flags & ~AttributeFlag.ExtendedLength);
    this.writeOctet(code);
    if (isLong) this.writeOctet(length >>> 8);
    this.writeOctet(length);
  }

  writeOctet(value: number): void {
    this.#next[this.#at++] = value;
  }

  writeWord(value: number): void {
    this.writeOctet(value >>> 24);
    this.writeOctet(value >>> 16);
    this.writeOctet(value >>> 8);
    this.writeOctet(value);
  }

  /** Copies octets [start, end) of the list as it was. */
  copy(start: number, end: number): void {
    for (let i = start; i < end; i++) this.#next[this.#at++] = this.bytes[i];
  }

  /** The list now has the new value, and behind it what was behind the old one. */
  close(): void {
    this.copy(this.valueEnd, this.length);
    const before = this.bytes;
    this.bytes = this.#next;
    this.#next = before;
    this.length = this.#at;
  }
}
