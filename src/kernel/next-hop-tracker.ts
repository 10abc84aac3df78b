import type { IpAddress } from "../../protocol/net/ip-address.js";
import type { NextHopState, NextHopTable } from "../../rib/next-hop-table.js";
import type { NextHopId } from "../../rib/store/ids.js";
import type { InterfaceTable } from "../../rib/store/interface-table.js";
import type { HostRoute } from "../plan/node-plan.js";
import type { KernelView } from "./kernel-view.js";
import { isSameHops } from "./netlink/forwarding.js";
import { NextHopResolver, type Resolution } from "./next-hop-resolver.js";

const UNREACHABLE: NextHopState = { reachable: false, metric: 0, interface: null };
const NOT_IN_USE: Resolution = { reachable: false, reason: "no route has this next hop" };

/**
 * Keeps the next hops of the RIB resolved against the kernel: each when it comes into use, all of them when links, addresses or
 * routes have changed. Must exist before the first route comes in.
 */
export class NextHopTracker {
  /** The ways to some next hops are others than before: what was worked out from `resolution` is void. */
  onChange: () => void = () => {};
  readonly #nextHops: NextHopTable;
  readonly #interfaces: InterfaceTable;
  readonly #view: KernelView;
  readonly #resolutions = new Map<NextHopId, Resolution>();
  readonly #unsubscribe: () => void;
  #hostRoutes: readonly HostRoute[] = [];
  #resolver: NextHopResolver;

  constructor(parts: {
    readonly rib: { readonly nextHops: NextHopTable; readonly attributes: { readonly interfaces: InterfaceTable } };
    readonly view: KernelView;
  }) {
    this.#nextHops = parts.rib.nextHops;
    this.#interfaces = parts.rib.attributes.interfaces;
    this.#view = parts.view;
    this.#resolver = new NextHopResolver(parts.view);
    this.#nextHops.onNew = (id, address) => this.#add(id, address);
    this.#nextHops.onUnused = (id) => this.#resolutions.delete(id);
    this.#unsubscribe = parts.view.subscribe(() => this.#resolveAll());
  }

  /** How packets to that next hop leave, or why they cannot. */
  resolution(id: NextHopId): Resolution {
    return this.#resolutions.get(id) ?? NOT_IN_USE;
  }

  /** What our own routes to peers say about the way to them, from now on. */
  setHostRoutes(hostRoutes: readonly HostRoute[]): void {
    const before = this.#hostRoutes;
    this.#hostRoutes = hostRoutes;
    if (textOf(before) !== textOf(hostRoutes)) this.#resolveAll();
  }

  close(): void {
    this.#unsubscribe();
  }

  #add(id: NextHopId, address: IpAddress): void {
    const resolution = this.#resolve(id, address);
    this.#resolutions.set(id, resolution);
    this.#nextHops.set(id, stateOf(resolution));
  }

  #resolveAll(): void {
    this.#resolver = new NextHopResolver(this.#view, this.#hostRoutes);
    const changed: NextHopId[] = [];
    for (const [id, before] of this.#resolutions) {
      const after = this.#resolve(id, this.#nextHops.addressOf(id));
      this.#resolutions.set(id, after);
      if (!isSameResolution(before, after)) changed.push(id);
    }
    if (changed.length === 0) return;
    this.onChange();
    for (const id of changed) {
      this.#nextHops.set(id, stateOf(this.resolution(id)));
      this.#nextHops.onChanged(id); // also when only the way is another, which the decision does not look at
    }
  }

  #resolve(id: NextHopId, address: IpAddress): Resolution {
    return this.#resolver.resolve(address, this.#interfaces.nameOf(this.#nextHops.interfaceIdOf(id)));
  }
}

function textOf(hostRoutes: readonly HostRoute[]): string {
  return hostRoutes.map(({ prefix, gateway }) => `${prefix} ${gateway}`).join();
}

function stateOf(resolution: Resolution): NextHopState {
  if (!resolution.reachable) return UNREACHABLE;
  return { reachable: true, metric: resolution.metric, interface: resolution.interface };
}

function isSameResolution(one: Resolution, other: Resolution): boolean {
  if (!one.reachable || !other.reachable) return one.reachable === other.reachable;
  return one.metric === other.metric && one.interface === other.interface && isSameHops(one.hops, other.hops);
}
