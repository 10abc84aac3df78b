/**
 * A big-endian cursor over `bytes[start, end)` that never reads outside of it.
 *
 * Reading past the end yields zeros (or a short view) and sets `overrun`, so a decoder reads a whole structure
 * and asks once. Views share memory with `bytes`.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;
  #overrun = false;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** Octets not yet read. */
  get remaining(): number {
    return this.#end - this.#at;
  }

  /** True once something was read that is not there. */
  get overrun(): boolean {
    return this.#overrun;
  }

  /** The next octet, which stays to be read; 0 at the end. */
  peek(): number {
    return this.remaining > 0 ? this.#bytes[this.#at]! : 0;
  }

  u8(): number {
    return this.#take(1) ? this.#bytes[this.#at - 1]! : 0;
  }

  u16(): number {
    return (this.u8() << 8) | this.u8();
  }

  u32(): number {
    return this.u16() * 65536 + this.u16();
  }

  /** The next `length` octets as a view; fewer when there are not so many. */
  view(length: number): Uint8Array {
    const at = this.#at;
    return this.#take(length) ? this.#bytes.subarray(at, at + length) : this.#bytes.subarray(this.#end, this.#end);
  }

  /** All octets that are left, as a view. */
  rest(): Uint8Array {
    return this.view(this.remaining);
  }

  #take(length: number): boolean {
    if (length > this.#end - this.#at) {
      this.#overrun = true;
      this.#at = this.#end;
      return false;
    }
    this.#at += length;
    return true;
  }
}
