import { encodeAttributes } from "../../protocol/attributes/encode-attributes.js";
import { IpAddress } from "../../protocol/net/ip-address.js";
import type { Prefix } from "../../protocol/net/prefix.js";
import { ok, type Result } from "../../protocol/result.js";
import type { Rib } from "../../rib/rib.js";
import type { PeerId } from "../../rib/store/ids.js";
import type { ExplainView, KernelRouteView, KernelStatusView } from "../api/views.js";
import type { Logger } from "../observe/logger.js";
import type { NodePlan } from "../plan/node-plan.js";
import type { RunOptions } from "../run-options.js";

/** The node's own blocks as routes; what the kernel holds follows. */
export class Forwarding {
  readonly #rib: Rib;
  #static: PeerId | null = null;
  #plan: NodePlan | null = null;

  constructor(parts: { rib: Rib; options: RunOptions; log: Logger; wake: () => void }) {
    this.#rib = parts.rib;
  }

  async start(): Promise<Result<void, string>> {
    return ok(undefined);
  }

  follow(plan: NodePlan): void {
    this.#static ??= this.#rib.addPeer({
      name: "static",
      source: "static",
      internal: false,
      asNumber: plan.asNumber,
      localAs: plan.asNumber,
      allowOwnAs: 0,
      routerId: plan.routerId,
      address: IpAddress.v4(0),
      rrClient: false,
      importPolicy: null,
    });
    for (const { prefix } of this.#plan?.originated ?? []) this.#rib.withdrawPrefix(this.#static, prefix);
    for (const { prefix } of plan.originated) {
      const localPref = 2147483647 - plan.localRoutes.normalPriority[prefix.family];
      const bytes = encodeAttributes({ origin: 0, asPath: [], localPref }, prefix.family, { fourOctetAs: true });
      const set = this.#rib.attributes.intern(bytes, 0, bytes.length, {});
      this.#rib.announcePrefix(this.#static, prefix, set);
      this.#rib.attributes.release(set);
    }
    this.#plan = plan;
  }

  work(_limit: number): boolean {
    return false;
  }

  status(): KernelStatusView {
    return { mode: "off", wanted: 0, installed: 0, failed: 0, conflicts: 0, restored: 0 };
  }

  *routes(): Iterable<KernelRouteView> {}

  async explain(_prefix: Prefix): Promise<ExplainView["kernel"]> {
    return { state: "off", reason: "the kernel is left alone (--kernel off)", hops: [], metric: null };
  }

  async stop(_options: { flush: boolean }): Promise<void> {}
}
