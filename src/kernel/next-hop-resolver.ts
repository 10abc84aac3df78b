import { Family } from "../../protocol/net/address-family.js";
import type { IpAddress } from "../../protocol/net/ip-address.js";
import type { PrefixId } from "../../rib/store/ids.js";
import { PrefixTable } from "../../rib/store/prefix-table.js";
import type { HostRoute } from "../plan/node-plan.js";
import type { KernelRoute, KernelView } from "./kernel-view.js";
import { RouteType } from "./netlink/code-points.js";
import type { Hop } from "./netlink/forwarding.js";

/** How packets to a next hop leave this host. */
export type Resolution =
  | {
      readonly reachable: true;
      readonly hops: readonly Hop[]; // one or more
      readonly metric: number; // 0 on a connected network, else that of the kernel's route to it
      readonly interface: string; // of the first hop
    }
  | { readonly reachable: false; readonly reason: string };

/**
 * Resolves next hops by longest match over what the kernel has without us: connected networks, static routes, those of other
 * daemons, the default route. Never over BGP routes of ours: one does not resolve another. Our host routes do: what a peer behind
 * a gateway announces leaves by that gateway.
 *
 * A snapshot: made anew when the view has changed.
 */
export class NextHopResolver {
  readonly #view: KernelView;
  readonly #gateways: ReadonlyMap<string, IpAddress>; // by the address behind
  readonly #tables: Readonly<Record<4 | 6, RouteIndex>>;

  constructor(view: KernelView, hostRoutes: readonly HostRoute[] = []) {
    this.#view = view;
    this.#gateways = new Map(hostRoutes.map(({ prefix, gateway }) => [prefix.address.toString(), gateway]));
    this.#tables = { 4: new RouteIndex(Family.Ipv4Unicast), 6: new RouteIndex(Family.Ipv6Unicast) };
    for (const route of view.routes()) this.#tables[route.prefix.address.version].add(route);
  }

  /** @param interfaceName where a link-local next hop is; null for all others */
  resolve(address: IpAddress, interfaceName: string | null = null): Resolution {
    return this.#resolve(this.#gateways.get(address.toString()) ?? address, interfaceName);
  }

  #resolve(address: IpAddress, interfaceName: string | null): Resolution {
    if (this.#view.isOwn(address)) return unreachable(`${address} is an address of this host`);
    if (address.isLinkLocal) return this.#resolveOnLink(address, interfaceName);
    const route = this.#tables[address.version].longestMatch(address);
    if (route === null) return unreachable(`there is no route to ${address}`);
    if (route.type !== RouteType.Unicast) return unreachable(`the route ${route.prefix} to ${address} leads nowhere`);
    const hops = route.hops.filter((hop) => this.#view.link(hop.ifindex)?.hasCarrier);
    if (hops.length === 0) return unreachable(`the link of the route ${route.prefix} to ${address} is down`);
    const isConnected = hops.every((hop) => hop.gateway === null);
    return {
      reachable: true,
      hops: hops.map((hop) => ({ ...hop, gateway: hop.gateway ?? address })),
      metric: isConnected ? 0 : route.metric,
      interface: this.#view.link(hops[0].ifindex)?.name ?? "",
    };
  }

  #resolveOnLink(address: IpAddress, interfaceName: string | null): Resolution {
    if (interfaceName === null) return unreachable(`the link of the link-local address ${address} is not known`);
    const link = [...this.#view.links].find(({ name }) => name === interfaceName);
    if (!link?.hasCarrier) return unreachable(`the link ${interfaceName} of ${address} is down`);
    const hop: Hop = { gateway: address, ifindex: link.ifindex, onlink: false, weight: 1 };
    return { reachable: true, hops: [hop], metric: 0, interface: interfaceName };
  }
}

/** The routes of one IP version by prefix: of several to one prefix that of the lowest metric, as the kernel chooses. */
class RouteIndex {
  readonly #prefixes: PrefixTable;
  readonly #routes = new Map<PrefixId, KernelRoute>();

  constructor(family: Family) {
    this.#prefixes = new PrefixTable(family, 1); // the kernel's administrator does not attack our hash function
  }

  add(route: KernelRoute): void {
    const { w0, w1, w2, w3 } = route.prefix.address;
    const id = this.#prefixes.intern(w0, w1, w2, w3, route.prefix.length);
    const known = this.#routes.get(id);
    if (known === undefined || route.metric < known.metric) this.#routes.set(id, route);
  }

  longestMatch({ w0, w1, w2, w3 }: IpAddress): KernelRoute | null {
    return this.#routes.get(this.#prefixes.longestMatch(w0, w1, w2, w3)) ?? null;
  }
}

function unreachable(reason: string): Resolution {
  return { reachable: false, reason };
}
