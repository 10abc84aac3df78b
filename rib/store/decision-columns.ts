import { type AttributeFacts, AttributeFlag, MAX_AS_PATH_LENGTH } from "./attribute-facts.js";
import { grown } from "./column.js";
import type { AttributeSetId, NextHopId } from "./ids.js";

/** By how much import policy can raise the preference of a route over that of its source (reference 5.5). */
export const RAISE = 100;

/** What one unit of preference is worth in `rank`. */
export const PREFERENCE_UNIT = 2 ** 45;

/** What is in the rank of every set that is not raised. */
const NOT_RAISED = RAISE * PREFERENCE_UNIT;

/**
 * What decides between paths, by attribute set: read from the bytes once, when the set is interned.
 *
 *   #rank[id]               preference, LOCAL_PREF, AS_PATH length and ORIGIN in one number: see `rankOf`
 *   #med[id], #neighborAs[id], #nextHop[id], #originatorId[id], #clusterListLength[id]
 *   #flags[id]              AttributeFlag
 */
export abstract class DecisionColumns {
  #rank: Float64Array;
  #med: Int32Array;
  #neighborAs: Int32Array;
  #nextHop: Int32Array;
  #originatorId: Int32Array;
  #clusterListLength: Uint16Array;
  #flags: Uint8Array;

  constructor(capacity: number) {
    this.#rank = new Float64Array(capacity);
    this.#med = new Int32Array(capacity);
    this.#neighborAs = new Int32Array(capacity);
    this.#nextHop = new Int32Array(capacity);
    this.#originatorId = new Int32Array(capacity);
    this.#clusterListLength = new Uint16Array(capacity);
    this.#flags = new Uint8Array(capacity);
  }

  /** Smaller wins: raised preference, LOCAL_PREF (higher first), AS_PATH length, ORIGIN; an integer of 52 bits. */
  rank(id: AttributeSetId): number {
    return this.#rank[id];
  }

  /** LOCAL_PREF, or 100 when absent. */
  localPref(id: AttributeSetId): number {
    const rank = this.#rank[id];
    return 0xffffffff - Math.floor((rank < NOT_RAISED ? rank : rank - NOT_RAISED) / 8192);
  }

  hasLocalPref(id: AttributeSetId): boolean {
    return (this.#flags[id] & AttributeFlag.HasLocalPref) !== 0;
  }

  /** AS_PATH length as the decision counts it (RFC 4271 §9.1.2.2 a), at most 2047. */
  asPathLength(id: AttributeSetId): number {
    return Math.floor(this.#rank[id] / 4) % 2048;
  }

  origin(id: AttributeSetId): number {
    return this.#rank[id] % 4;
  }

  /** MULTI_EXIT_DISC, or 0 when absent. */
  med(id: AttributeSetId): number {
    return this.#med[id] >>> 0;
  }

  hasMed(id: AttributeSetId): boolean {
    return (this.#flags[id] & AttributeFlag.HasMed) !== 0;
  }

  /** The AS that the path was learned from, as AS_PATH says; 0 when it begins in our own. */
  neighborAs(id: AttributeSetId): number {
    return this.#neighborAs[id] >>> 0;
  }

  nextHop(id: AttributeSetId): NextHopId {
    return this.#nextHop[id] as NextHopId;
  }

  /** ORIGINATOR_ID, or 0 when absent. */
  originatorId(id: AttributeSetId): number {
    return this.#originatorId[id] >>> 0;
  }

  /** Entries in CLUSTER_LIST. */
  clusterListLength(id: AttributeSetId): number {
    return this.#clusterListLength[id];
  }

  /** AttributeFlag bits. */
  flags(id: AttributeSetId): number {
    return this.#flags[id];
  }

  protected writeDecision(id: AttributeSetId, facts: AttributeFacts, nextHop: NextHopId, isRaised: boolean): void {
    this.#rank[id] = rankOf(facts) + (isRaised ? 0 : NOT_RAISED);
    this.#med[id] = facts.med;
    this.#neighborAs[id] = facts.neighborAs;
    this.#nextHop[id] = nextHop;
    this.#originatorId[id] = facts.originatorId;
    this.#clusterListLength[id] = facts.clusterListLength;
    this.#flags[id] = facts.flags;
  }

  protected writeFlags(id: AttributeSetId, flags: number): void {
    this.#flags[id] = flags;
  }

  protected growDecision(capacity: number): void {
    this.#rank = grown(this.#rank, capacity);
    this.#med = grown(this.#med, capacity);
    this.#neighborAs = grown(this.#neighborAs, capacity);
    this.#nextHop = grown(this.#nextHop, capacity);
    this.#originatorId = grown(this.#originatorId, capacity);
    this.#clusterListLength = grown(this.#clusterListLength, capacity);
    this.#flags = grown(this.#flags, capacity);
  }
}

/** Phases 1 and 2 up to step (b) as one number, smaller is better: 32 bits of LOCAL_PREF, 11 of AS_PATH length, 2 of ORIGIN. */
function rankOf(facts: AttributeFacts): number {
  return (0xffffffff - facts.localPref) * 8192 + Math.min(facts.asPathLength, MAX_AS_PATH_LENGTH) * 4 + facts.origin;
}
