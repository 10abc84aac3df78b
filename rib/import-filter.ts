import { type LoopFault, loopFault } from "./decision/eligibility.js";
import type { RibPeer } from "./peer-table.js";
import type { PolicyTrace } from "./policy/evaluate.js";
import type { RouteSource } from "./policy/policy.js";
import type { OwnIdentity } from "./store/attribute-facts.js";
import type { AttributeSetTable } from "./store/attribute-set-table.js";
import { type AttributeSetId, NO_ATTRIBUTES, type PrefixId } from "./store/ids.js";

/** A policy at work on routes of one family: what import needs of `PolicyEvaluator`. */
export interface ImportEvaluator {
  /** @returns 0: rejected; `set`: as it is; another id, which lives while `set` does: modified */
  evaluate(prefix: PrefixId, set: AttributeSetId, source: RouteSource): AttributeSetId;
  /** The same decision with its reasons. */
  trace(prefix: PrefixId, set: AttributeSetId, source: RouteSource): PolicyTrace;
  close(): void;
}

/** What stands between a received route of one peer and the decision: loop checks, then the import policy (RFC 4271 §9.1.1). */
export class ImportFilter {
  readonly #peer: RibPeer;
  readonly #own: OwnIdentity;
  readonly #attributes: AttributeSetTable;
  readonly #policy: ImportEvaluator | null;

  /** @param policy null: everything that does not loop is accepted; closed with this */
  constructor(peer: RibPeer, own: OwnIdentity, attributes: AttributeSetTable, policy: ImportEvaluator | null) {
    this.#peer = peer;
    this.#own = own;
    this.#attributes = attributes;
    this.#policy = policy;
  }

  /** The same for every prefix that comes with the set. */
  loopFault(set: AttributeSetId): LoopFault {
    return loopFault(set, this.#peer, this.#own, this.#attributes);
  }

  /** @returns what the route goes into the decision with; 0: not at all */
  accept(prefix: PrefixId, set: AttributeSetId): AttributeSetId {
    return this.loopFault(set) === null ? this.acceptLoopFree(prefix, set) : NO_ATTRIBUTES;
  }

  /** `accept` for a set without `loopFault`. */
  acceptLoopFree(prefix: PrefixId, set: AttributeSetId): AttributeSetId {
    return this.#policy === null ? set : this.#policy.evaluate(prefix, set, this.#peer.source);
  }

  /** Why the policy decides as it does; null when there is none. */
  trace(prefix: PrefixId, set: AttributeSetId): PolicyTrace | null {
    return this.#policy === null ? null : this.#policy.trace(prefix, set, this.#peer.source);
  }

  close(): void {
    this.#policy?.close();
  }
}
