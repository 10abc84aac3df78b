/** IP version of an address. */
export type IpVersion = 4 | 6;

/**
 * An IPv4 or IPv6 address as 32-bit signed words in network order.
 *
 *   version 4: w0 holds the address, w1..w3 are 0
 *   version 6: w0 (first four octets) .. w3 (last four)
 */
export class IpAddress {
  readonly version: IpVersion;
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;

  private constructor(version: IpVersion, w0: number, w1: number, w2: number, w3: number) {
    this.version = version;
    this.w0 = w0 | 0;
    this.w1 = w1 | 0;
    this.w2 = w2 | 0;
    this.w3 = w3 | 0;
  }

  static v4(word: number): IpAddress {
    return new IpAddress(4, word, 0, 0, 0);
  }

  static v6(w0: number, w1: number, w2: number, w3: number): IpAddress {
    return new IpAddress(6, w0, w1, w2, w3);
  }

  /** Reads 4 or 16 octets in network order; `bytes` must hold them. */
  static fromBytes(version: IpVersion, bytes: Uint8Array, at = 0): IpAddress {
    if (version === 4) return IpAddress.v4(word(bytes, at));
    return IpAddress.v6(word(bytes, at), word(bytes, at + 4), word(bytes, at + 8), word(bytes, at + 12));
  }

  /** Bits of the address: 32 or 128. */
  get bits(): 32 | 128 {
    return this.version === 4 ? 32 : 128;
  }

  /** fe80::/10 (RFC 4291 §2.5.6): means something on one link only. */
  get isLinkLocal(): boolean {
    return this.version === 6 && (this.w0 & 0xffc0_0000) === (0xfe80_0000 | 0);
  }

  /** 4 or 16 octets in network order. */
  toBytes(): Uint8Array {
    const words = this.version === 4 ? [this.w0] : [this.w0, this.w1, this.w2, this.w3];
    return Uint8Array.from(words.flatMap((w) => [w >>> 24, (w >>> 16) & 255, (w >>> 8) & 255, w & 255]));
  }

  equals(other: IpAddress): boolean {
    return this.version === other.version && this.compare(other) === 0;
  }

  /** Numeric order; IPv4 before IPv6. */
  compare(other: IpAddress): number {
    return (
      this.version - other.version ||
      compareWords(this.w0, other.w0) ||
      compareWords(this.w1, other.w1) ||
      compareWords(this.w2, other.w2) ||
      compareWords(this.w3, other.w3)
    );
  }

  /** Dotted quad, or the canonical IPv6 text of RFC 5952. */
  toString(): string {
    if (this.version === 4) return `${this.w0 >>> 24}.${(this.w0 >>> 16) & 255}.${(this.w0 >>> 8) & 255}.${this.w0 & 255}`;
    return formatV6([this.w0, this.w1, this.w2, this.w3].flatMap((w) => [w >>> 16, w & 0xffff]));
  }
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

function compareWords(a: number, b: number): number {
  return a === b ? 0 : a >>> 0 < b >>> 0 ? -1 : 1;
}

/** RFC 5952 §4: lower case, no leading zeros, "::" for the first longest run of two or more zero groups. */
function formatV6(groups: readonly number[]): string {
  if (groups.slice(0, 5).every((g) => g === 0) && groups[5] === 0xffff) {
    return `::ffff:${IpAddress.v4((groups[6]! << 16) | groups[7]!)}`; // §5, IPv4-mapped
  }
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let run = 0;
    while (i + run < 8 && groups[i + run] === 0) run++;
    if (run > length) [start, length] = [i, run];
  }
  const hex = (part: readonly number[]) => part.map((g) => g.toString(16)).join(":");
  return start < 0 ? hex(groups) : `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}
