import { Worker } from "node:worker_threads";
import type { Answer, Arrivals, CheckReport, Drip, Order } from "./load-messages.js";
import type { PeerSpec } from "./load-peer.js";
import type { CheckedPrefixes, CheckOptions } from "./table-check.js";

/** A wait that ended without what was waited for. */
export class LoadFailure extends Error {}

type AnswerType = Answer["type"];
interface Wait {
  readonly type: AnswerType;
  readonly missing: Set<number>;
  readonly resolve: (at: number) => void;
  readonly reject: (error: Error) => void;
  last: number;
}

/** The speakers around the daemon under test, in two threads: those that mostly send, and those that mostly check. */
export class Load {
  readonly #threads = [0, 1].map(() => new Worker(new URL("./load-thread.js", import.meta.url)));
  readonly #threadOf = new Map<number, number>();
  readonly #waits = new Set<Wait>();
  readonly #reports = new Map<number, CheckReport>();
  readonly #startedAt = new Map<number, number>();
  /** Peers whose closing is no failure. */
  readonly #closing = new Set<number>();

  constructor(prefixes: CheckedPrefixes) {
    for (const thread of this.#threads) {
      thread.on("message", (answer: Answer) => this.#answered(answer));
      thread.on("error", (error) => this.#fail(error));
      thread.postMessage({ type: "prefixes", prefixes } satisfies Order);
    }
  }

  add(spec: PeerSpec, thread: 0 | 1, check: CheckOptions | null): void {
    this.#threadOf.set(spec.id, thread);
    this.#post(spec.id, { type: "peer", spec, check });
  }

  /** Dials until every one of them is Established. @returns when the last one was */
  connect(ids: readonly number[], deadlineSeconds: number): Promise<number> {
    const done = this.#wait("established", ids, deadlineSeconds);
    this.#postEach(ids, (some) => ({ type: "dial", ids: some }));
    return done;
  }

  /** Hands a peer messages that `send` will send. */
  stream(id: number, stream: string, bytes: Uint8Array): void {
    this.#post(id, { type: "stream", id, stream, bytes });
  }

  /** @returns when the first of them began */
  async send(ids: readonly number[], stream: string): Promise<number> {
    const begun = this.#wait("sending", ids, 60);
    this.#postEach(ids, (some) => ({ type: "send", ids: some, stream }));
    await begun;
    return Math.min(...ids.map((id) => this.#startedAt.get(id) ?? Number.POSITIVE_INFINITY));
  }

  /** Sets what these receivers must hold in the end. @returns when the last of them held it; fails after the deadline */
  complete(ids: readonly number[], hashes: Int32Array, deadlineSeconds: number): Promise<number> {
    const done = this.#wait("complete", ids, deadlineSeconds);
    this.#postEach(ids, (some) => ({ type: "expect", ids: some, hashes }));
    return done;
  }

  watch(id: number, arrivals: Arrivals): void {
    this.#post(id, { type: "watch", id, arrivals });
  }

  /** @returns when the last message was handed to the kernel */
  drip(id: number, drip: Drip): Promise<number> {
    const done = this.#wait("sent", [id], 2 * (drip.ends.length / drip.perSecond) + 10);
    this.#post(id, { type: "drip", id, drip });
    return done;
  }

  async report(ids: readonly number[]): Promise<readonly CheckReport[]> {
    const done = this.#wait("report", ids, 30);
    this.#postEach(ids, (some) => ({ type: "report", ids: some }));
    await done;
    return ids.map((id) => this.#reports.get(id)!);
  }

  /** That these close is no failure from now on. */
  excuse(ids: readonly number[]): void {
    for (const id of ids) this.#closing.add(id);
  }

  close(ids: readonly number[]): void {
    this.excuse(ids);
    this.#postEach(ids, (some) => ({ type: "close", ids: some }));
  }

  async end(): Promise<void> {
    this.#fail(new LoadFailure("the load has ended"));
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }

  #wait(type: AnswerType, ids: readonly number[], deadlineSeconds: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const wait: Wait = {
        ...{ type, missing: new Set(ids), last: 0 },
        resolve: (at) => {
          clearTimeout(timer);
          resolve(at);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      const timer = setTimeout(() => {
        this.#waits.delete(wait);
        reject(new LoadFailure(`${wait.missing.size} of ${ids.length} peers not ${type} within ${deadlineSeconds} s`));
      }, deadlineSeconds * 1000);
      this.#waits.add(wait);
    });
  }

  #answered(answer: Answer): void {
    if (answer.type === "closed") this.#closed(answer.id, answer.reason);
    if (answer.type === "report") this.#reports.set(answer.id, answer.report);
    if (answer.type === "sending") this.#startedAt.set(answer.id, answer.at);
    for (const wait of this.#waits) {
      if (wait.type !== answer.type || !wait.missing.delete(answer.id)) continue;
      wait.last = Math.max(wait.last, "at" in answer ? answer.at : 0);
      if (wait.missing.size > 0) continue;
      this.#waits.delete(wait);
      wait.resolve(wait.last);
    }
  }

  #closed(id: number, reason: string): void {
    if (!this.#closing.has(id)) this.#fail(new LoadFailure(`peer ${id}: ${reason}`));
  }

  #fail(error: Error): void {
    for (const wait of this.#waits) wait.reject(error);
    this.#waits.clear();
  }

  #post(id: number, order: Order): void {
    this.#threads[this.#threadOf.get(id)!]?.postMessage(order);
  }

  #postEach(ids: readonly number[], order: (some: readonly number[]) => Order): void {
    for (const [index, thread] of this.#threads.entries()) {
      const some = ids.filter((id) => this.#threadOf.get(id) === index);
      if (some.length > 0) thread.postMessage(order(some));
    }
  }
}
