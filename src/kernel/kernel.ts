import { randomInt } from "node:crypto";
import { Worker } from "node:worker_threads";
import type { Prefix } from "../../protocol/net/prefix.js";
import { err, ok, type Result } from "../../protocol/result.js";
import { KernelCounters } from "./counters.js";
import { KernelView } from "./kernel-view.js";
import { destinationOf } from "./netlink/destination.js";
import type { RouteState } from "./netlink/route-state.js";
import type {
  AdoptedRoutes,
  FromWorker,
  GroupDefinition,
  RouteException,
  ToWorker,
  WorkerOptions,
} from "./netlink/thread-messages.js";

/** on: routes are written; observe: the kernel is read and never written; off: it is not looked at. */
export type KernelMode = "on" | "observe" | "off";

export interface KernelOptions {
  readonly mode: KernelMode;
  readonly protocol: number; // rtm_protocol of our routes
  readonly table: number;
  readonly auditSeconds: number;
  readonly monitorBufferOctets: number; // how much may be waiting to be read before notifications are lost
}

export const DEFAULT_KERNEL_OPTIONS: KernelOptions = {
  mode: "on",
  protocol: 179,
  table: 254, // main
  auditSeconds: 60,
  monitorBufferOctets: 32 * 1024 * 1024,
};

/** The forwarding table of the kernel, as the rest of the daemon sees it. */
export interface Kernel {
  readonly mode: KernelMode;
  readonly view: KernelView;
  readonly counters: KernelCounters;
  /** Something that a human should know about; the daemon goes on. */
  onTrouble: (reason: string) => void;
  /** Ends when links, addresses and routes have been read. @returns what there is of a former run; the error says what to do about it */
  start(): Promise<Result<AdoptedRoutes, string>>;
  /** Defines and releases forwarding groups: before the routes that name them, and after those that do not any more. */
  changeGroups(define: readonly GroupDefinition[], release: readonly number[]): void;
  /** @param rows of `RouteBatch.take`; transferred, the caller has them no more */
  sendRoutes(rows: ArrayBuffer): void;
  /** Removes the routes of a former run that are not wanted: to be called once peers have said all they know. */
  sweep(): void;
  /** What has become of a route, and why. */
  routeState(prefix: Prefix): Promise<RouteState>;
  /** Wanted routes that are not in the kernel as they should be, `limit` at most. */
  exceptions(limit: number): Promise<readonly RouteException[]>;
  /** Ends when everything sent so far has been tried. */
  settled(): Promise<void>;
  /** Compares everything with the kernel now. */
  audit(): Promise<void>;
  /** Routes stay in the kernel unless they are to be flushed. */
  stop(options: { readonly flush: boolean }): Promise<void>;
}

export function createKernel(options: KernelOptions): Kernel {
  return options.mode === "off" ? new NoKernel() : new WorkerKernel(options);
}

/** Talks to the worker thread that talks to the kernel. */
class WorkerKernel implements Kernel {
  readonly mode: KernelMode;
  readonly view = new KernelView();
  readonly counters = new KernelCounters();
  onTrouble: (reason: string) => void = () => {};
  readonly #options: KernelOptions;
  readonly #answers = new Map<number, (message: FromWorker) => void>();
  #worker: Worker | null = null;
  #lastId = 0;

  constructor(options: KernelOptions) {
    this.mode = options.mode;
    this.#options = options;
  }

  start(): Promise<Result<AdoptedRoutes, string>> {
    const { mode, table, protocol, auditSeconds, monitorBufferOctets } = this.#options;
    const seed = randomInt(0x7fff_ffff);
    const shape = { mayWrite: mode === "on", table, protocol, auditSeconds, monitorBufferOctets, seed };
    const workerData: WorkerOptions = { ...shape, counters: this.counters.buffer };
    const worker = new Worker(new URL("./netlink/worker.js", import.meta.url), { workerData, name: "kernel" });
    this.#worker = worker;
    return new Promise((resolve) => {
      worker.on("message", (message: FromWorker) => {
        if (message.type === "started") resolve(ok(message.adopted));
        else if (message.type === "refused") resolve(err(message.reason));
        else this.#receive(message);
      });
    });
  }

  changeGroups(define: readonly GroupDefinition[], release: readonly number[]): void {
    if (define.length + release.length > 0) this.#send({ type: "groups", define, release });
  }

  sendRoutes(rows: ArrayBuffer): void {
    if (rows.byteLength > 0) this.#send({ type: "routes", rows }, [rows]);
  }

  sweep(): void {
    this.#send({ type: "sweep" });
  }

  async routeState(prefix: Prefix): Promise<RouteState> {
    const to = destinationOf(prefix);
    const answer = await this.#ask((id) => ({ type: "state", id, to }));
    return answer.type === "state" ? answer.state : NOT_WANTED;
  }

  async exceptions(limit: number): Promise<readonly RouteException[]> {
    const answer = await this.#ask((id) => ({ type: "exceptions", id, limit }));
    return answer.type === "exceptions" ? answer.exceptions : [];
  }

  async settled(): Promise<void> {
    await this.#ask((id) => ({ type: "settled", id }));
  }

  async audit(): Promise<void> {
    await this.#ask((id) => ({ type: "audit", id }));
  }

  stop({ flush }: { readonly flush: boolean }): Promise<void> {
    const worker = this.#worker;
    if (worker === null) return Promise.resolve();
    this.#worker = null;
    return new Promise((resolve) => {
      worker.once("exit", () => {
        for (const [id, answer] of this.#answers) answer({ type: "done", id });
        resolve();
      });
      worker.postMessage({ type: "stop", flush } satisfies ToWorker);
    });
  }

  #ask(question: (id: number) => ToWorker): Promise<FromWorker> {
    const id = ++this.#lastId;
    if (this.#worker === null) return Promise.resolve({ type: "done", id });
    return new Promise((resolve) => {
      this.#answers.set(id, resolve);
      this.#send(question(id));
    });
  }

  #send(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    this.#worker?.postMessage(message, transfer);
  }

  #receive(message: FromWorker): void {
    if (message.type === "interfaces") this.view.replaceInterfaces(message.messages);
    else if (message.type === "routes") this.view.replaceRoutes(message.messages);
    else if (message.type === "events") this.view.apply(message.messages);
    else if (message.type === "trouble") this.onTrouble(message.reason);
    else if ("id" in message) {
      this.#answers.get(message.id)?.(message);
      this.#answers.delete(message.id);
    }
  }
}

/** A kernel that nobody looks at: every route is "not wanted" there. */
class NoKernel implements Kernel {
  readonly mode = "off";
  readonly view = new KernelView();
  readonly counters = new KernelCounters();
  onTrouble: (reason: string) => void = () => {};

  start(): Promise<Result<AdoptedRoutes, string>> {
    return Promise.resolve(ok({ "ipv4-unicast": 0, "ipv6-unicast": 0 }));
  }

  changeGroups(): void {}

  sendRoutes(): void {}

  sweep(): void {}

  routeState(): Promise<RouteState> {
    return Promise.resolve(NOT_WANTED);
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
}

const NOT_WANTED: RouteState = { state: "not wanted", metric: null, error: null };
