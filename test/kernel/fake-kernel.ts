import { IpAddress } from "../../protocol/net/ip-address.js";
import { Prefix } from "../../protocol/net/prefix.js";
import { ok, type Result } from "../../protocol/result.js";
import { KernelCounters } from "../../src/kernel/counters.js";
import type { Kernel } from "../../src/kernel/kernel.js";
import { KernelView } from "../../src/kernel/kernel-view.js";
import type { RouteState } from "../../src/kernel/netlink/route-state.js";
import type { AdoptedRoutes, GroupDefinition, RouteException } from "../../src/kernel/netlink/thread-messages.js";
import { RouteBatchReader } from "../../src/kernel/route-batch.js";

/** A kernel that takes every route: what is wanted is there at once, as text by prefix. */
export class FakeKernel implements Kernel {
  readonly mode = "on";
  readonly view = new KernelView();
  readonly counters = new KernelCounters();
  readonly routes = new Map<string, string>();
  rows = 0; // ever received
  onTrouble = () => {};
  readonly #groups = new Map<number, GroupDefinition>();

  get groupCount(): number {
    return this.#groups.size;
  }

  start(): Promise<Result<AdoptedRoutes, string>> {
    return Promise.resolve(ok({ "ipv4-unicast": 0, "ipv6-unicast": 0 }));
  }

  changeGroups(define: readonly GroupDefinition[], release: readonly number[]): void {
    for (const group of define) this.#groups.set(group.id, group);
    for (const id of release) this.#groups.delete(id);
  }

  sendRoutes(rows: ArrayBuffer): void {
    const batch = new RouteBatchReader(rows);
    while (batch.next()) {
      this.rows++;
      const address = batch.version === 4 ? IpAddress.v4(batch.w0) : IpAddress.v6(batch.w0, batch.w1, batch.w2, batch.w3);
      const prefix = `${Prefix.of(address, batch.length)}`;
      if (batch.isWanted) this.routes.set(prefix, `${this.#way(batch.group)} metric ${batch.metric}`);
      else this.routes.delete(prefix);
    }
  }

  sweep(): void {}

  routeState(): Promise<RouteState> {
    return Promise.resolve({ state: "not wanted", metric: null, error: null });
  }

  exceptions(): Promise<readonly RouteException[]> {
    return Promise.resolve([]);
  }

  settled(): Promise<void> {
    return Promise.resolve();
  }

  audit(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  #way(group: number): string {
    const definition = this.#groups.get(group);
    if (definition === undefined) throw new Error(`group ${group} is not defined`);
    const hops = definition.hops.map(({ gateway, ifindex, onlink }) => `${gateway}@${ifindex}${onlink ? "!" : ""}`);
    return hops.length === 0 ? "blackhole" : hops.sort().join(" ");
  }
}
