import { setTimeout as pause } from "node:timers/promises";
import { now } from "../clock.js";
import { measurement, type Scenario } from "../scenario.js";
import { syntheticTable } from "../synthetic-table.js";
import { DUT_ADDRESS } from "../testbed.js";
import { Trial } from "../trial.js";
import { externalPeers, oneFeeder } from "./peers.js";
import { packed } from "./table.js";
import { timed } from "./timed.js";

const API = `http://${DUT_ADDRESS}:9179`;
const ASK_EVERY_MS = 10;
const IDLE_SECONDS = 5;
const QUANTILES = { p50: "0.5", p99: "0.99", max: "1" } as const;

/** Of `table` while it loads: how late Peregrine's event loop is, how soon its API answers; and what it does when idle. */
export const responsive: Scenario = {
  id: "responsive",
  title: "`table` while it loads: event-loop delay, a request every 10 ms; then idle with a full table",
  daemons: ["peregrine"],
  prepare() {
    const { table, announcer, expected, prefixes } = oneFeeder(syntheticTable(4, 1_000_000, 1));
    const { bytes } = packed(table, announcer);
    return (dut) =>
      Trial.run(dut, prefixes, { peers: externalPeers(1, 1), family: 4 }, async (trial) => {
        trial.load.stream(0, "table", bytes);
        await eventLoopDelay(); // what was measured before is forgotten
        const requests = askAgainAndAgain();
        trial.startMeter();
        const seconds = await timed(trial, { senders: [0], stream: "table", receivers: [1], expected });
        const usage = trial.readMeter();
        const answers = await requests.end();
        const delay = await eventLoopDelay();
        await pause(1000);
        trial.startMeter();
        await pause(1000 * IDLE_SECONDS);
        const idlePercent = (100 * trial.readMeter().cpuSeconds) / IDLE_SECONDS;
        return [measurement("responsive", seconds, usage, null, { ...delay, ...answers, "idle CPU %": idlePercent })];
      });
  },
};

async function eventLoopDelay(): Promise<Record<string, number>> {
  const text = await (await fetch(`${API}/metrics`)).text();
  return Object.fromEntries(
    Object.entries(QUANTILES).map(([name, quantile]) => {
      const line = new RegExp(`^peregrine_event_loop_lag_seconds\\{quantile="${quantile}"\\} (\\S+)`, "m").exec(text);
      return [`loop ${name} ms`, 1000 * Number(line?.[1])];
    }),
  );
}

function askAgainAndAgain() {
  const seconds: number[] = [];
  let isWanted = true;
  const asking = (async () => {
    for (; isWanted; await pause(ASK_EVERY_MS)) {
      const from = now();
      await (await fetch(`${API}/healthz`)).text();
      seconds.push(now() - from);
    }
  })();
  return {
    async end(): Promise<Record<string, number>> {
      isWanted = false;
      await asking;
      seconds.sort((a, b) => a - b);
      const at = (quantile: number) => 1000 * seconds[Math.ceil(quantile * seconds.length) - 1]!;
      return { "API p50 ms": at(0.5), "API p99 ms": at(0.99), "API max ms": at(1) };
    },
  };
}
