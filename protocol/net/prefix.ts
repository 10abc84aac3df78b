import { Family } from "./address-family.js";
import { IpAddress } from "./ip-address.js";

/** An address block: address and length; the bits after `length` are always zero. */
export class Prefix {
  readonly address: IpAddress;
  readonly length: number;

  private constructor(address: IpAddress, length: number) {
    this.address = address;
    this.length = length;
  }

  /** Zeroes the host bits. `length` must be within the address's bits. */
  static of(address: IpAddress, length: number): Prefix {
    if (!Number.isInteger(length) || length < 0 || length > address.bits) throw new RangeError(`${length} is no prefix length`);
    if (address.version === 4) return new Prefix(IpAddress.v4(address.w0 & maskWord(length, 0)), length);
    return new Prefix(
      IpAddress.v6(
        address.w0 & maskWord(length, 0),
        address.w1 & maskWord(length, 1),
        address.w2 & maskWord(length, 2),
        address.w3 & maskWord(length, 3),
      ),
      length,
    );
  }

  get family(): Family {
    return this.address.version === 4 ? Family.Ipv4Unicast : Family.Ipv6Unicast;
  }

  equals(other: Prefix): boolean {
    return this.length === other.length && this.address.equals(other.address);
  }

  /** True when `address` lies in this block. */
  containsAddress(address: IpAddress): boolean {
    return address.version === this.address.version && Prefix.of(address, this.length).equals(this);
  }

  /** True when `other` is this block or a more specific one. */
  contains(other: Prefix): boolean {
    return other.length >= this.length && this.containsAddress(other.address);
  }

  /** Numeric order of address, then shorter first. */
  compare(other: Prefix): number {
    return this.address.compare(other.address) || this.length - other.length;
  }

  /** CIDR text, e.g. `10.0.0.0/8`. */
  toString(): string {
    return `${this.address}/${this.length}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

/** The mask of 32-bit word `index` (0..3) of a prefix `length` bits long. */
export function maskWord(length: number, index: number): number {
  const bits = length - 32 * index;
  if (bits <= 0) return 0;
  return bits >= 32 ? -1 : -1 << (32 - bits);
}
