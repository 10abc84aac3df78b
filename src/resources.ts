import { existsSync } from "node:fs";
import { err, ok, type Result } from "../protocol/result.js";
import type { ResourcesView } from "./api/views.js";
import type { AcceptedSet, History } from "./generations/history.js";
import { SetAside, type SetAsideFiles } from "./generations/set-aside.js";
import type { Logger } from "./observe/logger.js";
import { planFaultText } from "./plan/fault.js";
import type { NodePlan, PlanFault } from "./plan/node-plan.js";
import { Resolver } from "./plan/resolve.js";
import { type Loaded, loadFiles } from "./resources/load.js";
import { renderFault, renderFaults } from "./resources/render-fault.js";
import type { ResourceFault } from "./resources/resource-fault.js";
import { digestOfFiles, type ResourceFile } from "./resources/resource-file.js";
import { ResourceStore } from "./resources/store/resource-store.js";
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

interface Parts {
  readonly history: History;
  readonly setAside: SetAside;
  readonly workloads: Workloads;
}

/** The resources on disk: a set with an error is refused whole, and the last good one stays in force. */
export class Resources {
  readonly #options: RunOptions;
  readonly #resolver: Resolver;
  readonly #history: History;
  readonly #setAside: SetAside;
  readonly #workloads: Workloads;
  readonly #log: Logger;
  readonly #watch: ResourceWatch;
  readonly #first: Promise<Judged>;
  #newest: Judged | null = null; // on disk; null: nothing is loaded yet
  #accepted: Accepted | null = null;
  #told: Accepted | null = null; // what whoever follows knows of
  #onAccepted: ((accepted: Accepted) => void) | null = null;

  /**
   * Loads what is on disk or, where that cannot be accepted, the newest generation that can.
   * @returns an error, ready for the terminal, when there is neither
   */
  static async load(options: RunOptions, history: History, log: Logger): Promise<Result<Resources, string>> {
    const [setAside, workloads] = [await SetAside.open(options.state), await Workloads.follow(options.endpointStatusPrefix)];
    const resources = new Resources(options, log, { history, setAside, workloads });
    const first = await resources.#first;
    if (resources.#isSetAside(first)) await resources.#takeBack(resources.#setAside.files!.generation);
    else resources.#accept(first);
    if (resources.#accepted === null) await resources.#takeBackLastGood();
    if (resources.#newest !== first) resources.#accept(resources.#newest!); // mended meanwhile
    resources.#told = resources.#accepted;
    if (resources.#told !== null) return ok(resources);
    await resources.close();
    return err(refusalText(first, options.resources));
  }

  private constructor(options: RunOptions, log: Logger, { history, setAside, workloads }: Parts) {
    this.#options = options;
    this.#resolver = new Resolver(options.node, options);
    this.#history = history;
    this.#setAside = setAside;
    this.#workloads = workloads;
    workloads.onChange = () => this.#replan();
    this.#log = log;
    let settle: ((first: Judged) => void) | null = null;
    this.#first = new Promise((resolve) => {
      settle = resolve;
    });
    this.#watch = watchResources(
      options.resources,
      (loaded, files) => {
        const judged = this.#judge(loaded, { files, at: new Date() }, this.#resolver);
        this.#newest = judged;
        if (settle === null) this.#receive(judged);
        settle?.(judged);
        settle = null;
      },
      options,
    );
  }

  get accepted(): Accepted {
    return this.#accepted!; // `load` gives away none without
  }

  /**
   * Calls `onAccepted` with every set that comes into force after the first, at once with one that has come meanwhile;
   * a refused one is logged and shown by `view`.
   */
  follow(onAccepted: (accepted: Accepted) => void): void {
    this.#onAccepted = onAccepted;
    this.#tellOf(this.#newest!);
    this.#tell();
  }

  /** What these files would ask of this node; nothing comes into force. @param place what their paths are below, in faults */
  async consider(files: readonly ResourceFile[], place: string): Promise<Result<NodePlan, string>> {
    const loaded = await loadFiles(files, place, this.#options);
    const judged = this.#judge(loaded, { files, at: new Date() }, new Resolver(this.#options.node, this.#options));
    return judged.accepted === null ? err(refusalText(judged, null)) : ok(judged.accepted.plan);
  }

  /**
   * Brings a generation back into force, and into the files where they can be written; otherwise the files are set aside until
   * they change.
   * @returns why it cannot be
   */
  async returnTo(number: number): Promise<Result<void, string>> {
    const read = await this.#read(number);
    if (!read.ok) return read;
    const { files } = read.value;
    const onDisk = this.#newest?.accepted?.digest;
    if (onDisk !== undefined && onDisk !== read.value.digest) await this.#put({ digest: onDisk, generation: number });
    this.#accepted = { ...read.value, at: new Date() };
    this.#history.keep(this.#accepted);
    this.#tell();
    const { resources: directory, namespace } = this.#options;
    const restored = await attempt(async () => (await ResourceStore.open(directory, namespace)).replaceAll(files));
    if (!restored.ok)
      this.#log.error(
        { directory },
        `the files could not be put back, and are not followed until they change: ${restored.error}`,
      );
    return ok(undefined);
  }

  view(): Omit<ResourcesView, "trial"> {
    const { faults, planFaults, accepted } = this.#newest!;
    const { generations, running, trouble } = this.#history;
    return {
      directory: this.#options.resources,
      state: this.#isSetAside(this.#newest!) ? "set-aside" : accepted === null ? "refused" : "accepted",
      acceptedAt: this.accepted.at.toISOString(),
      generation: running,
      history: { directory: generations.directory, trouble },
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

  /** Settles when the next daemon can read what is set aside. */
  async close(): Promise<void> {
    this.#watch.close();
    this.#workloads.close();
    await this.#setAside.settled();
  }

  #receive(judged: Judged): void {
    if (this.#accepted === null) return; // `load` looks itself
    this.#accept(judged);
    if (this.#onAccepted === null) return;
    this.#tellOf(judged);
    this.#tell();
  }

  #accept(judged: Judged): void {
    if (judged.accepted === null || this.#isSetAside(judged)) return;
    this.#accepted = judged.accepted;
    this.#history.keep(judged.accepted);
    void this.#put(null);
  }

  #isSetAside({ accepted }: Judged): boolean {
    return accepted !== null && accepted.digest === this.#setAside.files?.digest;
  }

  async #put(files: SetAsideFiles | null): Promise<void> {
    this.#history.hold("set-aside", files?.generation ?? null);
    const done = await this.#setAside.put(files);
    if (!done.ok) this.#log.error(`the next daemon will not know what is set aside: ${done.error}`);
  }

  async #takeBackLastGood(): Promise<void> {
    const listed = await this.#history.generations.list();
    for (const { number } of listed.ok ? listed.value.toReversed() : []) if (await this.#takeBack(number)) return;
  }

  /** A former generation is in force from the start. @returns false: it cannot be */
  async #takeBack(number: number): Promise<boolean> {
    const read = await this.#read(number);
    if (!read.ok) return false;
    this.#accepted = read.value;
    this.#history.resume(number, read.value);
    return true;
  }

  async #read(number: number): Promise<Result<Accepted, string>> {
    const read = await this.#history.generations.open(number);
    if (!read.ok) return read;
    const { files, generation } = read.value;
    const loaded = await loadFiles(files, `generation ${number}`, this.#options);
    const judged = this.#judge(loaded, { files, at: new Date(generation.at) }, this.#resolver);
    return judged.accepted === null ? err(refusalText(judged, null)) : ok(judged.accepted);
  }

  #judge({ set, faults }: Loaded, from: Pick<Accepted, "files" | "at">, resolver: Resolver): Judged {
    if (faults.some(({ severity }) => severity === "error")) return { accepted: null, faults, planFaults: [] };
    const plan = resolver.resolve(set, this.#workloads.current);
    if (!plan.ok) return { accepted: null, faults, planFaults: plan.error };
    const accepted = { ...from, set, plan: plan.value, digest: digestOfFiles(from.files) };
    return { accepted, faults, planFaults: plan.value.faults };
  }

  /** Other workloads ask for other sessions of the set in force. */
  #replan(): void {
    const before = this.#accepted;
    const plan = before && this.#resolver.resolve(before.set, this.#workloads.current);
    if (!plan?.ok) return;
    this.#accepted = { ...before!, plan: plan.value };
    if (this.#newest?.accepted === before)
      this.#newest = { ...this.#newest!, accepted: this.#accepted, planFaults: plan.value.faults };
    if (this.#onAccepted !== null) for (const fault of this.#workloads.current.faults) this.#log.warn(planFaultText(fault));
    this.#tell();
  }

  #tellOf(judged: Judged): void {
    const { resources: directory } = this.#options;
    const inForce = { generation: this.#history.running, acceptedAt: this.accepted.at.toISOString() };
    logFaults(judged, this.#log);
    if (judged.accepted === null)
      this.#log.error({ directory, ...inForce }, "the resources on disk are refused; the last good set stays in force");
    else if (this.#isSetAside(judged))
      this.#log.error(
        { directory, ...inForce },
        "the resources on disk are those that were returned from; they are not followed until they change",
      );
    else if (this.#accepted !== this.#told) this.#log.info({ directory }, "the resources on disk are accepted");
  }

  #tell(): void {
    if (this.#onAccepted === null || this.#accepted === this.#told) return;
    this.#told = this.#accepted;
    this.#onAccepted(this.accepted);
  }
}

async function attempt(work: () => Promise<unknown>): Promise<Result<void, string>> {
  try {
    await work();
    return ok(undefined);
  } catch (error) {
    return err((error as Error).message);
  }
}

/** @param directory where the files are; null: in memory */
function refusalText({ faults, planFaults }: Judged, directory: string | null): string {
  if (directory !== null && !existsSync(directory))
    return `There is no directory ${directory}: create it, or name another with --resources.`;
  return [...(faults.length > 0 ? [renderFaults(faults)] : []), ...planFaults.map(planFaultText)].join("\n");
}

function logFaults({ faults, planFaults }: Judged, log: Logger): void {
  for (const fault of faults) log[fault.severity === "error" ? "error" : "warn"](renderFault(fault));
  for (const fault of planFaults) log[fault.severity === "error" ? "error" : "warn"](planFaultText(fault));
}
