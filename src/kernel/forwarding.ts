import { Family } from "../../protocol/net/address-family.js";
import type { Prefix } from "../../protocol/net/prefix.js";
import { ok, type Result } from "../../protocol/result.js";
import type { Rib } from "../../rib/rib.js";
import type { ExplainView, KernelRouteView, KernelStatusView } from "../api/views.js";
import type { Logger } from "../observe/logger.js";
import type { NodePlan } from "../plan/node-plan.js";
import { createKernel, DEFAULT_KERNEL_OPTIONS, type Kernel, type KernelMode } from "./kernel.js";
import { type LocalDifference, LocalRoutes } from "./local-routes.js";
import { RouteProtocol } from "./netlink/code-points.js";
import { type Destination, destinationOf } from "./netlink/destination.js";
import type { Hop } from "./netlink/forwarding.js";
import type { AdoptedRoutes } from "./netlink/thread-messages.js";
import { NextHopTracker } from "./next-hop-tracker.js";
import { RouteInstaller } from "./route-installer.js";

/** Reading the states of all refused routes must not fill the memory when there are a million of them. */
const MAX_EXCEPTIONS = 100_000;

const BIRD_IS_IN_THE_WAY =
  "routes of BIRD (protocol 12) are in the kernel: ours to the same prefixes wait until they are gone, and BIRD's, which nobody updates, count as local ones. With --route-protocol 12 they are taken over";

interface Parts {
  readonly rib: Rib;
  readonly mode: KernelMode;
  readonly protocol: number; // rtm_protocol of our routes
  readonly log: Logger;
  readonly wake: () => void;
}

/** Everything between the RIB and the kernel: routes into it, and next hops and local routes out of it. */
export class Forwarding {
  readonly #rib: Rib;
  readonly #protocol: number;
  readonly #log: Logger;
  readonly #wake: () => void;
  readonly #kernel: Kernel;
  readonly #local: LocalRoutes;
  #tracker: NextHopTracker | null = null; // none when the kernel is off: then every next hop is reachable
  #installer: RouteInstaller | null = null;
  #isSweepDue = false;

  constructor({ rib, mode, protocol, log, wake }: Parts) {
    this.#rib = rib;
    this.#protocol = protocol;
    this.#log = log;
    this.#wake = wake;
    this.#kernel = createKernel({ ...DEFAULT_KERNEL_OPTIONS, mode, protocol });
    this.#kernel.onTrouble = (reason) => log.error(`kernel: ${reason}`);
    this.#local = new LocalRoutes({ rib, view: this.#kernel.view });
    this.#local.onWork = wake;
  }

  /**
   * Reads the kernel; to be awaited before any route comes in.
   *
   * @returns families of which the kernel has kept routes of a former run, which stay until `sweep`; the error says what to do about it
   */
  async start(): Promise<Result<ReadonlySet<Family>, string>> {
    const started = await this.#kernel.start();
    if (!started.ok) return started;
    if (this.#kernel.mode === "off") return ok(new Set());
    this.#tracker = new NextHopTracker({ rib: this.#rib, view: this.#kernel.view });
    this.#installer = new RouteInstaller({ rib: this.#rib, kernel: this.#kernel, tracker: this.#tracker });
    this.#installer.onWork = this.#wake;
    if (this.#kernel.mode !== "on") return ok(new Set());
    this.#warnOfBird();
    return ok(this.#keptFamilies(started.value));
  }

  /** Blocks, rules and sessions are those of `plan` from now on. */
  follow(plan: NodePlan): void {
    this.#tracker?.setHostRoutes(plan.hostRoutes);
    this.#local.setPlan(plan);
    this.#installer?.setPlan(plan);
    this.#wake();
  }

  /** What `plan` would make of this node's own routes. The caller lets go of the sets. */
  localDifferences(plan: NodePlan): readonly LocalDifference[] {
    return this.#local.differences(plan);
  }

  /** Peers have said all they know: what nobody wants goes, once all that they have said is on its way to the kernel. */
  sweep(): void {
    this.#isSweepDue = true;
    this.#wake();
  }

  /** @returns true when there is more to do */
  work(limit: number): boolean {
    if (this.#installer === null) return false;
    const isMore = this.#installer.work(limit);
    if (!this.#isSweepDue || isMore || this.#isRibBehind()) return isMore;
    this.#isSweepDue = false;
    this.#kernel.sweep();
    return false;
  }

  status(): KernelStatusView {
    const { wanted, installed, failed, conflicts, drift } = this.#kernel.counters.all();
    return { mode: this.#kernel.mode, wanted, installed, failed, conflicts, restored: drift };
  }

  /** Every route that is wanted in the kernel, and what became of it. */
  async *routes(): AsyncIterable<KernelRouteView> {
    const installer = this.#installer;
    if (installer === null) return;
    const exceptions = new Map<string, { readonly state: string; readonly error: string | null }>();
    for (const { to, state, error } of await this.#kernel.exceptions(MAX_EXCEPTIONS)) exceptions.set(keyOf(to), { state, error });
    for (const route of installer.routes()) {
      const { state, error } = exceptions.get(keyOf(destinationOf(route.prefix))) ?? { state: "installed", error: null };
      const type = route.hops.length === 0 ? "blackhole" : "unicast";
      yield { prefix: `${route.prefix}`, type, metric: route.metric, hops: this.#hopTexts(route.hops), state, error };
    }
  }

  async explain(prefix: Prefix): Promise<ExplainView["kernel"]> {
    if (this.#installer === null)
      return { state: "off", reason: "the kernel is left alone (--kernel off)", hops: [], metric: null };
    const wanted = this.#installer.explain(prefix);
    const { state, error, metric } = await this.#kernel.routeState(prefix);
    if (!wanted.wanted) return { state, reason: wanted.reason, hops: [], metric };
    const reason = error ?? (state === "installed" ? "it is the best path" : "it is on its way into the kernel");
    return { state, reason, hops: this.#hopTexts(wanted.hops), metric: wanted.metric };
  }

  async stop(options: { readonly flush: boolean }): Promise<void> {
    this.#tracker?.close();
    this.#installer?.close();
    this.#installer = null;
    this.#local.close();
    await this.#kernel.stop(options);
  }

  #hopTexts(hops: readonly Hop[]): readonly string[] {
    return hops.map(({ gateway, ifindex, onlink, weight }) => {
      const device = this.#kernel.view.link(ifindex)?.name ?? `if${ifindex}`;
      const via = gateway === null ? "" : `via ${gateway} `;
      return `${via}dev ${device}${onlink ? " onlink" : ""}${weight === 1 ? "" : ` weight ${weight}`}`;
    });
  }

  #keptFamilies(adopted: AdoptedRoutes): ReadonlySet<Family> {
    const families = Object.values(Family).filter((family) => adopted[family] > 0);
    if (families.length > 0) this.#log.info({ routes: adopted }, "adopted the routes of a former run");
    return new Set(families);
  }

  /** BIRD leaves its routes behind when it is killed. They are another protocol's, so ours never take their place. */
  #warnOfBird(): void {
    if (this.#protocol === RouteProtocol.Bird) return;
    let routes = 0;
    for (const { protocol } of this.#kernel.view.routes()) if (protocol === RouteProtocol.Bird) routes++;
    if (routes > 0) this.#log.warn({ routes }, BIRD_IS_IN_THE_WAY);
  }

  #isRibBehind(): boolean {
    return this.#rib.families.some((family) => this.#rib.table(family).dirtyCount > 0);
  }
}

function keyOf({ version, w0, w1, w2, w3, length }: Destination): string {
  return `${version} ${w0} ${w1} ${w2} ${w3} ${length}`;
}
