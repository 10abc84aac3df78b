import { AdjRibOutPaths } from "./adj-rib-out-paths.js";
import { EligiblePaths } from "./decision/eligible-paths.js";
import type { CatchUp } from "./export/catch-up.js";
import type { ChunkPool } from "./export/chunk-pool.js";
import type { ExportProfile } from "./export/export-profile.js";
import { audienceOf, HeldPaths } from "./export/held-paths.js";
import type { Recipient } from "./export/recipient.js";
import { sourceOf } from "./path-id.js";
import { NO_ROW, type PathLists } from "./path-lists.js";
import type { Rib } from "./rib.js";
import type { AttributeSetTable } from "./store/attribute-set-table.js";
import { NO_ATTRIBUTES, type PrefixId } from "./store/ids.js";
import { type ExportPath, UpdateGroup } from "./update-group.js";

/**
 * An update group that is told every eligible path of each prefix that policy lets through (RFC 7911 §5). A path is told with
 * its `PathId`; the member that it was learned from is not told.
 */
export class PathGroup extends UpdateGroup<HeldPaths> {
  readonly out: AdjRibOutPaths;
  readonly #attributes: AttributeSetTable;
  readonly #wanted = new EligiblePaths();

  constructor(rib: Rib, pool: ChunkPool, profile: ExportProfile) {
    const { attributes } = rib;
    const table = rib.table(profile.family);
    const out = new AdjRibOutPaths(attributes, table.prefixes);
    const newHoldings = () => new HeldPaths(out, table.prefixes, attributes);
    super(rib, pool, profile, { out, queue: table.subscribePaths(), newHoldings });
    this.out = out;
    this.#attributes = attributes;
  }

  offered(prefix: PrefixId): readonly ExportPath[] {
    const paths = new EligiblePaths();
    this.table.eligiblePaths(prefix, paths);
    return Array.from({ length: paths.count }, (_, i) => {
      const path = paths.path(i);
      return { path, set: paths.set(i), source: sourceOf(path) };
    });
  }

  told(prefix: PrefixId): readonly ExportPath[] {
    const { lists } = this.out;
    const told: ExportPath[] = [];
    for (let row = lists.first(prefix); row !== NO_ROW; row = lists.next(row)) {
      const path = lists.path(row);
      told.push({ path, set: lists.set(row), source: sourceOf(path) });
    }
    return told;
  }

  protected update(prefix: PrefixId): number {
    const wanted = this.#wanted;
    this.table.eligiblePaths(prefix, wanted);
    for (let i = 0; i < wanted.count; i++) {
      wanted.sets[i] = this.decide(prefix, wanted.set(i), sourceOf(wanted.path(i)));
    }
    this.#withdrawUnwanted(prefix);
    return this.#announceWanted(prefix);
  }

  protected tellsAs({ out }: PathGroup, prefix: PrefixId): boolean {
    return this.out.lists.isSame(prefix, out.lists);
  }

  protected takeOver(
    prefix: PrefixId,
    _recipient: Recipient,
    catchUp: CatchUp<HeldPaths>,
    { out }: PathGroup,
    behind: HeldPaths | null,
  ): void {
    const held: PathLists = (behind ?? out).lists;
    if (held.first(prefix) === NO_ROW && !this.out.has(prefix)) return;
    catchUp.owe(prefix, false);
    catchUp.holdings.noteFrom(prefix, held);
  }

  #withdrawUnwanted(prefix: PrefixId): void {
    const { live } = this.streams;
    const { lists } = this.out;
    for (let row = lists.first(prefix), next = row; row !== NO_ROW; row = next) {
      next = lists.next(row);
      const path = lists.path(row);
      if (this.#wanted.setOf(path) !== NO_ATTRIBUTES) continue;
      this.#owe(prefix);
      this.out.drop(prefix, row);
      if (live.recipients.length > 0) this.batch.withdrawPath(prefix, path, audienceOf(path, live));
    }
  }

  /** @returns octets of attributes to be sent */
  #announceWanted(prefix: PrefixId): number {
    const wanted = this.#wanted;
    const { lists } = this.out;
    const isHeard = this.streams.live.recipients.length > 0;
    let octets = 0;
    for (let i = 0; i < wanted.count; i++) {
      const set = wanted.set(i);
      const path = wanted.path(i);
      if (set === NO_ATTRIBUTES) continue;
      const row = lists.find(prefix, path);
      if (row !== NO_ROW && lists.set(row) === set) continue;
      this.#owe(prefix);
      if (row === NO_ROW) this.out.add(prefix, path, set);
      else this.out.replace(row, set);
      if (!isHeard) continue;
      this.batch.announcePath(prefix, set, path);
      octets += this.#attributes.byteLength(set);
    }
    return octets;
  }

  /** Members that are behind hear of it later; to be called before anything is changed. */
  #owe(prefix: PrefixId): void {
    for (const catchUp of this.streams.catchUps) catchUp.owe(prefix, true);
  }
}
