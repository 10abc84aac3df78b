import type { AttributeSet } from "../../protocol/attributes/attribute-set.js";
import { encodeAttributes } from "../../protocol/attributes/encode-attributes.js";
import { Family } from "../../protocol/net/address-family.js";

export interface NaivePeer {
  readonly name: string;
  readonly source: "bgp" | "static" | "direct" | "kernel";
  readonly internal: boolean;
  readonly routerId: number;
  readonly address: number; // IPv4
  readonly localAs: number;
  readonly allowOwnAs: number;
  readonly addPath: boolean; // it sends path identifiers (RFC 7911)
}

export interface NaiveRoute {
  readonly prefix: string;
  readonly pathId: number;
  readonly set: AttributeSet;
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
  readonly received = new Map<NaivePeer, Map<string, NaiveRoute>>(); // by prefix and path identifier
  readonly stale = new Map<NaivePeer, ReadonlySet<string>>();
  readonly imports = new Map<NaivePeer, NaiveImport>();
  readonly unreachable = new Set<string>();
  readonly metrics = new Map<string, number>();

  routes(peer: NaivePeer): Map<string, NaiveRoute> {
    const routes = this.received.get(peer) ?? new Map<string, NaiveRoute>();
    this.received.set(peer, routes);
    return routes;
  }

  announce(peer: NaivePeer, prefix: string, set: AttributeSet, pathId = 0): void {
    this.routes(peer).set(routeKey(prefix, pathId), { prefix, pathId, set });
    this.#refresh(peer, routeKey(prefix, pathId));
  }

  withdraw(peer: NaivePeer, prefix: string, pathId = 0): void {
    this.routes(peer).delete(routeKey(prefix, pathId));
    this.#refresh(peer, routeKey(prefix, pathId));
  }

  remove(peer: NaivePeer): void {
    for (const facts of [this.received, this.stale, this.imports]) facts.delete(peer);
  }

  markStale(peer: NaivePeer): void {
    this.stale.set(peer, new Set(this.routes(peer).keys()));
  }

  sweepStale(peer: NaivePeer): void {
    for (const key of this.stale.get(peer) ?? []) this.routes(peer).delete(key);
    this.stale.delete(peer);
  }

  /** What import makes of the peer's routes to the prefix, or to all. */
  accepted(peer: NaivePeer, prefix?: string): AttributeSet[] {
    const accept = this.imports.get(peer) ?? ((_prefix, set) => set);
    return [...this.routes(peer).values()]
      .filter((route) => (prefix === undefined || route.prefix === prefix) && !loops(peer, route.set))
      .flatMap((route) => accept(route.prefix, route.set) ?? []);
  }

  /** Every path equal to the best up to the router id, and the best; equal ones of a peer count once. */
  best(prefix: string): { best: NaivePath; multipath: NaivePath[] } | undefined {
    let paths: NaivePath[] = [];
    for (const peer of this.received.keys()) {
      const usable = this.accepted(peer, prefix).filter((set) => !this.unreachable.has(`${set.nextHop}`));
      const distinct = new Map(usable.map((set) => [octets(set), set]));
      for (const set of distinct.values()) paths.push({ peer, set });
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
    paths = paths.toSorted((a, b) => compare(a.peer.name, b.peer.name) || compare(octets(a.set), octets(b.set)));
    return { best: paths[0]!, multipath };
  }

  #refresh(peer: NaivePeer, key: string): void {
    this.stale.set(peer, new Set([...(this.stale.get(peer) ?? [])].filter((other) => other !== key)));
  }
}

export function routeKey(prefix: string, pathId: number): string {
  return `${prefix} ${pathId}`;
}

/** The attribute list in hexadecimal. */
function octets(set: AttributeSet): string {
  return Buffer.from(encodeAttributes(set, Family.Ipv4Unicast, { fourOctetAs: true })).toString("hex");
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
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
