/**
 * Names of rows. All are dense positive integers that a table gives out again after the row is gone; 0 is no row.
 * They are branded numbers, free at run time, and made only by the table that owns the rows.
 */
export type PrefixId = number & { readonly __brand: "PrefixId" };
export type AttributeSetId = number & { readonly __brand: "AttributeSetId" };
export type PeerId = number & { readonly __brand: "PeerId" };
export type NextHopId = number & { readonly __brand: "NextHopId" };

export const NO_PREFIX = 0 as PrefixId;
export const NO_ATTRIBUTES = 0 as AttributeSetId;
export const NO_PEER = 0 as PeerId;
export const NO_NEXT_HOP = 0 as NextHopId;
