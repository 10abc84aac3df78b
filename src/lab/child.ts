import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { ProcessEnded } from "./lab-error.js";
import { until } from "./until.js";

export interface ChildOptions {
  readonly log: string; // file for both outputs, appended to
  readonly environment?: Readonly<Record<string, string>>;
}

/** A daemon we started, known by its process id and nothing else. */
export class Child {
  readonly command: string;
  readonly log: string;
  readonly #process: ChildProcess;
  #exit: number | null = null;

  constructor(command: string, args: readonly string[], options: ChildOptions) {
    this.command = `${command} ${args.join(" ")}`;
    this.log = options.log;
    const log = openSync(options.log, "a");
    this.#process = spawn(command, args, { stdio: ["ignore", log, log], env: { ...process.env, ...options.environment } });
    closeSync(log);
    this.#process.on("exit", (code) => {
      this.#exit = code ?? 128;
    });
    this.#process.on("error", () => {
      this.#exit = 127;
    });
  }

  /** 0 when it never started. */
  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** null while it runs; 128 when a signal ended it; 127 when it could not be started. */
  get exitCode(): number | null {
    return this.#exit;
  }

  get running(): boolean {
    return this.#exit === null;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.running) this.#process.kill(signal);
  }

  /** Resolves with the exit code. */
  exited(deadlineMs: number): Promise<number> {
    return until(`${this.command} ends`, () => this.#exit, { deadlineMs, everyMs: 20 });
  }

  /** SIGTERM, and SIGKILL when that does not end it in time. */
  async stop(graceMs = 5_000): Promise<void> {
    this.signal("SIGCONT"); // a stopped process would keep SIGTERM pending
    this.signal("SIGTERM");
    await this.exited(graceMs).catch(() => this.signal("SIGKILL"));
    await this.exited(5_000);
  }

  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.exited(5_000);
  }

  /** The end of its log, for error messages. */
  logTail(lines = 15): string {
    return readFileSync(this.log, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
  }

  /** Throws ProcessEnded with the log's tail when it is no longer running. */
  assertRunning(): void {
    if (!this.running) throw new ProcessEnded(`${this.command} ended with code ${this.#exit}\n${this.logTail()}`);
  }
}
