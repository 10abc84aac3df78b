import { IpAddress } from "../../protocol/net/ip-address.js";
import { Prefix } from "../../protocol/net/prefix.js";
import { parsePrefix } from "../../protocol/net/text.js";
import { createKernel, DEFAULT_KERNEL_OPTIONS, type Kernel, type KernelOptions } from "../../src/kernel/kernel.js";
import type { HopText } from "../../src/kernel/netlink/thread-messages.js";
import { RouteBatch } from "../../src/kernel/route-batch.js";
import type { BulkWork } from "./driven-kernel.js";
import { serveJsonLines } from "./json-lines.js";

// The kernel part as a program: see json-lines.ts.

interface WantedRoute {
  readonly prefix: string;
  readonly metric?: number;
  readonly hops?: readonly HopText[]; // none: a blackhole
}

let kernel: Kernel;
const groups = new Map<string, number>();
const batch = new RouteBatch();

const calls: Record<string, (args: never) => unknown> = {
  start: (options: Partial<KernelOptions>) => {
    kernel = createKernel({ ...DEFAULT_KERNEL_OPTIONS, ...options });
    return kernel.start();
  },
  want: (routes: readonly WantedRoute[]) => {
    for (const { prefix, metric = 20, hops = [] } of routes) batch.wantPrefix(prefixOf(prefix), metric, groupOf(hops));
    kernel.sendRoutes(batch.take());
  },
  drop: (prefixes: readonly string[]) => {
    for (const prefix of prefixes) batch.dropPrefix(prefixOf(prefix));
    kernel.sendRoutes(batch.take());
  },
  state: (prefix: string) => kernel.routeState(prefixOf(prefix)),
  exceptions: async (limit: number) =>
    (await kernel.exceptions(limit)).map(({ to, state }) => {
      const address = to.version === 4 ? IpAddress.v4(to.w0) : IpAddress.v6(to.w0, to.w1, to.w2, to.w3);
      return `${Prefix.of(address, to.length)} ${state}`;
    }),
  sweep: () => kernel.sweep(),
  settled: () => kernel.settled(),
  audit: () => kernel.audit(),
  counters: () => kernel.counters.all(),
  view: () => ({
    links: [...kernel.view.links],
    addresses: [...kernel.view.addresses].map(({ local, length, ifindex }) => ({ local: `${local}/${length}`, ifindex })),
    routes: [...kernel.view.routes()].map((route) => ({
      ...route,
      prefix: `${route.prefix}`,
      hops: route.hops.map((hop) => ({ ...hop, gateway: hop.gateway && `${hop.gateway}` })),
    })),
  }),
  bulk,
  stop: (flush: boolean) => kernel.stop({ flush }),
};

serveJsonLines(calls);

/** Wants or drops `count` neighbouring routes, all by one way. @returns milliseconds until the kernel had them */
async function bulk(work: BulkWork): Promise<number> {
  const first = prefixOf(work.first);
  const group = work.want ? groupOf(work.hops) : 0;
  const startedAt = performance.now();
  for (let i = 0; i < work.count; i++) {
    const prefix = neighbour(first, i);
    if (work.want) batch.wantPrefix(prefix, work.metric, group);
    else batch.dropPrefix(prefix);
    if (batch.size === 16384) kernel.sendRoutes(batch.take());
  }
  kernel.sendRoutes(batch.take());
  await kernel.settled();
  return performance.now() - startedAt;
}

function neighbour(first: Prefix, index: number) {
  const { address, length } = first;
  if (address.version === 4) return Prefix.of(IpAddress.v4(address.w0 + (index << (32 - length))), length);
  return Prefix.of(IpAddress.v6(address.w0, address.w1 + (index << (64 - length)), address.w2, address.w3), length);
}

function groupOf(hops: readonly HopText[]): number {
  const key = JSON.stringify(hops);
  const known = groups.get(key);
  if (known !== undefined) return known;
  const id = groups.size + 1;
  groups.set(key, id);
  kernel.changeGroups([{ id, hops }], []);
  return id;
}

function prefixOf(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (!prefix.ok) throw new Error(prefix.error);
  return prefix.value;
}
