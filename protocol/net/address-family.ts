/** Address Family Identifiers we speak (IANA address-family-numbers). */
export const Afi = { IPv4: 1, IPv6: 2 } as const;
export type Afi = (typeof Afi)[keyof typeof Afi];

/** Subsequent Address Family Identifiers we speak (IANA safi-namespace). */
export const Safi = { Unicast: 1 } as const;
export type Safi = (typeof Safi)[keyof typeof Safi];

/** The families whose routes we carry. */
export const Family = { Ipv4Unicast: "ipv4-unicast", Ipv6Unicast: "ipv6-unicast" } as const;
export type Family = (typeof Family)[keyof typeof Family];

/** The family of an AFI/SAFI pair, or undefined when we do not carry it. */
export function familyOf(afi: number, safi: number): Family | undefined {
  if (safi !== Safi.Unicast) return undefined;
  if (afi === Afi.IPv4) return Family.Ipv4Unicast;
  if (afi === Afi.IPv6) return Family.Ipv6Unicast;
  return undefined;
}

export function afiOf(family: Family): Afi {
  return family === Family.Ipv4Unicast ? Afi.IPv4 : Afi.IPv6;
}

/** Bits in an address of the family: the longest prefix length. */
export function bitsOf(family: Family): 32 | 128 {
  return family === Family.Ipv4Unicast ? 32 : 128;
}
