import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Result } from "../../protocol/result.js";
import type { KernelCounter } from "../../src/kernel/counters.js";
import type { KernelOptions } from "../../src/kernel/kernel.js";
import type { Link } from "../../src/kernel/netlink/link-message.js";
import type { RouteState } from "../../src/kernel/netlink/route-state.js";
import type { HopText } from "../../src/kernel/netlink/thread-messages.js";
import type { Namespace } from "./namespace.js";

/** The compiled driver, seen from test/kernel as from dist/test/kernel. */
const ROOT = fileURLToPath(new URL("../../", import.meta.url)).replace(/dist\/$/, "");
const DRIVER = `${ROOT}dist/test/kernel/kernel-driver.js`;

export interface ViewText {
  readonly links: readonly Link[];
  readonly addresses: readonly { local: string; ifindex: number }[];
  readonly routes: readonly { prefix: string; metric: number; protocol: number; hops: readonly HopText[] }[];
}

/** The kernel part in a process of its own inside a namespace. */
export class DrivenKernel {
  readonly #child: ChildProcess;
  readonly #answers = new Map<number, (value: unknown) => void>();
  #lastId = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const { id, value } = JSON.parse(line) as { id: number; value: unknown };
      this.#answers.get(id)?.(value);
      this.#answers.delete(id);
    });
  }

  /** @param wrapper words of a program that runs the driver, e.g. with fewer capabilities */
  static spawn(namespace: Namespace, ...wrapper: string[]): DrivenKernel {
    if (!existsSync(DRIVER)) throw new Error(`${DRIVER} is missing: run "npm run build" first`);
    const [program, ...words] = [...wrapper, process.execPath, DRIVER];
    return new DrivenKernel(namespace.spawn(program, ...words));
  }

  start(options: Partial<KernelOptions> = {}): Promise<Result<void, string>> {
    return this.#call("start", options);
  }

  want(...routes: { prefix: string; metric?: number; hops?: readonly HopText[] }[]): Promise<void> {
    return this.#call("want", routes);
  }

  drop(...prefixes: string[]): Promise<void> {
    return this.#call("drop", prefixes);
  }

  state(prefix: string): Promise<RouteState> {
    return this.#call("state", prefix);
  }

  sweep(): Promise<void> {
    return this.#call("sweep");
  }

  settled(): Promise<void> {
    return this.#call("settled");
  }

  audit(): Promise<void> {
    return this.#call("audit");
  }

  counters(): Promise<Record<KernelCounter, number>> {
    return this.#call("counters");
  }

  view(): Promise<ViewText> {
    return this.#call("view");
  }

  /** @returns milliseconds */
  bulk(work: { first: string; count: number; want: boolean; metric: number; hops: readonly HopText[] }): Promise<number> {
    return this.#call("bulk", work);
  }

  async stop(flush: boolean): Promise<void> {
    await this.#call("stop", flush);
    await this.end();
  }

  /** Ends the process without a word, as a crash would. */
  end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      this.#child.once("exit", () => resolve());
      this.#child.kill("SIGKILL");
    });
  }

  #call<T>(call: string, args: unknown = null): Promise<T> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error("the driver has ended"));
      this.#child.once("exit", ended);
      this.#answers.set(id, (value) => {
        this.#child.off("exit", ended);
        resolve(value as T);
      });
      this.#child.stdin!.write(`${JSON.stringify({ id, call, args })}\n`);
    });
  }
}
