import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Child } from "../../../src/lab/child.js";
import type { Host } from "../../../src/lab/host.js";
import { until } from "../../../src/lab/until.js";

const EVERY_SECONDS = "0.05";
const ANSWERED = / bytes from .*icmp_seq=(?<number>\d+)/g;
/** "No answer yet" is said when the next is sent; the answer may still come. */
const MISSED = /(?:no answer yet for |^From .*)icmp_seq=(?<number>\d+)/gm;

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
    await until(`${to} answers`, () => started.#numbers(ANSWERED).length > 0);
    return started;
  }

  /** @returns how many were answered, and how many were not */
  async stop(): Promise<{ readonly answered: number; readonly lost: number }> {
    this.#ping.signal("SIGINT");
    await this.#ping.exited(5_000);
    const answered = this.#numbers(ANSWERED);
    const lost = this.#numbers(MISSED).filter((number) => !answered.includes(number));
    return { answered: answered.length, lost: lost.length };
  }

  /** The sequence numbers of the lines of a kind. */
  #numbers(lines: RegExp): readonly string[] {
    const all = [...readFileSync(this.#ping.log, "utf8").matchAll(lines)].map((line) => line.groups!["number"]!);
    return [...new Set(all)];
  }
}
