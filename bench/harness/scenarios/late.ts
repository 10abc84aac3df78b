import { now } from "../clock.js";
import { measurement, type Scenario } from "../scenario.js";
import { syntheticTable } from "../synthetic-table.js";
import { Trial, type TrialPeer } from "../trial.js";
import { externalPeers, ids, oneFeeder } from "./peers.js";
import { packed } from "./table.js";
import { timed, untilComplete } from "./timed.js";

const CONNECT_SECONDS = 60;

export const late = latecomers("late", "`table` loaded, a new peer arrives: from its dialling to its full table", 1);
export const late50 = latecomers("late-50", "`table` loaded, 50 new peers arrive at once: until all have the full table", 50);

function latecomers(id: string, title: string, count: number): Scenario {
  return {
    ...{ id, title },
    daemons: ["peregrine", "bird", "frr", "openbgpd", "gobgp"], // a relay remembers nothing
    prepare() {
      const { table, announcer, expected, prefixes } = oneFeeder(syntheticTable(4, 1_000_000, 1));
      const { bytes } = packed(table, announcer);
      const peers: readonly TrialPeer[] = externalPeers(1, 1 + count).map((peer, index) => ({ ...peer, isLate: index >= 2 }));
      const newcomers = ids(2, count);
      return (dut) =>
        Trial.run(dut, prefixes, { peers, family: 4 }, async (trial) => {
          trial.load.stream(0, "table", bytes);
          await timed(trial, { senders: [0], stream: "table", receivers: [1], expected });
          trial.startMeter();
          const complete = untilComplete(trial, newcomers, expected);
          const from = now();
          const [until] = await Promise.all([complete, trial.load.connect(newcomers, CONNECT_SECONDS)]);
          return [measurement(id, until - from, trial.readMeter(), { idle: trial.idle, routes: table.count })];
        });
    },
  };
}
