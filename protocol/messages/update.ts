import type { AttributeSet } from "../attributes/attribute-set.js";
import type { Family } from "../net/address-family.js";
import type { Prefix } from "../net/prefix.js";
import type { BgpError, FaultAction } from "../wire/bgp-error.js";

/** One prefix of an UPDATE; `pathId` is there under ADD-PATH only (RFC 7911). */
export interface RoutePrefix {
  readonly prefix: Prefix;
  readonly pathId?: number;
}

/** Prefixes of one family that share attributes and next hop. */
export interface Announcement {
  readonly family: Family;
  readonly attributes: AttributeSet;
  readonly prefixes: readonly RoutePrefix[];
}

/**
 * The UPDATE message (RFC 4271 §4.3) as objects, after RFC 7606 was applied: what had to be treated as withdrawn stands
 * under `withdrawn`, attributes that had to be discarded are gone, and `faults` says why.
 */
export interface UpdateMessage {
  readonly type: "update";
  readonly withdrawn: readonly RoutePrefix[]; // of all families, in the order of the message
  readonly announced: readonly Announcement[]; // none, one, or two: the NLRI field and that of MP_REACH_NLRI
  readonly endOfRib: Family | null; // RFC 4724 §2
  readonly faults: readonly BgpError[];
  readonly action: "none" | FaultAction; // the strongest of `faults`
}
