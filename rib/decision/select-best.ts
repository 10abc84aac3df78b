import type { Block } from "../contributors.js";
import { mix } from "../store/hash.js";
import { type AttributeSetId, NO_ATTRIBUTES, NO_PEER, type PeerId } from "../store/ids.js";
import { isResolvable } from "./eligibility.js";
import { type DecisionFacts, FINAL_STEPS, MULTIPATH_STEPS, type TieBreak } from "./tie-breaks.js";
import { TiedPaths } from "./tied-paths.js";

/**
 * Phases 1 and 2 of the decision process for one prefix (RFC 4271 §9.1.1, §9.1.2): `select` leaves its answer in the fields.
 *
 * Source, LOCAL_PREF, AS_PATH length and ORIGIN are compared as one number for each path; the steps behind them are only
 * asked when that leaves more than one.
 */
export class BestPathSelection {
  peer: PeerId = NO_PEER; // 0: no eligible path
  set: AttributeSetId = NO_ATTRIBUTES;
  /** Tells one multipath set from another; 0 when only the best path is in it. */
  multipathMark = 0;

  readonly #facts: DecisionFacts;
  readonly #tied = new TiedPaths();

  constructor(facts: DecisionFacts) {
    this.#facts = facts;
  }

  /** @param currentPeer, currentSet the path chosen before, or 0 */
  select(block: Block, slot: number, currentPeer: PeerId, currentSet: AttributeSetId): void {
    const tied = this.#tied;
    this.#gatherHighestRank(block, slot);
    this.multipathMark = 0;
    if (tied.count > 1) {
      applySteps(MULTIPATH_STEPS, tied, this.#facts);
      if (tied.count > 1 && this.#facts.options.maximumPaths > 1) this.multipathMark = this.#markOf(tied);
      tied.currentPeer = currentPeer;
      tied.currentSet = currentSet;
      applySteps(FINAL_STEPS, tied, this.#facts);
    }
    this.peer = tied.count === 0 ? NO_PEER : tied.peer(0);
    this.set = tied.count === 0 ? NO_ATTRIBUTES : tied.set(0);
  }

  /** The paths as good as the best one, it among them, in no order; valid until the next call of anything here. */
  multipath(block: Block, slot: number): TiedPaths {
    this.#gatherHighestRank(block, slot);
    if (this.#tied.count > 1) applySteps(MULTIPATH_STEPS, this.#tied, this.#facts);
    return this.#tied;
  }

  /** Leaves in #tied the eligible paths of the best rank. Hot: ten million times for ten full tables. */
  #gatherHighestRank(block: Block, slot: number): void {
    const { attributes, nextHops, peers } = this.#facts;
    const pages = block.accepted;
    const ids = block.peers;
    const tied = this.#tied;
    const allReachable = nextHops.allReachable;
    let best = Infinity;
    tied.count = 0;
    for (let i = 0; i < pages.length; i++) {
      const set = pages[i][slot] as AttributeSetId;
      if (set === NO_ATTRIBUTES) continue;
      const rank = peers.sourceRank(ids[i]) + attributes.rank(set);
      if (rank > best) continue;
      if (!allReachable && !isResolvable(set, attributes, nextHops)) continue;
      if (rank < best) {
        best = rank;
        tied.count = 0;
      }
      tied.push(ids[i], set);
    }
    if (block.hasLanes) tied.dropRepeated();
  }

  /** By content, not by id: a set's id may be another's by the time of the next selection. The order must not matter. */
  #markOf(tied: TiedPaths): number {
    let mark = 0;
    for (let i = 0; i < tied.count; i++) mark = (mark + mix(this.#facts.attributes.hashOf(tied.set(i)) ^ mix(tied.peer(i)))) | 0;
    return mark;
  }
}

function applySteps(steps: readonly TieBreak[], tied: TiedPaths, facts: DecisionFacts): void {
  for (let i = 0; i < steps.length && tied.count > 1; i++) steps[i].keep(tied, facts);
}
