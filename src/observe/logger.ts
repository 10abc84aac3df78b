import { type Logger, pino, stdSerializers, stdTimeFunctions } from "pino";
import type { LogLevel } from "./log-level.js";

export type { Logger };

/**
 * JSON lines on stdout for machines; aligned text when stdout is a terminal. Written at once: nothing is lost on exit.
 * What makes the text readable is loaded for a terminal only.
 */
export async function createLogger(level: LogLevel): Promise<Logger> {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: stdSerializers.err },
  };
  if (!process.stdout.isTTY) return pino(options, pino.destination({ dest: 1, sync: true }));
  const { default: pretty } = await import("pino-pretty");
  return pino(options, pretty({ sync: true, ignore: "pid,hostname", translateTime: "SYS:HH:MM:ss.l" }));
}
