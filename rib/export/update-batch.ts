import { capacityFor, grown } from "../store/column.js";
import type { AttributeSetId, PeerId, PrefixId } from "../store/ids.js";
import type { Audience } from "./chunk-stream.js";

const FIRST_ROWS = 1024;

/**
 * What one portion of work found to be sent, before it is sorted into messages.
 *
 *   announcement i   prefixes[i], sets[i], sources[i]
 *   withdrawal i     withdrawn[i], audiences[i]
 */
export class UpdateBatch {
  prefixes = new Int32Array(FIRST_ROWS);
  sets = new Int32Array(FIRST_ROWS);
  sources = new Int32Array(FIRST_ROWS);
  announcedCount = 0;

  withdrawn = new Int32Array(FIRST_ROWS);
  audiences = new Int32Array(FIRST_ROWS);
  withdrawnCount = 0;

  /** @param set after policy, as interned. @param source whom the route was learned from */
  announce(prefix: PrefixId, set: AttributeSetId, source: PeerId): void {
    const row = this.announcedCount++;
    if (row === this.prefixes.length) this.#growAnnounced();
    this.prefixes[row] = prefix;
    this.sets[row] = set;
    this.sources[row] = source;
  }

  withdraw(prefix: PrefixId, audience: Audience): void {
    const row = this.withdrawnCount++;
    if (row === this.withdrawn.length) this.#growWithdrawn();
    this.withdrawn[row] = prefix;
    this.audiences[row] = audience;
  }

  clear(): void {
    this.announcedCount = 0;
    this.withdrawnCount = 0;
  }

  #growAnnounced(): void {
    const rows = capacityFor(this.announcedCount, this.prefixes.length);
    this.prefixes = grown(this.prefixes, rows);
    this.sets = grown(this.sets, rows);
    this.sources = grown(this.sources, rows);
  }

  #growWithdrawn(): void {
    const rows = capacityFor(this.withdrawnCount, this.withdrawn.length);
    this.withdrawn = grown(this.withdrawn, rows);
    this.audiences = grown(this.audiences, rows);
  }
}

/**
 * Octets of attributes, counted once a prefix, after which a portion of work is complete: with large attribute sets a thousand
 * prefixes are megabytes that nobody has asked for yet.
 */
export const MOST_BATCH_OCTETS = 2 << 20;
