import { existsSync } from "node:fs";
import { err, ok, type Result } from "../protocol/result.js";
import type { ResourcesView } from "./api/views.js";
import type { Logger } from "./observe/logger.js";
import { planFaultText } from "./plan/fault.js";
import type { NodePlan, PlanFault } from "./plan/node-plan.js";
import { resolve } from "./plan/resolve.js";
import type { Loaded } from "./resources/load.js";
import { renderFault, renderFaults } from "./resources/render-fault.js";
import type { ResourceFault } from "./resources/resource-fault.js";
import type { ResourceSet } from "./resources/resource-set.js";
import { type ResourceWatch, watchResources } from "./resources/watch.js";
import type { RunOptions } from "./run-options.js";

/** A set of resources in force, and what it asks of this node. */
export interface Accepted {
  readonly set: ResourceSet;
  readonly plan: NodePlan;
  readonly at: Date;
}

interface Judged {
  readonly accepted: Accepted | null; // null: refused
  readonly faults: readonly ResourceFault[];
  readonly planFaults: readonly PlanFault[];
}

/** The resources on disk: a set with an error is refused whole, and the last good one stays in force. */
export class Resources {
  readonly #options: RunOptions;
  readonly #watch: ResourceWatch;
  readonly #first: Accepted;
  #newest: Judged;
  #accepted: Accepted;
  #follow: (judged: Judged) => void = () => {};

  /** @returns an error, ready for the terminal, when what is on disk cannot be accepted */
  static load(options: RunOptions): Promise<Result<Resources, string>> {
    if (!existsSync(options.resources)) {
      return Promise.resolve(err(`There is no directory ${options.resources}: create it, or name another with --resources.`));
    }
    return new Promise((resolve) => {
      let resources: Resources | null = null;
      const watch = watchResources(
        options.resources,
        (loaded) => {
          const judged = judge(loaded, options);
          if (resources !== null) resources.#receive(judged);
          else if (judged.accepted !== null) {
            resources = new Resources(options, watch, judged, judged.accepted);
            resolve(ok(resources));
          } else {
            watch.close();
            resolve(err(faultsText(judged)));
          }
        },
        options,
      );
    });
  }

  private constructor(options: RunOptions, watch: ResourceWatch, newest: Judged, accepted: Accepted) {
    this.#options = options;
    this.#watch = watch;
    this.#newest = newest;
    this.#first = accepted;
    this.#accepted = accepted;
  }

  get accepted(): Accepted {
    return this.#accepted;
  }

  /**
   * Calls `onAccepted` with every set that is accepted after the first, at once with one that has come meanwhile;
   * a refused one is logged and shown by `view`.
   */
  follow(onAccepted: (accepted: Accepted) => void, log: Logger): void {
    const { resources: directory } = this.#options;
    logFaults(this.#newest, log);
    this.#follow = (judged) => {
      logFaults(judged, log);
      if (judged.accepted === null)
        log.error({ directory }, "the resources on disk are refused; the last good set stays in force");
      else {
        log.info({ directory }, "the resources on disk are accepted");
        onAccepted(judged.accepted);
      }
    };
    if (this.#accepted !== this.#first) onAccepted(this.#accepted);
  }

  view(): ResourcesView {
    const { faults, planFaults, accepted } = this.#newest;
    return {
      directory: this.#options.resources,
      state: accepted === null ? "refused" : "accepted",
      acceptedAt: this.#accepted.at.toISOString(),
      faults: [
        ...faults.map((fault) => ({ severity: fault.severity, message: renderFault(fault), file: fault.file, line: fault.line })),
        ...planFaults.map((fault) => ({
          severity: fault.severity,
          message: fault.message,
          file: fault.cause?.file ?? null,
          line: fault.cause?.line ?? null,
        })),
      ],
    };
  }

  close(): void {
    this.#watch.close();
  }

  #receive(judged: Judged): void {
    this.#newest = judged;
    this.#accepted = judged.accepted ?? this.#accepted;
    this.#follow(judged);
  }
}

function judge({ set, faults }: Loaded, { node, routerId, strictSecrets, routePriorities }: RunOptions): Judged {
  if (faults.some(({ severity }) => severity === "error")) return { accepted: null, faults, planFaults: [] };
  const plan = resolve(set, node, { routerId, strictSecrets, routePriorities });
  if (!plan.ok) return { accepted: null, faults, planFaults: plan.error };
  return { accepted: { set, plan: plan.value, at: new Date() }, faults, planFaults: plan.value.faults };
}

function faultsText({ faults, planFaults }: Judged): string {
  return [...(faults.length > 0 ? [renderFaults(faults)] : []), ...planFaults.map(planFaultText)].join("\n");
}

function logFaults({ faults, planFaults }: Judged, log: Logger): void {
  for (const fault of faults) log[fault.severity === "error" ? "error" : "warn"](renderFault(fault));
  for (const fault of planFaults) log[fault.severity === "error" ? "error" : "warn"](planFaultText(fault));
}
