import { type PathId, sourceOf } from "../path-id.js";
import { capacityFor, grown } from "../store/column.js";
import type { AttributeSetId, PeerId, PrefixId } from "../store/ids.js";
import type { Audience } from "./chunk-stream.js";

/** So few that they grow in the daemon's rehearsal: see `Grouping`. */
const FIRST_ROWS = 64;

/**
 * What one portion of work found to be sent, before it is sorted into messages.
 *
 *   announcement i   prefixes[i], sets[i], sources[i], and under ADD-PATH paths[i]
 *   withdrawal i     withdrawn[i], audiences[i], and under ADD-PATH withdrawnPaths[i]
 */
export class UpdateBatch {
  prefixes = new Int32Array(FIRST_ROWS);
  sets = new Int32Array(FIRST_ROWS);
  sources = new Int32Array(FIRST_ROWS);
  paths = new Int32Array(0);
  announcedCount = 0;
  hasSeveralSources = false;

  withdrawn = new Int32Array(FIRST_ROWS);
  audiences = new Int32Array(FIRST_ROWS);
  withdrawnPaths = new Int32Array(0);
  withdrawnCount = 0;

  /** @param set after policy, as interned. @param source whom the route was learned from */
  announce(prefix: PrefixId, set: AttributeSetId, source: PeerId): void {
    const row = this.announcedCount++;
    if (row === this.prefixes.length) this.#growAnnounced();
    this.prefixes[row] = prefix;
    this.sets[row] = set;
    this.sources[row] = source;
    if (source !== this.sources[0]) this.hasSeveralSources = true;
  }

  withdraw(prefix: PrefixId, audience: Audience): void {
    const row = this.withdrawnCount++;
    if (row === this.withdrawn.length) this.#growWithdrawn();
    this.withdrawn[row] = prefix;
    this.audiences[row] = audience;
  }

  /** One of the paths of a prefix; its source is in its id. */
  announcePath(prefix: PrefixId, set: AttributeSetId, path: PathId): void {
    const row = this.announcedCount;
    this.announce(prefix, set, sourceOf(path));
    if (row >= this.paths.length) this.paths = grown(this.paths, this.prefixes.length);
    this.paths[row] = path;
  }

  withdrawPath(prefix: PrefixId, path: PathId, audience: Audience): void {
    const row = this.withdrawnCount;
    this.withdraw(prefix, audience);
    if (row >= this.withdrawnPaths.length) this.withdrawnPaths = grown(this.withdrawnPaths, this.withdrawn.length);
    this.withdrawnPaths[row] = path;
  }

  clear(): void {
    this.announcedCount = 0;
    this.hasSeveralSources = false;
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
