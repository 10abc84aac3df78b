import type { Result } from "../../protocol/result.js";
import type { KernelCounter } from "../../src/kernel/counters.js";
import type { KernelOptions } from "../../src/kernel/kernel.js";
import type { Link } from "../../src/kernel/netlink/link-message.js";
import type { RouteState } from "../../src/kernel/netlink/route-state.js";
import type { HopText } from "../../src/kernel/netlink/thread-messages.js";
import { JsonLinesProgram } from "./json-lines.js";
import type { Namespace } from "./namespace.js";

export interface ViewText {
  readonly links: readonly Link[];
  readonly addresses: readonly { local: string; ifindex: number }[];
  readonly routes: readonly { prefix: string; metric: number; protocol: number; hops: readonly HopText[] }[];
}

export interface BulkWork {
  readonly first: string;
  readonly count: number;
  readonly want: boolean;
  readonly metric: number;
  readonly hops: readonly HopText[];
}

/** The kernel part in a process of its own inside a namespace. */
export class DrivenKernel {
  readonly #program: JsonLinesProgram;

  /** @param wrapper words of a program that runs it, e.g. with fewer capabilities */
  constructor(namespace: Namespace, ...wrapper: string[]) {
    this.#program = new JsonLinesProgram(namespace, "dist/test/kernel/kernel-driver.js", ...wrapper);
  }

  start(options: Partial<KernelOptions> = {}): Promise<Result<void, string>> {
    return this.#program.call("start", options);
  }

  want(...routes: { prefix: string; metric?: number; hops?: readonly HopText[] }[]): Promise<void> {
    return this.#program.call("want", routes);
  }

  drop(...prefixes: string[]): Promise<void> {
    return this.#program.call("drop", prefixes);
  }

  state(prefix: string): Promise<RouteState> {
    return this.#program.call("state", prefix);
  }

  /** The prefixes of wanted routes that are not in the kernel, with their states. */
  exceptions(limit: number): Promise<readonly string[]> {
    return this.#program.call("exceptions", limit);
  }

  sweep(): Promise<void> {
    return this.#program.call("sweep");
  }

  settled(): Promise<void> {
    return this.#program.call("settled");
  }

  audit(): Promise<void> {
    return this.#program.call("audit");
  }

  counters(): Promise<Record<KernelCounter, number>> {
    return this.#program.call("counters");
  }

  view(): Promise<ViewText> {
    return this.#program.call("view");
  }

  /** @returns milliseconds */
  bulk(work: BulkWork): Promise<number> {
    return this.#program.call("bulk", work);
  }

  async stop(flush: boolean): Promise<void> {
    await this.#program.call("stop", flush);
    await this.end();
  }

  /** Ends the process without a word, as a crash would. */
  end(): Promise<void> {
    return this.#program.end();
  }
}
