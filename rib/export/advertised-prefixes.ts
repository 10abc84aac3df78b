import type { AttributeSetId, PeerId, PrefixId } from "../store/ids.js";

/** The Adj-RIB-Out of an update group, whether it tells one path of a prefix or all. */
export interface AdvertisedPrefixes {
  /** Every prefix that is advertised is below this. */
  readonly capacity: number;
  /** Routes advertised. */
  readonly count: number;
  /** True when something is advertised of the prefix. */
  has(prefix: PrefixId): boolean;
  /** True when something is advertised of the prefix that was not learned from this peer. */
  tells(peer: PeerId, prefix: PrefixId): boolean;
  /** Routes that this peer is told. */
  countFor(peer: PeerId): number;
  /** Lets go of up to `limit` rows, so that ending a group with a full table does not stall. @returns true when more are left */
  clear(limit: number): boolean;
  /** @param count called for every reference on an attribute set. @throws Error when the counters and the rows disagree: for tests */
  checkInvariants(count: (set: AttributeSetId) => void): void;
}
