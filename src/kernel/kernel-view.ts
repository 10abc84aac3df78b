import { IpAddress } from "../../protocol/net/ip-address.js";
import { Prefix } from "../../protocol/net/prefix.js";
import { MessageType, NLM_F_REPLACE } from "./netlink/code-points.js";
import { type Hop, isSameHops } from "./netlink/forwarding.js";
import { type InterfaceAddress, ifindexOf, type Link, readAddress, readLink } from "./netlink/link-message.js";
import { eachMessage } from "./netlink/messages.js";
import { RouteReader } from "./netlink/route-message.js";

/** A route of our table that another protocol made. */
export interface KernelRoute {
  readonly prefix: Prefix;
  readonly metric: number; // as the kernel has it
  readonly protocol: number; // rtm_protocol
  readonly type: number; // rtm_type
  readonly scope: number;
  readonly hops: readonly Hop[]; // none unless unicast
}

/** What of the view has changed. */
export type ViewChange = "interfaces" | "routes";

/**
 * What the main thread knows of the kernel: links, addresses, and the routes of others in our table.
 * Fed with the kernel's own messages; says once a turn that something has changed.
 */
export class KernelView {
  readonly #links = new Map<number, Link>();
  readonly #addresses = new Map<string, InterfaceAddress>();
  readonly #routes = new Map<string, KernelRoute[]>(); // by prefix and metric
  readonly #listeners = new Set<(changes: ReadonlySet<ViewChange>) => void>();
  readonly #reader = new RouteReader();
  #changes = new Set<ViewChange>();

  get links(): Iterable<Link> {
    return this.#links.values();
  }

  link(ifindex: number): Link | undefined {
    return this.#links.get(ifindex);
  }

  get addresses(): Iterable<InterfaceAddress> {
    return this.#addresses.values();
  }

  *routes(): Iterable<KernelRoute> {
    for (const same of this.#routes.values()) yield* same;
  }

  /** Whether the address is one of this host. */
  isOwn(address: IpAddress): boolean {
    for (const { local } of this.#addresses.values()) if (local.equals(address)) return true;
    return false;
  }

  /** Calls `listener` after each group of changes, until the returned function is called. */
  subscribe(listener: (changes: ReadonlySet<ViewChange>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @param messages all links and addresses */
  replaceInterfaces(messages: ArrayBuffer): void {
    this.#links.clear();
    this.#addresses.clear();
    this.#changes.add("interfaces");
    this.apply(messages);
  }

  /** @param messages all routes of others */
  replaceRoutes(messages: ArrayBuffer): void {
    this.#routes.clear();
    this.#changes.add("routes");
    this.apply(messages);
  }

  /** @param messages notifications, in their order */
  apply(messages: ArrayBuffer): void {
    const view = new DataView(messages);
    const bytes = new Uint8Array(messages);
    eachMessage(view, (type, flags, _start, body, end) => this.#applyOne(bytes, view, type, flags, body, end));
    const changes = this.#changes;
    this.#changes = new Set();
    if (changes.size > 0) for (const listener of this.#listeners) listener(changes);
  }

  #applyOne(bytes: Uint8Array, view: DataView, type: number, flags: number, body: number, end: number): void {
    switch (type) {
      case MessageType.NewLink:
        this.#setLink(readLink(bytes, view, body, end));
        break;
      case MessageType.DelLink:
        this.#dropLink(ifindexOf(view, body));
        break;
      case MessageType.NewAddress:
      case MessageType.DelAddress:
        this.#changeAddress(type === MessageType.NewAddress, readAddress(bytes, view, body, end));
        break;
      case MessageType.NewRoute:
      case MessageType.DelRoute:
        this.#changeRoute(type === MessageType.NewRoute, (flags & NLM_F_REPLACE) !== 0, view, body, end);
        break;
    }
  }

  #setLink(link: Link): void {
    const before = this.#links.get(link.ifindex);
    this.#links.set(link.ifindex, link);
    if (before?.isUp && !link.isUp) this.#dropRoutesOver(link.ifindex);
    if (before?.isUp === link.isUp && before.hasCarrier === link.hasCarrier && before.name === link.name) return;
    this.#changes.add("interfaces");
  }

  #dropLink(ifindex: number): void {
    this.#links.delete(ifindex);
    for (const [key, address] of this.#addresses) if (address.ifindex === ifindex) this.#addresses.delete(key);
    this.#dropRoutesOver(ifindex);
    this.#changes.add("interfaces");
  }

  /** The kernel drops IPv4 routes with their only interface and says nothing; about IPv6 it speaks. */
  #dropRoutesOver(ifindex: number): void {
    for (const [key, routes] of this.#routes) {
      const isGone = ({ prefix, hops }: KernelRoute) =>
        prefix.address.version === 4 && hops.length > 0 && hops.every((hop) => hop.ifindex === ifindex);
      const left = routes.filter((route) => !isGone(route));
      if (left.length !== routes.length) this.#setRoutes(key, left);
    }
  }

  #changeAddress(isNew: boolean, address: InterfaceAddress | null): void {
    if (address === null) return;
    const key = `${address.ifindex} ${address.local}/${address.length}`;
    if (isNew === this.#addresses.has(key)) return;
    if (isNew) this.#addresses.set(key, address);
    else this.#addresses.delete(key);
    this.#changes.add("interfaces");
  }

  #changeRoute(isNew: boolean, replaces: boolean, view: DataView, body: number, end: number): void {
    const route = this.#readRoute(view, body, end);
    const key = `${route.prefix} ${route.metric}`;
    const before = this.#routes.get(key) ?? [];
    const others = before.filter((known) => !isSameRoute(known, route));
    if (!isNew) this.#setRoutes(key, others);
    else this.#setRoutes(key, replaces ? [route] : [...others, route]);
  }

  #readRoute(view: DataView, body: number, end: number): KernelRoute {
    const reader = this.#reader;
    const hops = reader.readWithHops(view, body, end);
    const { w0, w1, w2, w3, metric, protocol, type, scope } = reader;
    const address = reader.version === 4 ? IpAddress.v4(w0) : IpAddress.v6(w0, w1, w2, w3);
    return { prefix: Prefix.of(address, reader.length), metric, protocol, type, scope, hops };
  }

  #setRoutes(key: string, routes: KernelRoute[]): void {
    if (routes.length === 0) this.#routes.delete(key);
    else this.#routes.set(key, routes);
    this.#changes.add("routes");
  }
}

/** Two routes of one prefix and metric: the same way? */
function isSameRoute(one: KernelRoute, other: KernelRoute): boolean {
  return one.type === other.type && isSameHops(one.hops, other.hops);
}
