import type { AttributeSet } from "../../protocol/attributes/attribute-set.js";
import { WellKnownCommunity } from "../../protocol/attributes/communities.js";
import { encodeAttributes } from "../../protocol/attributes/encode-attributes.js";
import type { Family } from "../../protocol/net/address-family.js";
import type { Asn } from "../../protocol/net/asn.js";
import { IpAddress } from "../../protocol/net/ip-address.js";
import { Prefix } from "../../protocol/net/prefix.js";
import type { RouterId } from "../../protocol/net/router-id.js";
import { GlobSet } from "../../rib/policy/glob-set.js";
import type { RouteSource } from "../../rib/policy/policy.js";
import type { Rib } from "../../rib/rib.js";
import { type AttributeSetId, NO_ATTRIBUTES, type PeerId } from "../../rib/store/ids.js";
import type { NodePlan, OriginatedPrefix } from "../plan/node-plan.js";
import { onlyIn } from "../plan/originated-prefixes.js";
import { localPrefOf } from "../plan/route-priority.js";
import type { KernelRoute, KernelView } from "./kernel-view.js";
import { RouteProtocol, RouteType, RT_SCOPE_LINK } from "./netlink/code-points.js";

/** Where routes of this node come from. */
export type LocalSource = Exclude<RouteSource, "bgp">;

const SOURCES: readonly LocalSource[] = ["direct", "static", "service", "kernel"];

const LOOPBACK = "lo";

/** What a route has that leads out of no interface. */
const NOWHERE = { metric: 0, gateway: null, interface: null, isPrivate: false } as const;

/** Where a route of our own is said to be from. */
export function sourceOf({ type }: OriginatedPrefix): LocalSource {
  return type === "block" ? "static" : "service";
}

/** A route that this node has without BGP. */
export interface LocalRoute {
  readonly source: LocalSource;
  readonly prefix: Prefix;
  readonly metric: number; // the kernel's, 0: none
  readonly gateway: IpAddress | null;
  readonly interface: string | null;
  readonly isPrivate: boolean; // told to no peer
}

export interface LocalRoutesOptions {
  readonly asNumber: Asn;
  readonly routerId: RouterId;
  readonly originated: NodePlan["originated"];
  readonly hostRoutes: NodePlan["hostRoutes"];
  readonly localRoutes: NodePlan["localRoutes"];
}

/**
 * All local routes (reference 5.1) but those that the plan originates: the ways to peers behind a gateway, connected networks of
 * interfaces that are up, and the routes of others in the kernel's table. One route a source and prefix: of several in the
 * kernel that of the lowest metric.
 */
export function localRoutesOf(view: KernelView, { hostRoutes, localRoutes }: LocalRoutesOptions): readonly LocalRoute[] {
  const ignored = new GlobSet([LOOPBACK, ...localRoutes.ignoredInterfaces]);
  const routes = new Map<string, LocalRoute>();
  const add = (route: LocalRoute) => {
    const key = keyOf(route);
    const known = routes.get(key);
    if (known === undefined || route.metric < known.metric) routes.set(key, route);
  };
  for (const { prefix, gateway } of hostRoutes) add({ ...NOWHERE, source: "static", prefix, gateway, isPrivate: true });
  for (const route of connectedRoutes(view, ignored)) add(route);
  for (const route of view.routes()) if (isLearned(route)) add(kernelRoute(view, route));
  return [...routes.values()];
}

/** A local route that another plan would announce, with its attributes, or (0) no more. */
export interface LocalDifference {
  readonly peer: PeerId;
  readonly prefix: Prefix;
  readonly set: AttributeSetId;
}

/** Keeps the local routes in the RIB, as those of four peers that are none: "direct", "static", "service" and "kernel". */
export class LocalRoutes {
  /** The RIB has work to do. */
  onWork: () => void = () => {};
  readonly #rib: Rib;
  readonly #view: KernelView;
  readonly #unsubscribe: () => void;
  readonly #announced = new Map<string, { readonly route: LocalRoute; readonly content: string }>();
  #originated: NodePlan["originated"] = []; // announced as well: they may be tens of thousands, and follow the plan alone
  #peers: Readonly<Record<LocalSource, PeerId>> | null = null;
  #options: LocalRoutesOptions | null = null;

  constructor(parts: { readonly rib: Rib; readonly view: KernelView }) {
    this.#rib = parts.rib;
    this.#view = parts.view;
    this.#unsubscribe = parts.view.subscribe(() => this.#update());
  }

  /** Which blocks are ours, which interfaces count, and who we are. */
  setPlan(plan: LocalRoutesOptions): void {
    const before = this.#options;
    this.#options = plan;
    if (before?.asNumber !== plan.asNumber || before.routerId !== plan.routerId) this.#addPeers(plan);
    this.#originate(plan, before);
    this.#update();
  }

  /** What would be announced otherwise by `plan`; nothing is changed. The caller lets go of the sets. */
  differences(plan: LocalRoutesOptions): readonly LocalDifference[] {
    const peers = this.#peers;
    if (peers === null) return [];
    const differenceOf = (route: LocalRoute, isGone: boolean): LocalDifference => {
      const set = isGone ? NO_ATTRIBUTES : this.#intern(route, localPrefIn(route, plan));
      return { peer: peers[route.source], prefix: route.prefix, set };
    };
    const routeOf = (own: OriginatedPrefix) => ({ ...NOWHERE, source: sourceOf(own), prefix: own.prefix });
    const isSamePriority = this.#options !== null && samePriority(this.#options, plan);
    const come = isSamePriority ? onlyIn(plan.originated, this.#originated) : plan.originated;
    return [
      ...Array.from(onlyIn(this.#originated, plan.originated), (own) => differenceOf(routeOf(own), true)),
      ...Array.from(come, (own) => differenceOf(routeOf(own), false)),
      ...Array.from(this.#changes(plan), ({ route, content }) => differenceOf(route, content === null)),
    ];
  }

  close(): void {
    this.#unsubscribe();
  }

  #addPeers(plan: LocalRoutesOptions): void {
    if (this.#peers !== null) for (const source of SOURCES) this.#rib.removePeer(this.#peers[source]);
    this.#announced.clear();
    this.#originated = [];
    const add = (source: LocalSource) =>
      this.#rib.addPeer({
        name: source,
        source,
        internal: false,
        asNumber: plan.asNumber,
        localAs: plan.asNumber,
        allowOwnAs: 0,
        routerId: plan.routerId,
        address: IpAddress.v4(0),
        rrClient: false,
        importPolicy: null,
      });
    this.#peers = { direct: add("direct"), static: add("static"), service: add("service"), kernel: add("kernel") };
  }

  #originate(plan: LocalRoutesOptions, before: LocalRoutesOptions | null): void {
    if (this.#peers === null) return;
    const old = this.#originated;
    this.#originated = plan.originated;
    for (const own of onlyIn(old, plan.originated)) this.#rib.withdrawPrefix(this.#peers[sourceOf(own)], own.prefix);
    const isSamePriority = before !== null && samePriority(before, plan);
    const sets = new Map<Family, AttributeSetId>(); // all of a family have the same attributes
    for (const own of isSamePriority ? onlyIn(plan.originated, old) : plan.originated) {
      const { family } = own.prefix;
      const route = { ...NOWHERE, source: sourceOf(own), prefix: own.prefix };
      const set = sets.get(family) ?? this.#intern(route, localPrefIn(route, plan));
      sets.set(family, set);
      this.#rib.announcePrefix(this.#peers[route.source], own.prefix, set);
    }
    for (const set of sets.values()) this.#rib.attributes.release(set);
  }

  #update(): void {
    const options = this.#options;
    if (options === null || this.#peers === null) return;
    for (const { route, content } of this.#changes(options)) {
      if (content === null) {
        this.#announced.delete(keyOf(route));
        this.#rib.withdrawPrefix(this.#peers[route.source], route.prefix);
        continue;
      }
      this.#announced.set(keyOf(route), { route, content });
      const set = this.#intern(route, localPrefIn(route, options));
      this.#rib.announcePrefix(this.#peers[route.source], route.prefix, set);
      this.#rib.attributes.release(set);
    }
    this.onWork();
  }

  /** Of the routes that are not originated: what to announce, anew or otherwise than before, and (without content) what no more. */
  *#changes(options: LocalRoutesOptions): Iterable<{ readonly route: LocalRoute; readonly content: string | null }> {
    const gone = new Map(this.#announced);
    for (const route of localRoutesOf(this.#view, options)) {
      const key = keyOf(route);
      gone.delete(key);
      const content = `${localPrefIn(route, options)} ${route.gateway} ${route.interface} ${route.isPrivate}`;
      if (this.#announced.get(key)?.content !== content) yield { route, content };
    }
    for (const { route } of gone.values()) yield { route, content: null };
  }

  /** The route's attributes, with a reference that is the caller's. */
  #intern(route: LocalRoute, localPref: number | null): AttributeSetId {
    const { attributes } = this.#rib;
    const bytes = encodeAttributes(attributesOf(route, localPref), route.prefix.family, { fourOctetAs: true });
    const interfaceId = route.interface === null ? 0 : attributes.interfaces.idOf(route.interface);
    return attributes.intern(bytes, 0, bytes.length, { interfaceId });
  }
}

function samePriority(one: LocalRoutesOptions, other: LocalRoutesOptions): boolean {
  return JSON.stringify(one.localRoutes.normalPriority) === JSON.stringify(other.localRoutes.normalPriority);
}

/** The degree of preference that internal peers are to have of the route; null: whatever is usual. */
function localPrefIn({ metric, prefix }: LocalRoute, { localRoutes }: LocalRoutesOptions): number | null {
  if (localRoutes.normalPriority === null) return null;
  return localPrefOf(metric || localRoutes.normalPriority[prefix.family]);
}

/** RFC 4271 §5.1.1: ORIGIN is IGP for what this AS itself has. */
function attributesOf({ gateway, isPrivate }: LocalRoute, localPref: number | null): AttributeSet {
  return {
    ...{ origin: 0, asPath: [] },
    ...(localPref !== null && { localPref }),
    ...(gateway !== null && { nextHop: gateway }),
    ...(isPrivate && { communities: [WellKnownCommunity.NoAdvertise] }),
  };
}

/** The networks of our addresses, link-local ones left out as they mean nothing elsewhere. */
function* connectedRoutes(view: KernelView, ignored: GlobSet): Iterable<LocalRoute> {
  for (const { ifindex, peer, length, scope } of view.addresses) {
    const link = view.link(ifindex);
    if (link === undefined || !link.isUp || scope >= RT_SCOPE_LINK || ignored.matches(link.name)) continue;
    yield { ...NOWHERE, source: "direct", prefix: Prefix.of(peer, length), interface: link.name };
  }
}

/** Routes that the kernel makes for itself say nothing that "direct" does not. */
function isLearned({ protocol, type }: KernelRoute): boolean {
  if (protocol === RouteProtocol.Kernel || protocol === RouteProtocol.Redirect) return false;
  return type === RouteType.Unicast || type === RouteType.Blackhole;
}

function kernelRoute(view: KernelView, { prefix, metric, hops }: KernelRoute): LocalRoute {
  const first = hops.at(0);
  const gateway = first?.gateway ?? null;
  const name = first === undefined ? null : (view.link(first.ifindex)?.name ?? null);
  return { source: "kernel", prefix, metric, gateway, interface: name, isPrivate: false };
}

function keyOf({ source, prefix }: LocalRoute): string {
  return `${source} ${prefix}`;
}
