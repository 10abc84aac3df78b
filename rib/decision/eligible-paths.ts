import type { Block } from "../contributors.js";
import type { PathId } from "../path-id.js";
import { capacityFor, grown } from "../store/column.js";
import { type AttributeSetId, NO_ATTRIBUTES } from "../store/ids.js";
import { isResolvable } from "./eligibility.js";
import type { DecisionFacts } from "./tie-breaks.js";

/**
 * All paths to one prefix that could be the best one: a scratch table, reused.
 *
 *   paths[i], sets[i]   path i; i < count, in no order
 */
export class EligiblePaths {
  count = 0;
  paths = new Int32Array(16);
  sets = new Int32Array(16);

  path(i: number): PathId {
    return this.paths[i] as PathId;
  }

  set(i: number): AttributeSetId {
    return this.sets[i] as AttributeSetId;
  }

  /** The set of a path; 0: it is not among them. */
  setOf(path: PathId): AttributeSetId {
    for (let i = 0; i < this.count; i++) if (this.paths[i] === path) return this.set(i);
    return NO_ATTRIBUTES;
  }

  /** Takes what there is in the slot of the block, in place of what was here. Hot. */
  gather({ accepted, paths }: Block, slot: number, { attributes, nextHops }: DecisionFacts): void {
    const allReachable = nextHops.allReachable;
    this.count = 0;
    for (let i = 0; i < accepted.length; i++) {
      const set = accepted[i][slot] as AttributeSetId;
      if (set === NO_ATTRIBUTES) continue;
      if (!allReachable && !isResolvable(set, attributes, nextHops)) continue;
      if (this.count === this.paths.length) this.#grow();
      this.paths[this.count] = paths[i];
      this.sets[this.count++] = set;
    }
  }

  #grow(): void {
    const capacity = capacityFor(this.count, this.paths.length);
    this.paths = grown(this.paths, capacity);
    this.sets = grown(this.sets, capacity);
  }
}
