import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Child } from "../../../src/lab/child.js";
import type { Host } from "../../../src/lab/host.js";
import { until } from "../../../src/lab/until.js";

let watches = 0;

/** Every change of a host's routes as the kernel tells it (rtnetlink), so that not even a moment without a route is missed. */
export class RouteWatch {
  readonly #host: Host;
  readonly #monitor: Child;
  #marks = 0;

  private constructor(host: Host) {
    this.#host = host;
    const log = join(host.directory, `route-watch-${++watches}.log`);
    this.#monitor = host.spawn("ip", ["monitor", "route"], { log });
  }

  /** Watches from the moment on that this settles. */
  static async open(host: Host): Promise<RouteWatch> {
    const watch = new RouteWatch(host);
    await until("the monitor listens", () => watch.#isUpToDate(), { deadlineMs: 10_000 });
    return watch;
  }

  /** Ends the watch. @returns what was said of the removal of these prefixes */
  async removalsOf(...prefixes: readonly string[]): Promise<string[]> {
    await until("the monitor has told everything", () => this.#isUpToDate(), { deadlineMs: 10_000 });
    const lines = this.#text().split("\n");
    await this.#monitor.stop();
    return lines.filter((line) => line.startsWith("Deleted ") && prefixes.some((prefix) => line.includes(`${prefix} `)));
  }

  /** Makes a change of its own, and looks whether it was seen. */
  async #isUpToDate(): Promise<boolean> {
    const mark = `203.0.113.${++this.#marks % 256}/32`;
    const words = ["route", "add", "blackhole", mark, "proto", "static", "metric", String(this.#marks)];
    await this.#host.ip(...words);
    await this.#host.ip(...words.map((word) => (word === "add" ? "delete" : word)));
    const seen = new RegExp(`^Deleted blackhole ${mark.replace("/32", "")} proto static metric ${this.#marks} `, "m");
    return until("the mark is seen", () => seen.test(this.#text()), { deadlineMs: 1_000, everyMs: 20 }).catch(() => false);
  }

  #text(): string {
    return readFileSync(this.#monitor.log, "utf8");
  }
}
