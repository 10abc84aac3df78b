/** What a route says apart from its prefix, next hop and the neighbour's own AS. */
export interface PathSet {
  readonly origin: number;
  readonly asns: readonly number[]; // the neighbour's AS is not among them
  readonly communities: readonly number[];
  readonly isAggregate: boolean; // with ATOMIC_AGGREGATE and AGGREGATOR
}

/** Many path sets in columns. */
export class PathSets {
  readonly #origins: number[] = [];
  readonly #aggregates: boolean[] = [];
  readonly #asns: number[] = [];
  readonly #asnsEnd: number[] = [];
  readonly #communities: number[] = [];
  readonly #communitiesEnd: number[] = [];

  get count(): number {
    return this.#origins.length;
  }

  /** @returns its row */
  add(set: PathSet): number {
    this.#origins.push(set.origin);
    this.#aggregates.push(set.isAggregate);
    this.#asns.push(...set.asns);
    this.#asnsEnd.push(this.#asns.length);
    this.#communities.push(...set.communities);
    this.#communitiesEnd.push(this.#communities.length);
    return this.count - 1;
  }

  get(row: number): PathSet {
    return {
      origin: this.#origins[row]!,
      asns: this.#asns.slice(row === 0 ? 0 : this.#asnsEnd[row - 1], this.#asnsEnd[row]),
      communities: this.#communities.slice(row === 0 ? 0 : this.#communitiesEnd[row - 1], this.#communitiesEnd[row]),
      isAggregate: this.#aggregates[row]!,
    };
  }

  pathLength(row: number): number {
    return this.#asnsEnd[row]! - (row === 0 ? 0 : this.#asnsEnd[row - 1]!);
  }
}
