import { AdjRibIn } from "./adj-rib-in.js";
import type { Contributors } from "./contributors.js";
import type { AttributeSetTable } from "./store/attribute-set-table.js";
import { NO_ATTRIBUTES, type PeerId, type PrefixId } from "./store/ids.js";

/** Paths of one prefix by one peer: more than there are nodes behind a route reflector, few enough to look through for each route. */
export const MOST_PATHS = 1024;
/** Pages behind the first lane, 8 KiB each, that every peer may have: for a few prefixes with many paths. */
const FREE_PAGES = 1024;
/** And one more for so many routes, which makes 128 octets a route: nobody pays more for one path here and one there. */
const ROUTES_PER_PAGE = 64;

/**
 * All paths that one peer has announced in one family (RFC 7911): lane k holds the path of each prefix that came when k others
 * were there. A path stays in its lane while it exists, and a lane that it leaves is taken by the next. Path identifiers are
 * looked for lane by lane, so it does not matter what numbers the peer uses.
 *
 * Without ADD-PATH there is the first lane only, and no path identifier is kept.
 */
export class PathLanes {
  readonly first: AdjRibIn;
  readonly #lanes: AdjRibIn[];
  readonly #attributes: AttributeSetTable;
  readonly #contributors: Contributors;
  #usesPathIds = false;

  constructor(peer: PeerId, attributes: AttributeSetTable, contributors: Contributors) {
    this.#attributes = attributes;
    this.#contributors = contributors;
    this.first = new AdjRibIn(peer, 0, attributes, contributors);
    this.#lanes = [this.first];
  }

  get all(): readonly AdjRibIn[] {
    return this.#lanes;
  }

  /** True once a route has come with a path identifier: then those without one count as having 0. */
  get usesPathIds(): boolean {
    return this.#usesPathIds;
  }

  get routeCount(): number {
    return this.#lanes.reduce((sum, { routeCount }) => sum + routeCount, 0);
  }

  get acceptedCount(): number {
    return this.#lanes.reduce((sum, { acceptedCount }) => sum + acceptedCount, 0);
  }

  get staleCount(): number {
    return this.#lanes.reduce((sum, { stale }) => sum + stale.count, 0);
  }

  /** The lane of the path, or null: the peer has not announced it. */
  find(prefix: PrefixId, pathId: number): AdjRibIn | null {
    for (const lane of this.#lanes) if (lane.holds(prefix, pathId)) return lane;
    return null;
  }

  /** The lane that the path is in, or from now on belongs to; null: the peer has too many. A prefix without paths always gets one. */
  laneFor(prefix: PrefixId, pathId: number): AdjRibIn | null {
    this.#usesPathIds = true;
    const lanes = this.#lanes;
    let free: AdjRibIn | null = null;
    for (let i = 0; i < lanes.length; i++) {
      if (lanes[i].received(prefix) === NO_ATTRIBUTES) free ??= lanes[i];
      else if (lanes[i].pathId(prefix) === pathId) return lanes[i];
    }
    free ??= this.#addLane();
    if (free === null || !this.#hasRoom(free, prefix)) return null;
    free.setPathId(prefix, pathId);
    return free;
  }

  /** The first prefix after `prefix` with a received route, or 0. */
  next(prefix: PrefixId): PrefixId {
    return this.#lanes.map((lane) => lane.next(prefix)).reduce((a, b) => (a === 0 || (b !== 0 && b < a) ? b : a));
  }

  #addLane(): AdjRibIn | null {
    if (this.#lanes.length === MOST_PATHS) return null;
    const lane = new AdjRibIn(this.first.peer, this.#lanes.length, this.#attributes, this.#contributors);
    this.#lanes.push(lane);
    return lane;
  }

  #hasRoom(lane: AdjRibIn, prefix: PrefixId): boolean {
    if (lane === this.first || lane.hasPage(prefix)) return true;
    const pages = this.#lanes.reduce((sum, { pageCount }) => sum + pageCount, 0) - this.first.pageCount;
    return pages < FREE_PAGES + this.routeCount / ROUTES_PER_PAGE;
  }
}
