import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { now } from "../clock.js";
import { processUsage } from "../process-usage.js";
import { type Measurement, measurement, type Scenario } from "../scenario.js";
import { syntheticTable } from "../synthetic-table.js";
import { octetsOf } from "../testbed.js";
import { addressOf, Trial } from "../trial.js";
import { UpdateStream } from "../update-stream.js";
import { externalPeers, oneFeeder } from "./peers.js";
import { packed } from "./table.js";

const OTHER_NEXT_HOP = 200; // a peer's address that no peer has
const POLL_MS = 20;
const QUIET_SECONDS = 1;
const DEADLINE_SECONDS = 180;

export const fib: Scenario = {
  id: "fib",
  title: "1,000,000 routes into the kernel of a namespace: until the daemon rests and the kernel holds them",
  daemons: ["peregrine", "bird"],
  prepare() {
    const { table, announcer, prefixes } = oneFeeder(syntheticTable(4, 1_000_000, 1));
    const other = { ...announcer, nextHop: octetsOf(addressOf(4, OTHER_NEXT_HOP)) };
    const steps = [
      { step: "add", bytes: packed(table, announcer).bytes, routes: table.count, via: addressOf(4, 0) },
      { step: "replace", bytes: packed(table, other).bytes, routes: table.count, via: addressOf(4, OTHER_NEXT_HOP) },
      { step: "delete", bytes: new UpdateStream().withdrawAll(table).bytes, routes: 0, via: addressOf(4, OTHER_NEXT_HOP) },
    ];
    return (dut) =>
      Trial.run(dut, prefixes, { peers: externalPeers(1, 0), family: 4, kernel: true }, async (trial) => {
        const measured: Measurement[] = [];
        for (const { step, bytes, routes, via } of steps) {
          trial.load.stream(0, step, bytes);
          trial.startMeter();
          const from = await trial.load.send([0], step);
          const until = await restsWith(trial, routes);
          await mustHold(trial, routes, via);
          measured.push(measurement(step, until - from, trial.readMeter(), { idle: trial.idle, routes: table.count }));
        }
        return measured;
      });
  },
};

/** Waits until the daemon has used no CPU for a while and its kernel has so many BGP routes. @returns when it last used any */
async function restsWith(trial: Trial, routes: number): Promise<number> {
  const started = now();
  let used = processUsage(trial.dut.pid).cpuSeconds;
  for (let usedAt = started; ; await pause(POLL_MS)) {
    const { cpuSeconds } = processUsage(trial.dut.pid);
    if (cpuSeconds > used) [used, usedAt] = [cpuSeconds, now()];
    const isQuiet = now() - usedAt > QUIET_SECONDS;
    if (isQuiet && Math.abs(kernelPrefixes(trial.dut.pid) - routes) < 100) return usedAt;
    if (now() - started > DEADLINE_SECONDS)
      throw new Error(`${kernelPrefixes(trial.dut.pid)} prefixes in the kernel\n${trial.dut.logTail(3)}`);
  }
}

/** Prefixes in the table of the process's namespace, the connected ones included; without rules "Main" and "Local" are one. */
function kernelPrefixes(pid: number): number {
  const counts = readFileSync(`/proc/${pid}/net/fib_triestat`, "utf8").matchAll(/Prefixes:\s+(\d+)/g);
  return Math.max(...Array.from(counts, ([, count]) => Number(count)));
}

async function mustHold(trial: Trial, routes: number, via: string): Promise<void> {
  const count = Number(await trial.host.mustRun("sh", ["-c", `ip route show via ${via} | wc -l`], { timeoutMs: 120_000 }));
  if (count !== routes) throw new Error(`${count} routes via ${via} in the kernel, not ${routes}`);
}
