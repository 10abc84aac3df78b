import type { Logger } from "./observe/logger.js";
import { SystemdNotifier } from "./sys/sd-notify.js";

/**
 * Speaks with systemd, when it started us: ready, stopping, and a sign of life from the main thread, so that a hung event loop
 * is noticed (sd_notify(3), WatchdogSec=).
 */
export class ServiceManager {
  readonly #notifier: SystemdNotifier | null;
  readonly #watchdog: NodeJS.Timeout | null;

  static fromEnvironment(env: NodeJS.ProcessEnv, log: Logger): ServiceManager {
    const path = env["NOTIFY_SOCKET"];
    const opened = path === undefined || path === "" ? null : SystemdNotifier.open(path);
    if (opened !== null && !opened.ok) log.warn(`cannot notify systemd: ${opened.error}`);
    return new ServiceManager(opened?.ok ? opened.value : null, Number(env["WATCHDOG_USEC"] ?? 0));
  }

  private constructor(notifier: SystemdNotifier | null, watchdogMicroseconds: number) {
    this.#notifier = notifier;
    const interval = watchdogMicroseconds / 1000 / 3; // two may be lost
    this.#watchdog = notifier && interval > 0 ? setInterval(() => notifier.send("WATCHDOG=1"), interval).unref() : null;
  }

  ready(status: string): void {
    this.#notifier?.send(`READY=1\nSTATUS=${status}`);
  }

  stopping(): void {
    this.#notifier?.send("STOPPING=1");
  }

  close(): void {
    if (this.#watchdog !== null) clearInterval(this.#watchdog);
    this.#notifier?.close();
  }
}
