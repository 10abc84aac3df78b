import { isResolvable } from "../decision/eligibility.js";
import { BestPathSelection } from "../decision/select-best.js";
import { type ExportProfile, encodingKey, profileKey } from "../export/export-profile.js";
import type { FamilyTable } from "../family-table.js";
import type { ImportFilter } from "../import-filter.js";
import type { RibPeer } from "../peer-table.js";
import type { Rib } from "../rib.js";
import { type AttributeSetId, NO_ATTRIBUTES, NO_PEER, type PeerId, type PrefixId } from "../store/ids.js";
import { ExportJudge } from "./export-judge.js";
import { Tally } from "./tally.js";

/** A change to one family that is looked at before it is made. */
export interface Change {
  /** Peers that are others from now on; null: gone. */
  readonly peers: ReadonlyMap<PeerId, RibPeer | null>;
  /** Routes of our own sources that come, change or (0) go. The caller holds a reference on each set. */
  readonly local: readonly { readonly peer: PeerId; readonly prefix: PrefixId; readonly set: AttributeSetId }[];
  /** What is told to whom; by name. */
  readonly exports: ReadonlyMap<string, ExportChange>;
}

/** A session's export, before and after; null: there is none. */
export interface ExportChange {
  readonly peer: PeerId; // 0: it has sent nothing yet
  readonly before: ExportProfile | null;
  readonly after: ExportProfile | null;
}

/** The best path of a prefix; 0 and 0 when there is none. */
export interface BestPath {
  readonly peer: PeerId;
  readonly set: AttributeSetId;
}

export type OnPrefix = (prefix: PrefixId, before: BestPath, after: BestPath) => void;

/** A path that could be told, by a name that it keeps whatever becomes of it. */
interface NamedPath extends BestPath {
  readonly name: string;
}

/** Members whose export is the same before, and after. */
interface ExportClass {
  readonly tellsAll: boolean; // every eligible path of a prefix, not the best alone (RFC 7911)
  readonly before: ExportJudge | null;
  readonly after: ExportJudge | null;
  readonly isOther: boolean;
  readonly rewrites: boolean; // equal sets leave as other octets
  readonly members: { readonly peer: PeerId; readonly tally: Tally }[];
}

/**
 * What a change of peers, policies and own routes would do to the routes of one family: import, decision and export are run
 * again on what the RIB keeps, and nothing is changed.
 */
export class Preview {
  /** What import makes of what a peer has announced; by peer. */
  readonly imports = new Map<PeerId, Tally>();
  /** What a session is told; by name. */
  readonly exports = new Map<string, Tally>();

  readonly #rib: Rib;
  readonly #table: FamilyTable;
  readonly #change: Change;
  readonly #onPrefix: OnPrefix;
  readonly #filters = new Map<PeerId, ImportFilter | null>();
  readonly #local = new Map<PrefixId, Map<PeerId, AttributeSetId>>();
  readonly #classes: readonly ExportClass[];
  readonly #tellsAll: boolean;
  readonly #selection: BestPathSelection;
  readonly #now: NamedPath[] = []; // eligible paths of the prefix that is looked at
  readonly #then: NamedPath[] = [];
  #at = 0;

  /** @param onPrefix called for each prefix once, in the order of their ids @param examples that are kept of each sort */
  constructor(rib: Rib, table: FamilyTable, change: Change, onPrefix: OnPrefix, examples: number) {
    this.#rib = rib;
    this.#table = table;
    this.#change = change;
    this.#onPrefix = onPrefix;
    this.#selection = new BestPathSelection(table.facts);
    for (const [id, peer] of change.peers) {
      this.#filters.set(id, peer === null ? null : rib.filterFor(peer, table));
      this.imports.set(id, new Tally(examples));
    }
    for (const { peer, prefix, set } of change.local) {
      this.#local.set(prefix, (this.#local.get(prefix) ?? new Map<PeerId, AttributeSetId>()).set(peer, set));
      table.prefixes.retain(prefix);
    }
    this.#classes = this.#classify(examples);
    this.#tellsAll = this.#classes.some(({ tellsAll }) => tellsAll);
  }

  /** Looks at up to `limit` prefixes. @returns true when there are more */
  work(limit: number): boolean {
    const { prefixes } = this.#table;
    const end = Math.min(prefixes.highest, this.#at + limit);
    while (this.#at < end) {
      const prefix = ++this.#at as PrefixId;
      if (prefixes.isLive(prefix)) this.#look(prefix);
    }
    return this.#at < prefixes.highest;
  }

  /** The best path as it would be. */
  bestAfter(prefix: PrefixId): BestPath {
    return this.#best(prefix, false);
  }

  close(): void {
    for (const filter of this.#filters.values()) filter?.close();
    for (const { before, after } of this.#classes) {
      before?.close();
      after?.close();
    }
    for (const { prefix } of this.#change.local) this.#table.prefixes.release(prefix);
  }

  #look(prefix: PrefixId): void {
    const before = { peer: this.#table.bestPeer(prefix), set: this.#table.best(prefix) };
    const after = this.#best(prefix, true);
    this.#onPrefix(prefix, before, after);
    for (const each of this.#classes) {
      if (each.tellsAll) this.#compareExports(each, prefix, this.#now, this.#then);
      else if (each.isOther || before.set !== after.set || before.peer !== after.peer)
        this.#compareExports(each, prefix, [{ name: "best", ...before }], [{ name: "best", ...after }]);
    }
  }

  #best(prefix: PrefixId, isCounted: boolean): BestPath {
    const { best, bestPeer } = { best: this.#table.best(prefix), bestPeer: this.#table.bestPeer(prefix) };
    const isTouched = this.#filters.size > 0 || this.#local.has(prefix);
    if (!isTouched && !this.#tellsAll) return { peer: bestPeer, set: best };
    this.#gather(prefix, isCounted);
    if (!isTouched) return { peer: bestPeer, set: best };
    const pages = this.#then.map(({ set }) => Int32Array.of(set));
    const block = { peers: this.#then.map(({ peer }) => peer), received: pages, accepted: pages, paths: [], hasLanes: true };
    this.#selection.select(block, 0, bestPeer, best);
    return { peer: this.#selection.peer, set: this.#selection.set };
  }

  /** Puts the eligible paths together, as they are and as they would be. */
  #gather(prefix: PrefixId, isCounted: boolean): void {
    this.#now.length = 0;
    this.#then.length = 0;
    const own = new Map(this.#local.get(prefix));
    for (const { peer, pathId, received, accepted } of this.#table.candidates(prefix)) {
      const after = own.get(peer) ?? this.#accept(peer, prefix, received, accepted);
      own.delete(peer);
      if (isCounted) this.#countImport(peer, prefix, accepted, after);
      const name = `${peer} ${pathId}`;
      if (this.#isEligible(accepted)) this.#now.push({ name, peer, set: accepted });
      if (this.#isEligible(after)) this.#then.push({ name, peer, set: after });
    }
    for (const [peer, set] of own) if (this.#isEligible(set)) this.#then.push({ name: `${peer} null`, peer, set });
  }

  #isEligible(set: AttributeSetId): boolean {
    const { attributes, nextHops } = this.#rib;
    return set !== NO_ATTRIBUTES && isResolvable(set, attributes, nextHops);
  }

  #accept(peer: PeerId, prefix: PrefixId, received: AttributeSetId, accepted: AttributeSetId): AttributeSetId {
    const filter = this.#filters.get(peer);
    if (filter === undefined) return accepted;
    return filter === null ? NO_ATTRIBUTES : filter.accept(prefix, received);
  }

  #countImport(peer: PeerId, prefix: PrefixId, before: AttributeSetId, after: AttributeSetId): void {
    const tally = this.imports.get(peer);
    if (tally !== undefined && before !== after) tally.count(changeOf(before, after), () => this.#text(prefix));
  }

  #compareExports(each: ExportClass, prefix: PrefixId, now: readonly NamedPath[], then: readonly NamedPath[]): void {
    const left = new Map(now.map((path) => [path.name, path]));
    for (const is of then) {
      this.#comparePath(each, prefix, left.get(is.name) ?? NO_PATH, is);
      left.delete(is.name);
    }
    for (const was of left.values()) this.#comparePath(each, prefix, was, NO_PATH);
  }

  /** A path is not told to the peer it was learned from. */
  #comparePath({ before, after, rewrites, members }: ExportClass, prefix: PrefixId, was: BestPath, is: BestPath): void {
    const told = before?.decide(prefix, was.set, was.peer) ?? NO_ATTRIBUTES;
    const tells = after?.decide(prefix, is.set, is.peer) ?? NO_ATTRIBUTES;
    const leavesOtherwise = () =>
      rewrites || (was.peer !== is.peer && before?.sent(told, was.peer) !== after?.sent(tells, is.peer));
    const isOther = told !== tells || (told !== NO_ATTRIBUTES && leavesOtherwise());
    if (!isOther && was.peer === is.peer) return;
    for (const { peer, tally } of members) {
      const [from, to] = [peer === was.peer ? NO_ATTRIBUTES : told, peer === is.peer ? NO_ATTRIBUTES : tells];
      if (from !== to || (isOther && from !== NO_ATTRIBUTES)) tally.count(changeOf(from, to), () => this.#text(prefix));
    }
  }

  #classify(examples: number): readonly ExportClass[] {
    const classes = new Map<string, ExportClass>();
    const current = (id: PeerId) => this.#rib.peer(id);
    const changed = (id: PeerId) => this.#change.peers.get(id) ?? this.#rib.peer(id);
    for (const [name, { peer, before, after }] of this.#change.exports) {
      const [was, is] = [before && profileKey(before), after && profileKey(after)];
      const key = JSON.stringify([was, is]);
      const found = classes.get(key) ?? {
        before: before && new ExportJudge(this.#rib, before, current),
        after: after && new ExportJudge(this.#rib, after, changed),
        tellsAll: (before ?? after)?.addPath === true,
        isOther: was !== is || this.#change.peers.size > 0,
        rewrites: before !== null && after !== null && encodingKey(before) !== encodingKey(after),
        members: [],
      };
      classes.set(key, found);
      const tally = new Tally(examples);
      this.exports.set(name, tally);
      found.members.push({ peer: peer || NO_PEER, tally });
    }
    return [...classes.values()];
  }

  #text(prefix: PrefixId): string {
    return this.#table.prefixes.read(prefix).toString();
  }
}

const NO_PATH: BestPath = { peer: NO_PEER, set: NO_ATTRIBUTES };

function changeOf(before: AttributeSetId, after: AttributeSetId): "gained" | "lost" | "changed" {
  if (before === NO_ATTRIBUTES) return "gained";
  return after === NO_ATTRIBUTES ? "lost" : "changed";
}
