import type { IpVersion } from "../../../protocol/net/ip-address.js";
import type { PrefixId } from "../../../rib/store/ids.js";

/** A route of another protocol, as far as it matters here. */
export interface ForeignRoute {
  readonly metric: number;
  readonly fingerprint: number;
  readonly interfaces: readonly number[]; // of its hops
}

/** The routes of others in our table, by prefix row: a few hundred on an ordinary node, so objects do. */
export class ForeignRoutes {
  readonly #routes = { 4: new Map<PrefixId, ForeignRoute[]>(), 6: new Map<PrefixId, ForeignRoute[]>() };
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** @param replaces the route took the place of the one with that metric */
  add(version: IpVersion, row: PrefixId, added: ForeignRoute, replaces: boolean): void {
    const before = this.#routes[version].get(row) ?? [];
    const after = before.filter(
      (route) => route.metric !== added.metric || (!replaces && route.fingerprint !== added.fingerprint),
    );
    after.push(added);
    this.#put(version, row, before, after);
  }

  /** @returns false when we did not know exactly that route: what we know is to be read anew */
  remove(version: IpVersion, row: PrefixId, metric: number, fingerprint: number): boolean {
    const before = this.#routes[version].get(row) ?? [];
    const after = before.filter((route) => route.metric !== metric || route.fingerprint !== fingerprint);
    this.#put(version, row, before, after);
    return after.length === before.length - 1;
  }

  /** IPv4 routes that lead out of that interface alone went with it: the kernel does not say so. @returns their rows */
  removeInterface(ifindex: number): readonly PrefixId[] {
    const gone: PrefixId[] = [];
    for (const [row, before] of this.#routes[4]) {
      const after = before.filter(({ interfaces }) => interfaces.length === 0 || interfaces.some((index) => index !== ifindex));
      if (after.length === before.length) continue;
      gone.push(row);
      this.#put(4, row, before, after);
    }
    return gone;
  }

  hasPrefix(version: IpVersion, row: PrefixId): boolean {
    return this.#routes[version].has(row);
  }

  has(version: IpVersion, row: PrefixId, metric: number): boolean {
    return this.#routes[version].get(row)?.some((route) => route.metric === metric) ?? false;
  }

  rows(version: IpVersion): Iterable<PrefixId> {
    return this.#routes[version].keys();
  }

  equals(other: ForeignRoutes): boolean {
    return this.#count === other.#count && this.#isWithin(other, 4) && this.#isWithin(other, 6);
  }

  #put(version: IpVersion, row: PrefixId, before: readonly ForeignRoute[], after: ForeignRoute[]): void {
    this.#count += after.length - before.length;
    if (after.length === 0) this.#routes[version].delete(row);
    else this.#routes[version].set(row, after);
  }

  #isWithin(other: ForeignRoutes, version: IpVersion): boolean {
    for (const [row, routes] of this.#routes[version]) {
      const others = other.#routes[version].get(row) ?? [];
      const isThere = (one: ForeignRoute) => others.some((o) => o.metric === one.metric && o.fingerprint === one.fingerprint);
      if (!routes.every(isThere)) return false;
    }
    return true;
  }
}
