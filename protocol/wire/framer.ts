import { checkHeader, HEADER_LENGTH } from "../messages/header.js";
import type { BgpError } from "./bgp-error.js";

const NO_BYTES = new Uint8Array(0);

/**
 * Splits a TCP byte stream into BGP messages (RFC 4271 §4.1).
 *
 * A message that lies wholly in a chunk is a view into it. One that does not is put together in a buffer of the framer's
 * own; what a chunk leaves over is copied there, so after `next()` returned false the caller may reuse the chunk.
 * The message of one `next()` is valid until the following call of `next()` or `push()`.
 */
export class Framer {
  /** Longest message accepted: 4096 until the OPENs agreed on 65535 (RFC 8654). */
  maxLength: 4096 | 65535 = 4096;

  /** The message found by `next()`, header included: `bytes[start, end)`, its type at `bytes[start + 18]`. */
  bytes: Uint8Array = NO_BYTES;
  start = 0;
  end = 0;

  #chunk: Uint8Array = NO_BYTES;
  #at = 0;
  #partial: Uint8Array = NO_BYTES;
  #partialLength = 0;
  #error: BgpError | null = null;

  /** Hands over the bytes that came next; `next()` must have returned false before. */
  push(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** @returns true: a message is there; false: push more; an error: the stream is lost, and stays so (§6.1) */
  next(): boolean | BgpError {
    if (this.#error) return this.#error;
    const found = this.#partialLength > 0 ? this.#completePartial() : this.#frame();
    if (found === false) this.#letGo();
    return found;
  }

  /** Takes back, as a copy, what is behind the message found last; to be pushed again. */
  takeRest(): Uint8Array {
    const rest = this.#chunk.slice(this.#at);
    this.#letGo();
    return rest;
  }

  #frame(): boolean | BgpError {
    const available = this.#chunk.length - this.#at;
    if (available < HEADER_LENGTH) return this.#keepRest();
    const error = checkHeader(this.#chunk, this.#at, this.maxLength);
    if (error) return this.#fail(error);
    const length = lengthAt(this.#chunk, this.#at);
    if (available < length) return this.#keepRest();
    this.#emit(this.#chunk, this.#at, length);
    this.#at += length;
    return true;
  }

  #completePartial(): boolean | BgpError {
    if (!this.#fillPartial(HEADER_LENGTH)) return false;
    const error = checkHeader(this.#partial, 0, this.maxLength);
    if (error) return this.#fail(error);
    const length = lengthAt(this.#partial, 0);
    if (!this.#fillPartial(length)) return false;
    this.#emit(this.#partial, 0, length);
    this.#partialLength = 0;
    return true;
  }

  /** Moves octets from the chunk until the partial message has `wanted`. */
  #fillPartial(wanted: number): boolean {
    const missing = wanted - this.#partialLength;
    if (missing <= 0) return true;
    const taken = Math.min(missing, this.#chunk.length - this.#at);
    this.#append(taken, wanted);
    return taken === missing;
  }

  #keepRest(): false {
    this.#append(this.#chunk.length - this.#at, HEADER_LENGTH);
    return false;
  }

  #append(count: number, capacity: number): void {
    const length = this.#partialLength + count;
    if (this.#partial.length < Math.max(length, capacity)) {
      const grown = new Uint8Array(Math.max(length, capacity, 4096));
      grown.set(this.#partial.subarray(0, this.#partialLength));
      this.#partial = grown;
    }
    this.#partial.set(this.#chunk.subarray(this.#at, this.#at + count), this.#partialLength);
    this.#partialLength = length;
    this.#at += count;
  }

  #emit(bytes: Uint8Array, start: number, length: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = start + length;
  }

  /** Keeps no reference to the chunk, which an idle session would hold for hours. */
  #letGo(): void {
    this.bytes = NO_BYTES;
    this.#chunk = NO_BYTES;
    this.#at = 0;
  }

  #fail(error: BgpError): BgpError {
    this.#error = error;
    return error;
  }
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return (bytes[at + 16]! << 8) | bytes[at + 17]!;
}
