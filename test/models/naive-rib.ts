import type { AttributeSet } from "../../protocol/attributes/attribute-set.js";

export interface NaivePeer {
  readonly name: string;
  readonly source: "bgp" | "static" | "direct" | "kernel";
  readonly internal: boolean;
  readonly routerId: number;
  readonly address: number; // IPv4
  readonly localAs: number;
  readonly allowOwnAs: number;
}

/** What import makes of a route; undefined: rejected. */
export type NaiveImport = (prefix: string, set: AttributeSet) => AttributeSet | undefined;

export interface NaivePath {
  readonly peer: NaivePeer;
  readonly set: AttributeSet;
}

const PREFERENCES = { direct: 240, static: 200, bgp: 100, kernel: 10 };

/** The twin of Rib for one family: Maps of objects, and RFC 4271 §9.1.2.2 as a chain of filters over all of them. */
export class NaiveRib {
  readonly received = new Map<NaivePeer, Map<string, AttributeSet>>();
  readonly stale = new Map<NaivePeer, ReadonlySet<string>>();
  readonly imports = new Map<NaivePeer, NaiveImport>();
  readonly unreachable = new Set<string>();
  readonly metrics = new Map<string, number>();

  routes(peer: NaivePeer): Map<string, AttributeSet> {
    const routes = this.received.get(peer) ?? new Map<string, AttributeSet>();
    this.received.set(peer, routes);
    return routes;
  }

  announce(peer: NaivePeer, prefix: string, set: AttributeSet): void {
    this.routes(peer).set(prefix, set);
    this.#refresh(peer, prefix);
  }

  withdraw(peer: NaivePeer, prefix: string): void {
    this.routes(peer).delete(prefix);
    this.#refresh(peer, prefix);
  }

  remove(peer: NaivePeer): void {
    for (const facts of [this.received, this.stale, this.imports]) facts.delete(peer);
  }

  markStale(peer: NaivePeer): void {
    this.stale.set(peer, new Set(this.routes(peer).keys()));
  }

  sweepStale(peer: NaivePeer): void {
    for (const prefix of this.stale.get(peer) ?? []) this.routes(peer).delete(prefix);
    this.stale.delete(peer);
  }

  accepted(peer: NaivePeer, prefix: string): AttributeSet | undefined {
    const set = this.routes(peer).get(prefix);
    if (set === undefined || loops(peer, set)) return undefined;
    const accept = this.imports.get(peer);
    return accept === undefined ? set : accept(prefix, set);
  }

  /** Every path equal to the best up to the router id, and the best. */
  best(prefix: string): { best: NaivePath; multipath: NaivePath[] } | undefined {
    let paths: NaivePath[] = [];
    for (const peer of this.received.keys()) {
      const set = this.accepted(peer, prefix);
      if (set !== undefined && !this.unreachable.has(`${set.nextHop}`)) paths.push({ peer, set });
    }
    if (paths.length === 0) return undefined;
    paths = lowest(paths, ({ peer }) => -PREFERENCES[peer.source]);
    paths = lowest(paths, ({ set }) => -(set.localPref ?? 100));
    paths = lowest(paths, ({ set }) => pathLength(set));
    paths = lowest(paths, ({ set }) => set.origin!);
    const tied = paths;
    paths = tied.filter((one) => !tied.some((other) => neighbor(other.set) === neighbor(one.set) && med(other) < med(one)));
    paths = lowest(paths, ({ peer }) => (peer.internal ? 1 : 0));
    paths = lowest(paths, ({ set }) => this.metrics.get(`${set.nextHop}`) ?? 0);
    const multipath = paths;
    paths = lowest(paths, ({ peer, set }) => set.originatorId ?? peer.routerId);
    paths = lowest(paths, ({ set }) => set.clusterList?.length ?? 0);
    paths = lowest(paths, ({ peer }) => peer.address);
    paths = paths.toSorted((a, b) => (a.peer.name < b.peer.name ? -1 : 1));
    return { best: paths[0]!, multipath };
  }

  #refresh(peer: NaivePeer, prefix: string): void {
    this.stale.set(peer, new Set([...(this.stale.get(peer) ?? [])].filter((other) => other !== prefix)));
  }
}

function lowest(paths: NaivePath[], key: (path: NaivePath) => number): NaivePath[] {
  const least = Math.min(...paths.map(key));
  return paths.filter((path) => key(path) === least);
}

function loops(peer: NaivePeer, set: AttributeSet): boolean {
  if (peer.source !== "bgp") return false;
  const asns = (set.asPath ?? []).flatMap((segment) => segment.asns as readonly number[]);
  return asns.filter((as) => as === peer.localAs).length > peer.allowOwnAs;
}

function pathLength(set: AttributeSet): number {
  const lengths = (set.asPath ?? []).map(({ type, asns }) => (type === "sequence" ? asns.length : type === "set" ? 1 : 0));
  return lengths.reduce((sum, length) => sum + length, 0);
}

function neighbor(set: AttributeSet): number {
  const first = set.asPath?.[0];
  return first?.type === "sequence" ? first.asns[0]! : 0;
}

function med({ set }: NaivePath): number {
  return set.multiExitDisc ?? 0;
}
