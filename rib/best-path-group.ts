import { AdjRibOut } from "./adj-rib-out.js";
import type { CatchUp } from "./export/catch-up.js";
import type { ChunkPool } from "./export/chunk-pool.js";
import { EVERYONE, everyoneBut, only } from "./export/chunk-stream.js";
import type { ExportProfile } from "./export/export-profile.js";
import { HeldPrefixes } from "./export/held-prefixes.js";
import type { Recipient } from "./export/recipient.js";
import { NO_PATH } from "./path-id.js";
import type { Rib } from "./rib.js";
import type { AttributeSetTable } from "./store/attribute-set-table.js";
import { NO_ATTRIBUTES, NO_PEER, type PrefixId } from "./store/ids.js";
import { type ExportPath, UpdateGroup } from "./update-group.js";

/** An update group that is told the best path of each prefix (RFC 4271 §9.1.3). */
export class BestPathGroup extends UpdateGroup<HeldPrefixes> {
  readonly out: AdjRibOut;
  readonly #attributes: AttributeSetTable;

  constructor(rib: Rib, pool: ChunkPool, profile: ExportProfile) {
    const { attributes } = rib;
    const table = rib.table(profile.family);
    const out = new AdjRibOut(attributes, table.prefixes);
    const newHoldings = () => new HeldPrefixes(out, table.prefixes, attributes);
    super(rib, pool, profile, { out, queue: table.subscribe(), newHoldings });
    this.out = out;
    this.#attributes = attributes;
  }

  offered(prefix: PrefixId): readonly ExportPath[] {
    const set = this.table.best(prefix);
    return set === NO_ATTRIBUTES ? [] : [{ path: NO_PATH, set, source: this.table.bestPeer(prefix) }];
  }

  told(prefix: PrefixId): readonly ExportPath[] {
    const set = this.out.advertised(prefix);
    return set === NO_ATTRIBUTES ? [] : [{ path: NO_PATH, set, source: this.out.source(prefix) }];
  }

  protected update(prefix: PrefixId): number {
    const { out } = this;
    const { live, catchUps } = this.streams;
    const best = this.table.best(prefix);
    const learnedFrom = this.table.bestPeer(prefix);
    const set = best === NO_ATTRIBUTES ? NO_ATTRIBUTES : this.decide(prefix, best, learnedFrom);
    const source = set === NO_ATTRIBUTES ? NO_PEER : learnedFrom;
    const before = out.advertised(prefix);
    const sourceBefore = out.source(prefix);
    if (set === before && source === sourceBefore) return 0;
    for (const catchUp of catchUps) catchUp.owe(prefix, before !== NO_ATTRIBUTES);
    out.set(prefix, set, source);
    if (live.recipients.length === 0) return 0;
    if (set === NO_ATTRIBUTES) {
      this.batch.withdraw(prefix, live.reaches(sourceBefore) ? everyoneBut(sourceBefore) : EVERYONE);
      return 0;
    }
    this.batch.announce(prefix, set, source);
    // The new source must not keep what it was told while the route was another's.
    const wasTold = before !== NO_ATTRIBUTES && source !== sourceBefore;
    if (wasTold && live.reaches(source)) this.batch.withdraw(prefix, only(source));
    return this.#attributes.byteLength(set);
  }

  protected tellsAs({ out }: BestPathGroup, prefix: PrefixId): boolean {
    return out.advertised(prefix) === this.out.advertised(prefix) && out.source(prefix) === this.out.source(prefix);
  }

  protected takeOver(
    prefix: PrefixId,
    { peer }: Recipient,
    catchUp: CatchUp<HeldPrefixes>,
    { out }: BestPathGroup,
    behind: HeldPrefixes | null,
  ): void {
    const mayHold = behind === null ? out.tells(peer, prefix) : behind.has(prefix);
    if (mayHold || this.out.has(prefix)) catchUp.owe(prefix, mayHold);
  }
}
