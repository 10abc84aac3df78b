import { Contributors, PAGE_BITS, PAGE_SIZE } from "./contributors.js";
import { BestPathSelection } from "./decision/select-best.js";
import type { DecisionFacts } from "./decision/tie-breaks.js";
import { capacityFor, grown } from "./store/column.js";
import { IdQueue } from "./store/id-queue.js";
import { type AttributeSetId, NO_ATTRIBUTES, type PeerId, type PrefixId } from "./store/ids.js";
import type { PrefixTable } from "./store/prefix-table.js";

const FIRST_ROWS = 1024;

/**
 * The chosen path of every prefix (RFC 4271 §3.2), and what is to be chosen anew.
 *
 *   #bestSet[id], #bestPeer[id]   the best path; 0 and 0 when there is none. Holds a reference on the set
 *   #multipathMark[id]            changes when the multipath set does; no column when multipath is off
 *   #isKnown[id]                  1 while somebody has announced the prefix: then the table holds a reference on it
 *   #dirty                        prefixes something has changed about; selected once each, when `select` comes to them
 *   contributors                  who has routes in which block of prefixes
 *
 * 7 to 11 bytes a prefix.
 */
export class LocRib {
  readonly contributors = new Contributors();
  readonly #prefixes: PrefixTable;
  readonly #facts: DecisionFacts;
  readonly #selection: BestPathSelection;
  readonly #dirty = new IdQueue();
  #bestSet = new Int32Array(FIRST_ROWS);
  #bestPeer = new Uint16Array(FIRST_ROWS);
  #multipathMark: Int32Array;
  #isKnown = new Uint8Array(FIRST_ROWS);
  #prefixCount = 0;

  constructor(prefixes: PrefixTable, facts: DecisionFacts) {
    this.#prefixes = prefixes;
    this.#facts = facts;
    this.#selection = new BestPathSelection(facts);
    this.#multipathMark = new Int32Array(facts.options.maximumPaths > 1 ? FIRST_ROWS : 0);
  }

  /** Prefixes that have a best path. */
  get prefixCount(): number {
    return this.#prefixCount;
  }

  /** Prefixes to be selected anew. */
  get dirtyCount(): number {
    return this.#dirty.size;
  }

  /** The attributes of the best path; 0 when there is none, or no such prefix. */
  bestSet(prefix: PrefixId): AttributeSetId {
    return (prefix < this.#bestSet.length ? this.#bestSet[prefix] : NO_ATTRIBUTES) as AttributeSetId;
  }

  bestPeer(prefix: PrefixId): PeerId {
    return (prefix < this.#bestPeer.length ? this.#bestPeer[prefix] : 0) as PeerId;
  }

  /** Makes the prefix one of the table's; to be called before a route for it is stored. */
  admit(prefix: PrefixId): void {
    if (prefix >= this.#isKnown.length) this.#grow(prefix);
    if (this.#isKnown[prefix] === 1) return;
    this.#isKnown[prefix] = 1;
    this.#prefixes.retain(prefix);
  }

  isDirty(prefix: PrefixId): boolean {
    return this.#dirty.has(prefix);
  }

  markDirty(prefix: PrefixId): void {
    this.#dirty.add(prefix);
  }

  /**
   * Tells the table that a peer's candidate is about to change, from `before` to `after` (0: none).
   * Does nothing when both are worse in rank than the best path: then nothing can come of it.
   */
  candidateChanges(prefix: PrefixId, peer: PeerId, before: AttributeSetId, after: AttributeSetId): void {
    const best = this.#bestSet[prefix] as AttributeSetId;
    if (best !== NO_ATTRIBUTES) {
      const { attributes, peers } = this.#facts;
      const bestRank = peers.sourceRank(this.#bestPeer[prefix] as PeerId) + attributes.rank(best);
      const offset = peers.sourceRank(peer);
      const isWorse = before === NO_ATTRIBUTES || offset + attributes.rank(before) > bestRank;
      if (isWorse && (after === NO_ATTRIBUTES || offset + attributes.rank(after) > bestRank)) return;
    }
    this.#dirty.add(prefix);
  }

  /**
   * Selects up to `limit` dirty prefixes, in the order in which they became so.
   * @param changed called for each whose best path or multipath set is another now
   */
  select(limit: number, changed: (prefix: PrefixId) => void): void {
    for (let i = 0; i < limit; i++) {
      const prefix = this.#dirty.take() as PrefixId;
      if (prefix === 0) return;
      if (this.#selectOne(prefix)) changed(prefix);
      if (this.#bestSet[prefix] === NO_ATTRIBUTES && !this.#isAnnounced(prefix)) this.#retire(prefix);
    }
  }

  /** Calls `visit` with the best path and then those as good, `maximumPaths` in all. */
  multipath(prefix: PrefixId, visit: (peer: PeerId, set: AttributeSetId) => void): void {
    const best = this.bestSet(prefix);
    if (best === NO_ATTRIBUTES) return;
    const bestPeer = this.bestPeer(prefix);
    const others: [PeerId, AttributeSetId][] = [];
    const isBest = (peer: PeerId, set: AttributeSetId) => peer === bestPeer && set === best;
    if (this.#facts.options.maximumPaths > 1 && this.#multipathMark[prefix] !== 0) {
      const tied = this.#selection.multipath(this.contributors.of(prefix >>> PAGE_BITS), prefix & (PAGE_SIZE - 1));
      for (let i = 0; i < tied.count; i++) if (!isBest(tied.peer(i), tied.set(i))) others.push([tied.peer(i), tied.set(i)]);
    }
    others.sort(([a, setA], [b, setB]) => a - b || setA - setB);
    visit(bestPeer, best);
    for (const [peer, set] of others.slice(0, this.#facts.options.maximumPaths - 1)) visit(peer, set);
  }

  /**
   * @param count called for every reference on an attribute set that the table holds
   * @throws Error when columns and counters disagree: for tests
   */
  checkInvariants(count: (set: AttributeSetId) => void): void {
    let prefixes = 0;
    for (let id = 1 as PrefixId; id < this.#bestSet.length; id++) {
      const set = this.#bestSet[id] as AttributeSetId;
      if ((set === NO_ATTRIBUTES) !== (this.#bestPeer[id] === 0)) throw new Error(`prefix ${id} has half a best path`);
      if (this.#isKnown[id] === 0 && (set !== NO_ATTRIBUTES || this.#isAnnounced(id)))
        throw new Error(`prefix ${id} has routes, is not known`);
      if (this.#isKnown[id] === 1 && !this.#isAnnounced(id) && !this.#dirty.has(id))
        throw new Error(`prefix ${id} is known, has no routes`);
      if (set === NO_ATTRIBUTES) continue;
      prefixes++;
      count(set);
    }
    if (prefixes !== this.#prefixCount) throw new Error(`${this.#prefixCount} prefixes counted, ${prefixes} have a best path`);
  }

  /** References on the prefix that the table holds: for tests. */
  references(prefix: PrefixId): number {
    return prefix < this.#isKnown.length ? this.#isKnown[prefix] : 0;
  }

  #selectOne(prefix: PrefixId): boolean {
    const selection = this.#selection;
    const oldSet = this.#bestSet[prefix] as AttributeSetId;
    const oldPeer = this.#bestPeer[prefix] as PeerId;
    selection.select(this.contributors.of(prefix >>> PAGE_BITS), prefix & (PAGE_SIZE - 1), oldPeer, oldSet);
    const multipathChanged = this.#noteMultipath(prefix, selection.multipathMark);
    if (selection.set === oldSet && selection.peer === oldPeer) return multipathChanged;
    this.#bestPeer[prefix] = selection.peer;
    if (oldSet === NO_ATTRIBUTES) this.#prefixCount++;
    if (selection.set === NO_ATTRIBUTES) this.#prefixCount--;
    if (selection.set === oldSet) return true;
    if (selection.set !== NO_ATTRIBUTES) this.#facts.attributes.retain(selection.set);
    this.#bestSet[prefix] = selection.set;
    this.#facts.attributes.release(oldSet);
    return true;
  }

  #noteMultipath(prefix: PrefixId, mark: number): boolean {
    if (this.#multipathMark.length === 0 || this.#multipathMark[prefix] === mark) return false;
    this.#multipathMark[prefix] = mark;
    return true;
  }

  #isAnnounced(prefix: PrefixId): boolean {
    const { received } = this.contributors.of(prefix >>> PAGE_BITS);
    for (let i = 0; i < received.length; i++) if (received[i][prefix & (PAGE_SIZE - 1)] !== NO_ATTRIBUTES) return true;
    return false;
  }

  #retire(prefix: PrefixId): void {
    if (this.#isKnown[prefix] === 0) return;
    this.#isKnown[prefix] = 0;
    this.#prefixes.release(prefix);
  }

  #grow(prefix: PrefixId): void {
    const capacity = capacityFor(prefix, this.#isKnown.length);
    this.#bestSet = grown(this.#bestSet, capacity);
    this.#bestPeer = grown(this.#bestPeer, capacity);
    this.#isKnown = grown(this.#isKnown, capacity);
    if (this.#multipathMark.length > 0) this.#multipathMark = grown(this.#multipathMark, capacity);
  }
}
