import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Namespace } from "./namespace.js";

// Programs that run a part of ours inside a network namespace for a test: one JSON request a line on stdin, `{id, call, args}`,
// one answer a line on stdout, `{id, value}`. They run compiled, as a worker thread needs its file.

/** The root of the repository, seen from test/kernel as from dist/test/kernel. */
const ROOT = fileURLToPath(new URL("../../", import.meta.url)).replace(/dist\/$/, "");

/** The program's side: answers requests with what the function of that name returns. */
export function serveJsonLines(calls: Readonly<Record<string, (args: never) => unknown>>): void {
  createInterface({ input: process.stdin }).on("line", async (line) => {
    const { id, call, args } = JSON.parse(line) as { id: number; call: string; args: never };
    const value = await calls[call](args);
    process.stdout.write(`${JSON.stringify({ id, value })}\n`);
  });
}

/** The test's side. */
export class JsonLinesProgram {
  readonly #child: ChildProcess;
  readonly #answers = new Map<number, (value: unknown) => void>();
  #lastId = 0;

  /**
   * @param file compiled, from the root, e.g. `dist/test/kernel/kernel-driver.js`
   * @param wrapper words of a program that runs it, e.g. with fewer capabilities
   */
  constructor(namespace: Namespace, file: string, ...wrapper: string[]) {
    if (!existsSync(ROOT + file)) throw new Error(`${file} is missing: run "npm run build" first`);
    const [program, ...words] = [...wrapper, process.execPath, ROOT + file];
    this.#child = namespace.spawn(program, ...words);
    createInterface({ input: this.#child.stdout! }).on("line", (line) => {
      const { id, value } = JSON.parse(line) as { id: number; value: unknown };
      this.#answers.get(id)?.(value);
      this.#answers.delete(id);
    });
  }

  call<T>(call: string, args: unknown = null): Promise<T> {
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

  /** Ends the process without a word, as a crash would. */
  end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      this.#child.once("exit", () => resolve());
      this.#child.kill("SIGKILL");
    });
  }
}
