/** An autonomous system number, 0..4294967295 (RFC 6793). Free at run time; made only by `asn()` and the decoders. */
export type Asn = number & { readonly __brand: "Asn" };

/** Stands for any AS number above 65535 in a 2-octet field (RFC 6793 §9). */
export const AS_TRANS = 23456 as Asn;

/** @throws RangeError when `value` is no unsigned 32-bit integer: a bug of ours, input is parsed by `net/text.ts` */
export function asn(value: number): Asn {
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) throw new RangeError(`${value} is no AS number`);
  return value as Asn;
}

/** AS numbers that no speaker may use as its own: 0 (RFC 7607), AS_TRANS (RFC 6793), the last ones (RFC 7300). */
export function isReservedAsn(value: Asn): boolean {
  return value === 0 || value === AS_TRANS || value === 65535 || value === 0xffffffff;
}
