const HEADER_BYTES = 19;

/** Splits what a socket delivers into BGP messages; a message that ends in the next delivery is kept until then. */
export class MessageSplitter {
  readonly #message: (bytes: Uint8Array, start: number, end: number) => void;
  readonly #carry = new Uint8Array(65536);
  #carried = 0;

  /** @param message is given each whole message, header included; the bytes are valid during the call */
  constructor(message: (bytes: Uint8Array, start: number, end: number) => void) {
    this.#message = message;
  }

  feed(bytes: Uint8Array, length: number): void {
    let at = this.#carried === 0 ? 0 : this.#finishCarried(bytes, length);
    while (length - at >= HEADER_BYTES) {
      const end = at + ((bytes[at + 16]! << 8) | bytes[at + 17]!);
      if (end > length || end < at + HEADER_BYTES) break;
      this.#message(bytes, at, end);
      at = end;
    }
    if (at < length) this.#keep(bytes, at, length);
  }

  /** @returns how many of the new bytes belong to the message carried over */
  #finishCarried(bytes: Uint8Array, length: number): number {
    let taken = 0;
    if (this.#carried < HEADER_BYTES) taken = this.#keep(bytes, 0, Math.min(length, HEADER_BYTES - this.#carried));
    if (this.#carried < HEADER_BYTES) return taken;
    const whole = (this.#carry[16]! << 8) | this.#carry[17]!;
    taken += this.#keep(bytes, taken, Math.min(length, taken + whole - this.#carried));
    if (this.#carried < whole) return taken;
    this.#carried = 0;
    this.#message(this.#carry, 0, whole);
    return taken;
  }

  #keep(bytes: Uint8Array, from: number, end: number): number {
    this.#carry.set(bytes.subarray(from, end), this.#carried);
    this.#carried += end - from;
    return end - from;
  }
}
