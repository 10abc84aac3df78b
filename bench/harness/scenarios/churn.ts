import { shuffled } from "../../rib-input.js";
import { expectedPaths } from "../expected-paths.js";
import type { RouteTable } from "../route-table.js";
import { measurement, type Scenario } from "../scenario.js";
import { sharedFloat64, sharedInt32 } from "../shared-array.js";
import { syntheticTable } from "../synthetic-table.js";
import { Trial } from "../trial.js";
import { type Announcer, UpdateStream } from "../update-stream.js";
import { externalPeers, oneFeeder } from "./peers.js";
import { packed } from "./table.js";
import { timed, untilComplete } from "./timed.js";

const PER_SECOND = 2000;
const CHANGES = 10 * PER_SECOND;

export const churn: Scenario = {
  id: "churn",
  title: "`table` loaded, 2,000 changes a second for 10 s: latency",
  prepare() {
    const { table, announcer, expected, prefixes } = oneFeeder(syntheticTable(4, 1_000_000, 1));
    const { bytes } = packed(table, announcer);
    const changes = prepareChanges(table, announcer, expected);
    return (dut) =>
      Trial.run(dut, prefixes, { peers: externalPeers(1, 1), family: 4 }, async (trial) => {
        trial.load.stream(0, "table", bytes);
        await timed(trial, { senders: [0], stream: "table", receivers: [1], expected });
        const [sentAt, at] = [sharedFloat64(CHANGES), sharedFloat64(CHANGES)];
        trial.load.watch(1, { changeOf: changes.changeOf, at });
        const complete = untilComplete(trial, [1], changes.expected);
        trial.startMeter();
        const drip = { bytes: changes.stream.bytes, ends: changes.ends, perSecond: PER_SECOND, sentAt };
        await Promise.all([trial.load.drip(0, drip), complete]);
        const usage = trial.readMeter();
        const delays = at.map((seconds, change) => seconds - sentAt[change]!).sort();
        const [p50, p99, max] = [0.5, 0.99, 1].map((quantile) => delays[Math.ceil(quantile * CHANGES) - 1]!);
        return [measurement("churn", p99!, usage, null, { "p50 ms": 1e3 * p50!, "p99 ms": 1e3 * p99!, "max ms": 1e3 * max! })];
      });
  },
};

/** Distinct prefixes in random order, each with a path longer by one. */
function prepareChanges(table: RouteTable, announcer: Announcer, before: Int32Array) {
  const longer = { ...announcer, prepends: () => 1 };
  const after = expectedPaths(table, longer);
  const expected = sharedInt32(table.count);
  expected.set(before);
  const changeOf = sharedInt32(table.count);
  const ends = new Int32Array(CHANGES);
  const stream = new UpdateStream();
  const rows = shuffled(table.count);
  for (let change = 0; change < CHANGES; change++) {
    const row = rows[change]!;
    changeOf[row] = change + 1;
    expected[row] = after[row]!;
    stream.announce(table, longer, row, row + 1);
    ends[change] = stream.length;
  }
  return { stream, ends, changeOf, expected };
}
