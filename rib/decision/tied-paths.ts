import { grown } from "../store/column.js";
import type { AttributeSetId, PeerId } from "../store/ids.js";

/**
 * The paths to one prefix that are still equal: a scratch table, reused. Each step of the decision fills `keys` and keeps the
 * rows with the lowest.
 *
 *   peers[i], sets[i]   path i; i < count
 *   keys[i]             scratch of the step at work
 */
export class TiedPaths {
  count = 0;
  peers = new Uint16Array(16);
  sets = new Int32Array(16);
  keys = new Float64Array(16);
  /** The path chosen before, for RFC 5004; 0 and 0 when there was none. */
  currentPeer = 0 as PeerId;
  currentSet = 0 as AttributeSetId;

  push(peer: PeerId, set: AttributeSetId): void {
    if (this.count === this.sets.length) this.#grow();
    this.peers[this.count] = peer;
    this.sets[this.count++] = set;
  }

  peer(i: number): PeerId {
    return this.peers[i] as PeerId;
  }

  set(i: number): AttributeSetId {
    return this.sets[i] as AttributeSetId;
  }

  /** Keeps of paths with the same attributes by the same peer only one: they are the same path (RFC 7911 leaves this to us). */
  dropRepeated(): void {
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      if (this.#isAmong(kept, i)) continue;
      this.peers[kept] = this.peers[i];
      this.sets[kept++] = this.sets[i];
    }
    this.count = kept;
  }

  /** Drops every path whose key is not the lowest. */
  keepLowest(): void {
    let lowest = this.keys[0];
    for (let i = 1; i < this.count; i++) if (this.keys[i] < lowest) lowest = this.keys[i];
    this.keep(lowest);
  }

  /** Drops every path whose key is not `key`. */
  keep(key: number): void {
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      if (this.keys[i] !== key) continue;
      this.peers[kept] = this.peers[i];
      this.sets[kept++] = this.sets[i];
    }
    this.count = kept;
  }

  #isAmong(count: number, row: number): boolean {
    for (let i = 0; i < count; i++) if (this.sets[i] === this.sets[row] && this.peers[i] === this.peers[row]) return true;
    return false;
  }

  #grow(): void {
    const capacity = this.count * 2;
    this.peers = grown(this.peers, capacity);
    this.sets = grown(this.sets, capacity);
    this.keys = grown(this.keys, capacity);
  }
}
