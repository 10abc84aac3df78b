import type { Dut } from "./daemons/dut.js";
import type { ProcessUsage } from "./process-usage.js";

/** One experiment, run with every daemon in turn. */
export interface Scenario {
  readonly id: string;
  readonly title: string;
  /** Daemons it makes sense for; all when it does not say. */
  readonly daemons?: readonly string[];
  /** Makes tables and streams once; then one round runs with a fresh daemon. */
  prepare(): (dut: Dut) => Promise<readonly Measurement[]>;
}

/** What one round of one daemon gave. */
export interface Measurement {
  readonly row: string; // what was measured, when a scenario measures several things; else its id
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  readonly bytesPerRoute: number | null; // peak above the idle daemon, by route in its Adj-RIBs-In
  /** Further figures, by name with unit. */
  readonly more?: Readonly<Record<string, number>>;
}

export function measurement(
  row: string,
  seconds: number,
  usage: ProcessUsage,
  memory: { readonly idle: ProcessUsage; readonly routes: number } | null,
  more: Readonly<Record<string, number>> = {},
): Measurement {
  const { cpuSeconds, peakBytes } = usage;
  const bytesPerRoute = memory && (peakBytes - memory.idle.residentBytes) / memory.routes;
  return { row, seconds, cpuSeconds, peakBytes, bytesPerRoute, more };
}
