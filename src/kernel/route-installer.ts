import type { Family } from "../../protocol/net/address-family.js";
import type { Prefix } from "../../protocol/net/prefix.js";
import type { ChangeQueue } from "../../rib/changes.js";
import type { FamilyTable } from "../../rib/family-table.js";
import type { Rib } from "../../rib/rib.js";
import { capacityFor, grown } from "../../rib/store/column.js";
import type { AttributeSetId, NextHopId, PeerId, PrefixId } from "../../rib/store/ids.js";
import type { KernelRule, NodePlan, WireguardNode } from "../plan/node-plan.js";
import { priorityOf } from "../plan/route-priority.js";
import { ForwardingGroups, mergeHops } from "./forwarding-groups.js";
import type { Kernel } from "./kernel.js";
import { isTunnelled, ruleFor } from "./kernel-rules.js";
import type { Hop } from "./netlink/forwarding.js";
import type { NextHopTracker } from "./next-hop-tracker.js";
import { RouteBatch } from "./route-batch.js";

/** The device of IPIP pools. */
const TUNNEL = "tunl0";

/** Rows that leave for the worker together. */
const BATCH = 16384;

const FIRST_ROWS = 1024;

/** Why the best path of a prefix is, or is not, wanted in the kernel. */
export type Installation =
  | { readonly wanted: true; readonly metric: number; readonly hops: readonly Hop[] } // no hops: a blackhole
  | { readonly wanted: false; readonly reason: string };

export interface WantedRoute {
  readonly prefix: Prefix;
  readonly metric: number;
  readonly hops: readonly Hop[]; // none: a blackhole
}

export interface InstallerPlan {
  readonly kernelRules: NodePlan["kernelRules"];
  readonly wireguardNodes: NodePlan["wireguardNodes"];
  readonly localRoutes: NodePlan["localRoutes"];
}

/**
 * Brings the best paths of the RIB into the kernel: BGP routes over all their equal paths, our own blocks as blackholes.
 * Direct and kernel routes are there already. What the node plan's rules leave to others, and what has no way to its next hop,
 * is left out.
 */
export class RouteInstaller {
  /** There is work to do. */
  onWork: () => void = () => {};
  readonly #rib: Rib;
  readonly #kernel: Kernel;
  readonly #tracker: NextHopTracker;
  readonly #groups = new ForwardingGroups();
  readonly #batch = new RouteBatch(BATCH);
  readonly #families: readonly InstalledFamily[];
  readonly #unsubscribe: () => void;
  #plan: InstallerPlan = {
    kernelRules: [],
    wireguardNodes: [],
    localRoutes: { ignoredInterfaces: [], normalPriority: null },
  };
  #wireguardNodes: ReadonlyMap<string, WireguardNode> = new Map(); // by address
  #tunnel: number | null = null; // its interface index
  readonly #groupOfNextHop = new Map<NextHopId, number>(); // of single paths without a rule; void when a resolution changes
  readonly #groupOfPaths = new Map<string, number>(); // by rule and next hops; void as well
  readonly #pathNextHops: NextHopId[] = [];
  readonly #collectNextHop = (peer: PeerId, set: AttributeSetId) => {
    if (this.#rib.peer(peer).source === "bgp") this.#pathNextHops.push(this.#rib.attributes.nextHop(set));
  };

  constructor(parts: { readonly rib: Rib; readonly kernel: Kernel; readonly tracker: NextHopTracker }) {
    this.#rib = parts.rib;
    this.#kernel = parts.kernel;
    this.#tracker = parts.tracker;
    this.#families = parts.rib.families.map((family) => new InstalledFamily(parts.rib.table(family)));
    this.#tunnel = this.#findTunnel();
    parts.tracker.onChange = () => {
      this.#forgetGroups();
      this.onWork();
    };
    this.#unsubscribe = parts.kernel.view.subscribe(() => this.#viewChanged());
  }

  /** The rules from now on; when they are others than before, everything is looked at again. */
  setPlan({ kernelRules, wireguardNodes, localRoutes }: InstallerPlan): void {
    const before = JSON.stringify(this.#plan);
    this.#plan = { kernelRules, wireguardNodes, localRoutes };
    this.#wireguardNodes = new Map(wireguardNodes.map((node) => [node.address.toString(), node]));
    if (JSON.stringify(this.#plan) !== before) this.#restart();
  }

  /**
   * Deals with up to `limit` changed prefixes of each family, and sends what that gives to the worker.
   * @returns true when there is more
   */
  work(limit: number): boolean {
    let isMore = false;
    for (const family of this.#families) {
      for (let left = limit; left > 0; left--) {
        const prefix = family.queue.next();
        if (prefix === 0) break;
        this.#update(family, prefix);
        if (this.#batch.size === BATCH) this.#send();
      }
      isMore ||= family.queue.size > 0;
    }
    this.#send();
    return isMore;
  }

  /** What is wanted for the prefix, and why: for people. What became of it in the kernel: `Kernel.routeState`. */
  explain(prefix: Prefix): Installation {
    const family = this.#families.find(({ table }) => table.family === prefix.family);
    const id = family?.table.find(prefix) ?? 0;
    if (family === undefined || id === 0) return refused("no path to this prefix is known");
    return this.#decide(family.table, id as PrefixId);
  }

  /** Everything that is wanted in the kernel. */
  *routes(): Iterable<WantedRoute> {
    for (const family of this.#families) {
      for (const prefix of family.wanted()) {
        const hops = this.#groups.hopsOf(family.group(prefix));
        yield { prefix: family.table.prefixes.read(prefix), metric: family.metric(prefix), hops };
      }
    }
  }

  close(): void {
    this.#unsubscribe();
    for (const { queue } of this.#families) queue.close();
  }

  #update(family: InstalledFamily, prefix: PrefixId): void {
    const group = this.#groupFor(family.table, prefix);
    if (group === NONE) this.#drop(family, prefix);
    else this.#want(family, prefix, group, this.#metric(family.table, prefix));
  }

  #want(family: InstalledFamily, prefix: PrefixId, group: number, metric: number): void {
    const before = family.group(prefix);
    if (before === group && family.metric(prefix) === metric) return;
    this.#groups.retain(group);
    if (before !== NONE) this.#groups.release(before);
    else family.table.prefixes.retain(prefix);
    family.set(prefix, group, metric);
    this.#batch.want(family.table.prefixes, prefix, metric, group);
  }

  #drop(family: InstalledFamily, prefix: PrefixId): void {
    const before = family.group(prefix);
    if (before === NONE) return;
    this.#batch.drop(family.table.prefixes, prefix);
    family.set(prefix, NONE, 0);
    this.#groups.release(before);
    family.table.prefixes.release(prefix);
  }

  #send(): void {
    this.#kernel.changeGroups(this.#groups.takeDefinitions(), []);
    this.#kernel.sendRoutes(this.#batch.take());
    const released = this.#groups.takeReleases();
    if (released.length === 0) return;
    this.#forgetGroups(); // they may be among them
    this.#kernel.changeGroups([], released);
  }

  /** The number of the forwarding group, or NONE. What paths with the same next hops gave before is remembered. */
  #groupFor(table: FamilyTable, prefix: PrefixId): number {
    const best = table.best(prefix);
    if (best === 0 || this.#rib.peer(table.bestPeer(prefix)).source !== "bgp") return this.#groupOf(this.#decide(table, prefix));
    const rule = ruleFor(this.#plan.kernelRules, table.prefixes, prefix);
    if (rule?.action === "skip") return NONE;
    this.#pathNextHops.length = 0;
    table.multipath(prefix, this.#collectNextHop);
    return rule === null && this.#pathNextHops.length === 1
      ? this.#remembered(this.#groupOfNextHop, this.#pathNextHops[0], table, prefix)
      : this.#remembered(this.#groupOfPaths, `${rule?.cidr ?? ""} ${this.#pathNextHops.join(" ")}`, table, prefix);
  }

  #remembered<K>(groups: Map<K, number>, key: K, table: FamilyTable, prefix: PrefixId): number {
    const known = groups.get(key);
    if (known !== undefined) return known;
    const group = this.#groupOf(this.#decide(table, prefix));
    groups.set(key, group);
    return group;
  }

  #forgetGroups(): void {
    this.#groupOfNextHop.clear();
    this.#groupOfPaths.clear();
  }

  #groupOf(installation: Installation): number {
    return installation.wanted ? this.#groups.idOf(installation.hops) : NONE;
  }

  #decide(table: FamilyTable, prefix: PrefixId): Installation {
    const best = table.best(prefix);
    if (best === 0) return refused("no path to this prefix is usable");
    const { source } = this.#rib.peer(table.bestPeer(prefix));
    if (source === "direct" || source === "kernel") return refused(`the best path is the kernel's own (${source})`);
    if (source === "service") return refused("addresses of Services are announced, but never put into the kernel");
    const nextHop = this.#rib.attributes.nextHop(best);
    if (source === "static" && nextHop !== 0) return this.#decideHostRoute(nextHop, this.#metric(table, prefix));
    const rule = ruleFor(this.#plan.kernelRules, table.prefixes, prefix);
    if (rule?.action === "skip") return refused(`routes inside ${rule.cidr} ${whySkipped(rule)}`);
    if (source === "static") return { wanted: true, metric: this.#metric(table, prefix), hops: [] };
    return this.#decidePaths(table, prefix, rule);
  }

  /** The way to a peer behind a gateway: the rules, which are for what peers announce, do not apply. */
  #decideHostRoute(gateway: NextHopId, metric: number): Installation {
    const resolution = this.#tracker.resolution(gateway);
    return resolution.reachable ? { wanted: true, metric, hops: resolution.hops } : refused(resolution.reason);
  }

  #decidePaths(table: FamilyTable, prefix: PrefixId, rule: KernelRule | null): Installation {
    const ways: (readonly Hop[])[] = [];
    let reason = "there is no path by BGP";
    table.multipath(prefix, (peer, set) => {
      if (this.#rib.peer(peer).source !== "bgp") return;
      const way = this.#wayOf(set, rule);
      if (typeof way === "string") reason = way;
      else ways.push(way);
    });
    if (ways.length === 0) return refused(reason);
    return { wanted: true, metric: this.#metric(table, prefix), hops: mergeHops(ways) };
  }

  /** The hops of one path, or why there are none. */
  #wayOf(set: AttributeSetId, rule: KernelRule | null): readonly Hop[] | string {
    const nextHop: NextHopId = this.#rib.attributes.nextHop(set);
    const resolution = this.#tracker.resolution(nextHop);
    if (!resolution.reachable) return resolution.reason;
    const address = this.#rib.nextHops.addressOf(nextHop);
    const wireguardNode = this.#wireguardNodes.get(address.toString());
    if (wireguardNode !== undefined)
      return `routes via ${address} are left to Felix, which runs WireGuard there (Node ${wireguardNode.cause.name})`;
    if (!isTunnelled(rule, address)) return resolution.hops;
    if (this.#tunnel === null) return `there is no device ${TUNNEL} for the tunnel to ${address}`;
    return [{ gateway: address, ifindex: this.#tunnel, onlink: true, weight: 1 }];
  }

  #metric(table: FamilyTable, prefix: PrefixId): number {
    const { normalPriority } = this.#plan.localRoutes;
    if (normalPriority === null) return KERNEL_METRIC[table.family];
    if (this.#rib.peer(table.bestPeer(prefix)).source === "static") return normalPriority[table.family];
    return priorityOf(this.#rib.attributes.localPref(table.best(prefix)));
  }

  #viewChanged(): void {
    const tunnel = this.#findTunnel();
    if (tunnel === this.#tunnel) return;
    this.#tunnel = tunnel;
    this.#restart();
  }

  #findTunnel(): number | null {
    for (const link of this.#kernel.view.links) if (link.name === TUNNEL && link.isUp) return link.ifindex;
    return null;
  }

  #restart(): void {
    this.#forgetGroups();
    for (const { queue } of this.#families) queue.restart();
    this.onWork();
  }
}

const NONE = 0;

/** What a route has that was given no metric. */
const KERNEL_METRIC: { readonly [family in Family]: number } = { "ipv4-unicast": 0, "ipv6-unicast": 1024 };

/**
 * What the worker has been told of one family, in columns by prefix id:
 *
 *   #groups[id]    forwarding group, NONE: the route is not wanted
 *   #metrics[id]   32 bits unsigned, kept as signed
 *
 * Each wanted route holds a reference on its prefix and one on its group.
 */
class InstalledFamily {
  readonly table: FamilyTable;
  readonly queue: ChangeQueue;
  #groups = new Int32Array(FIRST_ROWS);
  #metrics = new Int32Array(FIRST_ROWS);

  constructor(table: FamilyTable) {
    this.table = table;
    this.queue = table.subscribe();
  }

  group(prefix: PrefixId): number {
    return prefix < this.#groups.length ? this.#groups[prefix] : NONE;
  }

  metric(prefix: PrefixId): number {
    return this.#metrics[prefix] >>> 0;
  }

  *wanted(): Iterable<PrefixId> {
    for (let prefix = 1; prefix < this.#groups.length; prefix++) if (this.#groups[prefix] !== NONE) yield prefix as PrefixId;
  }

  set(prefix: PrefixId, group: number, metric: number): void {
    if (prefix >= this.#groups.length) {
      const capacity = capacityFor(prefix, this.#groups.length);
      this.#groups = grown(this.#groups, capacity);
      this.#metrics = grown(this.#metrics, capacity);
    }
    this.#groups[prefix] = group;
    this.#metrics[prefix] = metric;
  }
}

function whySkipped({ cause: { kind, name } }: KernelRule): string {
  return kind === "IPPool"
    ? `are left to Felix (IPPool ${name})`
    : `stay out of the kernel: addresses of Services (${kind} ${name})`;
}

function refused(reason: string): Installation {
  return { wanted: false, reason };
}
