/** The BGP Identifier: any non-zero unsigned 32-bit number, unique within an AS (RFC 6286 §2.1). */
export type RouterId = number & { readonly __brand: "RouterId" };

/** @throws RangeError when `value` is no unsigned 32-bit integer: a bug of ours */
export function routerId(value: number): RouterId {
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) throw new RangeError(`${value} is no BGP Identifier`);
  return value as RouterId;
}

/** Dotted-quad text, the form in which operators know identifiers and cluster ids. */
export function formatRouterId(id: number): string {
  return `${id >>> 24}.${(id >>> 16) & 255}.${(id >>> 8) & 255}.${id & 255}`;
}
