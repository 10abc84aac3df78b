import type { AdvertisedPrefixes } from "./export/advertised-prefixes.js";
import type { AttributeSetTable } from "./store/attribute-set-table.js";
import { capacityFor, grown } from "./store/column.js";
import { type AttributeSetId, NO_ATTRIBUTES, NO_PEER, type PeerId, type PrefixId } from "./store/ids.js";
import type { PrefixTable } from "./store/prefix-table.js";

const FIRST_ROWS = 1024;

/**
 * What one update group has been told, for each prefix (RFC 4271 §3.2): after policy, before the attributes are rewritten.
 *
 *   #sets[prefix]      AttributeSetId, or NONE
 *   #sources[prefix]   the peer the route was learned from: the one member that was not told
 *   #bySource[peer]    how many routes came from it
 *
 * Every entry holds one counted reference on its attribute set and one on its prefix.
 */
export class AdjRibOut implements AdvertisedPrefixes {
  readonly #attributes: AttributeSetTable;
  readonly #prefixes: PrefixTable;
  #sets = new Int32Array(FIRST_ROWS);
  #sources = new Uint16Array(FIRST_ROWS);
  #bySource = new Int32Array(16);
  #count = 0;
  #cleared = 0; // rows up to this one have been let go by `clear`

  constructor(attributes: AttributeSetTable, prefixes: PrefixTable) {
    this.#attributes = attributes;
    this.#prefixes = prefixes;
  }

  /** Prefixes advertised. */
  get count(): number {
    return this.#count;
  }

  get capacity(): number {
    return this.#sets.length;
  }

  countFor(peer: PeerId): number {
    return this.#count - (this.#bySource[peer] ?? 0);
  }

  has(prefix: PrefixId): boolean {
    return this.advertised(prefix) !== NO_ATTRIBUTES;
  }

  tells(peer: PeerId, prefix: PrefixId): boolean {
    return this.advertised(prefix) !== NO_ATTRIBUTES && this.source(prefix) !== peer;
  }

  /** What is advertised for the prefix; 0: nothing. */
  advertised(prefix: PrefixId): AttributeSetId {
    return prefix < this.#sets.length ? (this.#sets[prefix] as AttributeSetId) : NO_ATTRIBUTES;
  }

  /** Whom the advertised route was learned from; 0 when nothing is advertised. */
  source(prefix: PrefixId): PeerId {
    return prefix < this.#sources.length ? (this.#sources[prefix] as PeerId) : NO_PEER;
  }

  /** @param set 0: nothing from now on; then `source` must be 0 too */
  set(prefix: PrefixId, set: AttributeSetId, source: PeerId): void {
    if (prefix >= this.#sets.length) this.#grow(prefix);
    const before = this.#sets[prefix] as AttributeSetId;
    if (set !== NO_ATTRIBUTES) this.#attributes.retain(set);
    this.#attributes.release(before);
    this.#sets[prefix] = set;
    this.#count -= before === NO_ATTRIBUTES ? 0 : 1;
    this.#count += set === NO_ATTRIBUTES ? 0 : 1;
    this.#move(before, this.#sources[prefix], set, source);
    this.#sources[prefix] = source;
    if (before === NO_ATTRIBUTES && set !== NO_ATTRIBUTES) this.#prefixes.retain(prefix);
    if (before !== NO_ATTRIBUTES && set === NO_ATTRIBUTES) this.#prefixes.release(prefix);
  }

  clear(limit: number): boolean {
    const end = Math.min(this.#sets.length, this.#cleared + limit);
    for (let id = this.#cleared as PrefixId; id < end; id++) {
      if (this.#sets[id] !== NO_ATTRIBUTES) this.set(id, NO_ATTRIBUTES, NO_PEER);
    }
    this.#cleared = end;
    return this.#count > 0;
  }

  checkInvariants(visit: (set: AttributeSetId) => void): void {
    let count = 0;
    const bySource = new Int32Array(this.#bySource.length);
    for (let id = 0; id < this.#sets.length; id++) {
      if (this.#sets[id] === NO_ATTRIBUTES && this.#sources[id] !== NO_PEER)
        throw new Error(`prefix ${id}: a source without a set`);
      if (this.#sets[id] === NO_ATTRIBUTES) continue;
      count++;
      bySource[this.#sources[id]]++;
      visit(this.#sets[id] as AttributeSetId);
      if (!this.#prefixes.isLive(id as PrefixId)) throw new Error(`prefix ${id} is advertised and gone`);
      if (this.#attributes.references(this.#sets[id] as AttributeSetId) < 1) throw new Error(`prefix ${id}: its set is gone`);
    }
    if (count !== this.#count) throw new Error(`${this.#count} prefixes counted, ${count} advertised`);
    if (bySource.some((n, peer) => n !== this.#bySource[peer])) throw new Error("the counters by source are wrong");
  }

  #move(before: AttributeSetId, from: number, set: AttributeSetId, to: number): void {
    if (to >= this.#bySource.length) this.#bySource = grown(this.#bySource, capacityFor(to, this.#bySource.length));
    if (before !== NO_ATTRIBUTES) this.#bySource[from]--;
    if (set !== NO_ATTRIBUTES) this.#bySource[to]++;
  }

  #grow(prefix: PrefixId): void {
    const rows = capacityFor(prefix, this.#sets.length);
    this.#sets = grown(this.#sets, rows);
    this.#sources = grown(this.#sources, rows);
  }
}
