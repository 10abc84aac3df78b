import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Child } from "../../../src/lab/child.js";
import type { Host } from "../../../src/lab/host.js";
import { until } from "../../../src/lab/until.js";

const EVERY_SECONDS = "0.05";

let pings = 0;

/** One ping after another from a host to an address, until `stop`. */
export class Pings {
  readonly #ping: Child;

  private constructor(from: Host, to: string) {
    this.#ping = from.spawn("ping", ["-O", "-i", EVERY_SECONDS, to], { log: join(from.directory, `ping-${++pings}.log`) });
  }

  /** Begins, and settles with the first answer. */
  static async start(from: Host, to: string): Promise<Pings> {
    const started = new Pings(from, to);
    await until(`${to} answers`, () => started.#count(/ bytes from /g) > 0);
    return started;
  }

  /** @returns how many were answered, and how many were not before the next was sent */
  async stop(): Promise<{ readonly answered: number; readonly lost: number }> {
    this.#ping.signal("SIGINT");
    await this.#ping.exited(5_000);
    return { answered: this.#count(/ bytes from /g), lost: this.#count(/no answer yet|Unreachable/g) };
  }

  #count(lines: RegExp): number {
    return readFileSync(this.#ping.log, "utf8").match(lines)?.length ?? 0;
  }
}
