import { demonstrate } from "./demonstration.js";
import { LabError } from "./lab-error.js";
import { Quickstart } from "./quickstart.js";

export interface LabOptions {
  readonly once: boolean; // ends after the demonstration
  readonly keep: boolean; // leaves logs and configuration files behind
}

/**
 * `peregrine lab`: starts the quickstart network, shows that it works, and keeps it running until Ctrl-C.
 *
 * @returns the exit code: 0 when all was shown (or Ctrl-C came), 1 when something did not come up, with its reason on stderr
 */
export async function runLab({ once, keep }: LabOptions): Promise<number> {
  const root = process.getuid?.() === 0;
  if (!root)
    say("Not root: the same speakers run on 127.0.0.0/8 with the kernel off, so there are no routes in kernels and no pings.");
  const lab = new Quickstart(root ? "namespaces" : "loopback");
  const interruption = new Interruption();
  try {
    await interruption.orEnd(demonstrate(lab, say));
    if (once) return 0;
    say(`The network stays until Ctrl-C. Its files are in ${lab.network.directory}.`);
    await interruption.comes();
    return 0;
  } catch (error) {
    if (interruption.came) return 0;
    if (!(error instanceof LabError)) throw error;
    process.stderr.write(`${error.message}\nLogs: ${lab.network.directory}${keep ? "" : " (kept with --keep)"}\n`);
    return 1;
  } finally {
    await lab.network.close({ keepFiles: keep });
    interruption.forget();
    if (keep) say(`Logs and configuration files: ${lab.network.directory}`);
  }
}

/** SIGINT or SIGTERM, as something to wait for: the lab must clean up before the process ends. */
class Interruption {
  came = false;
  readonly #promise: Promise<never>;
  #reject: (reason: Error) => void = () => undefined;
  readonly #listener = () => {
    this.came = true;
    this.#reject(new LabError("interrupted"));
  };

  constructor() {
    this.#promise = new Promise((_, reject) => {
      this.#reject = reject;
    });
    this.#promise.catch(() => undefined); // it may come while nobody waits
    process.on("SIGINT", this.#listener);
    process.on("SIGTERM", this.#listener);
  }

  /** The work's result, or a rejection as soon as the interruption comes; what the work does after that no longer matters. */
  orEnd<T>(work: Promise<T>): Promise<T> {
    work.catch(() => undefined);
    return Promise.race([work, this.#promise]);
  }

  /** Keeps the process alive until it comes. */
  async comes(): Promise<void> {
    const alive = setInterval(() => undefined, 2 ** 30);
    await this.#promise.catch(() => clearInterval(alive));
  }

  forget(): void {
    process.off("SIGINT", this.#listener);
    process.off("SIGTERM", this.#listener);
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
