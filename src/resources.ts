import { existsSync } from "node:fs";
import { err, ok, type Result } from "../protocol/result.js";
import type { ResourcesView } from "./api/views.js";
import type { AcceptedSet, History } from "./generations/history.js";
import type { Logger } from "./observe/logger.js";
import { planFaultText } from "./plan/fault.js";
import type { NodePlan, PlanFault } from "./plan/node-plan.js";
import { Resolver } from "./plan/resolve.js";
import { type Loaded, loadFiles } from "./resources/load.js";
import { renderFault, renderFaults } from "./resources/render-fault.js";
import type { ResourceFault } from "./resources/resource-fault.js";
import { digestOfFiles } from "./resources/resource-file.js";
import type { ResourceSet } from "./resources/resource-set.js";
import { type ResourceWatch, watchResources } from "./resources/watch.js";
import type { RunOptions } from "./run-options.js";
import { Workloads } from "./workloads/workloads.js";

/** A set of resources in force, and what it asks of this node. */
export interface Accepted extends AcceptedSet {
  readonly plan: NodePlan;
}

interface Judged {
  readonly accepted: Accepted | null; // null: refused
  readonly faults: readonly ResourceFault[];
  readonly planFaults: readonly PlanFault[];
}

/** The resources on disk: a set with an error is refused whole, and the last good one stays in force. */
export class Resources {
  readonly #options: RunOptions;
  readonly #resolver: Resolver;
  readonly #history: History;
  readonly #workloads: Workloads;
  readonly #watch: ResourceWatch;
  readonly #first: Promise<Judged>;
  #newest: Judged | null = null; // null: nothing is loaded yet
  #accepted: Accepted | null = null;
  #told: Accepted | null = null; // what whoever follows knows of
  #follow: (judged: Judged) => void = () => {};

  /**
   * Loads what is on disk or, where that cannot be accepted, the newest generation that can.
   * @returns an error, ready for the terminal, when there is neither
   */
  static async load(options: RunOptions, history: History): Promise<Result<Resources, string>> {
    const resources = new Resources(options, history, await Workloads.follow(options.endpointStatusPrefix));
    const first = await resources.#first;
    if (first.accepted === null) await resources.#returnToLastGood();
    resources.#told = resources.#accepted;
    if (resources.#told !== null) return ok(resources);
    resources.close();
    return err(refusalText(first, options.resources));
  }

  private constructor(options: RunOptions, history: History, workloads: Workloads) {
    this.#options = options;
    this.#resolver = new Resolver(options.node, options);
    this.#workloads = workloads;
    workloads.onChange = () => void this.#replan(); // until somebody follows
    this.#history = history;
    let settle: (first: Judged) => void = () => {};
    this.#first = new Promise((resolve) => {
      settle = resolve;
    });
    this.#watch = watchResources(
      options.resources,
      (loaded, files) => {
        const judged = this.#judge(loaded, { files, at: new Date() });
        settle(judged);
        this.#receive(judged);
      },
      options,
    );
  }

  get accepted(): Accepted {
    return this.#accepted!; // `load` gives away none without
  }

  /**
   * Calls `onAccepted` with every set that is accepted after the first, at once with one that has come meanwhile;
   * a refused one is logged and shown by `view`.
   */
  follow(onAccepted: (accepted: Accepted) => void, log: Logger): void {
    const { resources: directory } = this.#options;
    const tell = (judged: Judged) => {
      logFaults(judged, log);
      if (judged.accepted === null) {
        const inForce = { generation: this.#history.running, acceptedAt: this.accepted.at.toISOString() };
        log.error({ directory, ...inForce }, "the resources on disk are refused; the last good set stays in force");
      }
      if (this.#accepted === this.#told) return;
      log.info({ directory }, "the resources on disk are accepted");
      this.#told = this.#accepted;
      onAccepted(this.accepted);
    };
    this.#follow = tell;
    tell(this.#newest!);
    this.#workloads.onChange = () => {
      if (!this.#replan()) return;
      for (const fault of this.#workloads.current.faults) log.warn(planFaultText(fault));
      this.#told = this.#accepted;
      onAccepted(this.accepted);
    };
  }

  view(): ResourcesView {
    const { faults, planFaults, accepted } = this.#newest!;
    return {
      directory: this.#options.resources,
      state: accepted === null ? "refused" : "accepted",
      acceptedAt: this.accepted.at.toISOString(),
      generation: this.#history.running,
      history: { directory: this.#history.generations.directory, trouble: this.#history.trouble },
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
    this.#workloads.close();
  }

  #receive(judged: Judged): void {
    this.#newest = judged;
    if (judged.accepted !== null) {
      this.#accepted = judged.accepted;
      this.#history.keep(judged.accepted);
    }
    this.#follow(judged);
  }

  #judge({ set, faults }: Loaded, from: Pick<Accepted, "files" | "at">): Judged {
    if (faults.some(({ severity }) => severity === "error")) return { accepted: null, faults, planFaults: [] };
    const plan = this.#resolve(set);
    if (!plan.ok) return { accepted: null, faults, planFaults: plan.error };
    const accepted = { ...from, set, plan: plan.value, digest: digestOfFiles(from.files) };
    return { accepted, faults, planFaults: plan.value.faults };
  }

  #resolve(set: ResourceSet): ReturnType<Resolver["resolve"]> {
    return this.#resolver.resolve(set, this.#workloads.current);
  }

  /** Other workloads ask for other sessions of the set in force. @returns false: they change nothing that is accepted */
  #replan(): boolean {
    const plan = this.#accepted && this.#resolve(this.#accepted.set);
    if (!plan?.ok) return false;
    this.#accepted = { ...this.accepted, plan: plan.value };
    if (this.#newest?.accepted) this.#newest = { ...this.#newest, accepted: this.#accepted, planFaults: plan.value.faults };
    return true;
  }

  async #returnToLastGood(): Promise<void> {
    const { generations } = this.#history;
    const listed = await generations.list();
    for (const generation of listed.ok ? listed.value.toReversed() : []) {
      const files = await generations.read(generation.number);
      if (!files.ok) continue;
      const loaded = await loadFiles(files.value, `generation ${generation.number}`, this.#options);
      const { accepted } = this.#judge(loaded, { files: files.value, at: new Date(generation.at) });
      if (this.#accepted !== null) return; // the files have been mended meanwhile
      if (accepted === null) continue;
      this.#accepted = accepted;
      return this.#history.resume(generation, accepted.set);
    }
  }
}

function refusalText({ faults, planFaults }: Judged, directory: string): string {
  if (!existsSync(directory)) return `There is no directory ${directory}: create it, or name another with --resources.`;
  return [...(faults.length > 0 ? [renderFaults(faults)] : []), ...planFaults.map(planFaultText)].join("\n");
}

function logFaults({ faults, planFaults }: Judged, log: Logger): void {
  for (const fault of faults) log[fault.severity === "error" ? "error" : "warn"](renderFault(fault));
  for (const fault of planFaults) log[fault.severity === "error" ? "error" : "warn"](planFaultText(fault));
}
