import { ATTRIBUTE_HEADER, align4, MESSAGE_HEADER } from "./code-points.js";

/** Writes netlink messages one after the other into a buffer of fixed size: integers little-endian, addresses in network order. */
export class MessageWriter {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #length = 0;
  #start = 0;

  /** @param capacity octets; the caller asks `room` before it begins a message */
  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** Octets written. */
  get length(): number {
    return this.#length;
  }

  get room(): number {
    return this.bytes.length - this.#length;
  }

  clear(): void {
    this.#length = 0;
    this.#start = 0;
  }

  /** Begins a message; `end` completes it. */
  begin(type: number, flags: number, sequence: number): void {
    this.#start = this.#length;
    this.#view.setUint16(this.#start + 4, type, true);
    this.#view.setUint16(this.#start + 6, flags, true);
    this.#view.setUint32(this.#start + 8, sequence, true);
    this.#view.setUint32(this.#start + 12, 0, true);
    this.#length += MESSAGE_HEADER;
  }

  end(): void {
    this.#view.setUint32(this.#start, this.#length - this.#start, true);
  }

  /** Adds flags to the message begun last. */
  addFlags(flags: number): void {
    const at = this.#start + 6;
    this.#view.setUint16(at, this.#view.getUint16(at, true) | flags, true);
  }

  u8(value: number): void {
    this.bytes[this.#length++] = value;
  }

  u16(value: number): void {
    this.#view.setUint16(this.#length, value, true);
    this.#length += 2;
  }

  u32(value: number): void {
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }

  /** An attribute whose payload is one 32-bit integer. */
  u32Attribute(type: number, value: number): void {
    this.attributeHeader(type, 4);
    this.u32(value);
  }

  /** An attribute whose payload is an address of 4 or 16 octets. */
  addressAttribute(type: number, version: number, w0: number, w1: number, w2: number, w3: number): void {
    this.attributeHeader(type, version === 4 ? 4 : 16);
    this.words(version, w0, w1, w2, w3);
  }

  /** @param length octets of payload that the caller writes next */
  attributeHeader(type: number, length: number): void {
    this.u16(ATTRIBUTE_HEADER + length);
    this.u16(type);
  }

  words(version: number, w0: number, w1: number, w2: number, w3: number): void {
    this.#word(w0);
    if (version === 4) return;
    this.#word(w1);
    this.#word(w2);
    this.#word(w3);
  }

  copy(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Fills up to the next multiple of four with zeros. */
  pad(): void {
    const end = align4(this.#length);
    this.bytes.fill(0, this.#length, end);
    this.#length = end;
  }

  #word(value: number): void {
    this.#view.setInt32(this.#length, value);
    this.#length += 4;
  }
}
