import type { Measurement } from "./scenario.js";

/** What all rounds of one daemon in one row of a scenario gave. */
export interface Result {
  readonly scenario: string;
  readonly row: string;
  readonly daemon: string;
  readonly rounds: number;
  readonly medianSeconds: number;
  readonly minimumSeconds: number;
  readonly cpuSeconds: number; // median
  readonly peakMegabytes: number; // median, 10^6
  readonly bytesPerRoute: number | null;
  /** Seconds by those of the fastest other daemon; null for the relay and when there is no other. */
  readonly ratio: number | null;
  readonly more: Readonly<Record<string, number>>;
}

/** @param measured by daemon, the measurements of every round */
export function results(scenario: string, measured: ReadonlyMap<string, readonly Measurement[]>): Result[] {
  const rows = [...new Set([...measured.values()].flat().map(({ row }) => row))];
  return rows.flatMap((row) => {
    const of = new Map([...measured].map(([daemon, all]) => [daemon, all.filter((each) => each.row === row)]));
    return [...of]
      .filter(([, all]) => all.length > 0)
      .map(([daemon, all]) => ({ scenario, row, daemon, ...summary(all), ratio: ratio(daemon, of) }));
  });
}

function summary(all: readonly Measurement[]) {
  const names = Object.keys(all[0]?.more ?? {});
  const perRoute = all.flatMap(({ bytesPerRoute }) => (bytesPerRoute === null ? [] : [bytesPerRoute]));
  return {
    rounds: all.length,
    medianSeconds: median(all.map(({ seconds }) => seconds)),
    minimumSeconds: Math.min(...all.map(({ seconds }) => seconds)),
    cpuSeconds: median(all.map(({ cpuSeconds }) => cpuSeconds)),
    peakMegabytes: median(all.map(({ peakBytes }) => peakBytes)) / 1e6,
    bytesPerRoute: perRoute.length === 0 ? null : median(perRoute),
    more: Object.fromEntries(names.map((name) => [name, median(all.map(({ more }) => more?.[name] ?? 0))])),
  };
}

function ratio(daemon: string, of: ReadonlyMap<string, readonly Measurement[]>): number | null {
  const seconds = (all: readonly Measurement[]) => median(all.map((each) => each.seconds));
  const others = [...of].filter(([name, all]) => name !== daemon && name !== "relay" && all.length > 0);
  if (daemon === "relay" || others.length === 0) return null;
  return seconds(of.get(daemon)!) / Math.min(...others.map(([, all]) => seconds(all)));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const COLUMNS = ["median s", "min s", "CPU s", "peak MB", "B/route", "ratio"] as const;

export function printResults(title: string, all: readonly Result[]): void {
  console.log(`\n${title}`);
  console.log(`${"".padEnd(24)}${COLUMNS.map((column) => column.padStart(10)).join("")}`);
  for (const result of all) {
    const { row, scenario, daemon, medianSeconds, minimumSeconds, cpuSeconds, peakMegabytes, bytesPerRoute, more } = result;
    const name = row === scenario ? daemon : `${row} ${daemon}`;
    const figures = [medianSeconds.toFixed(3), minimumSeconds.toFixed(3), cpuSeconds.toFixed(2), peakMegabytes.toFixed(0)];
    const last = [bytesPerRoute?.toFixed(0) ?? "-", result.ratio?.toFixed(2) ?? "-"];
    const rest = Object.entries(more).map(([key, value]) => `${key} ${Number(value.toPrecision(4))}`);
    console.log(`${name.padEnd(24)}${[...figures, ...last].map((text) => text.padStart(10)).join("")}   ${rest.join(", ")}`);
  }
}
