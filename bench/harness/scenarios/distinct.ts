import { expectedPaths } from "../expected-paths.js";
import { part } from "../route-table.js";
import { measurement, type Scenario } from "../scenario.js";
import { sharedInt32 } from "../shared-array.js";
import { syntheticTable } from "../synthetic-table.js";
import { checked, Trial } from "../trial.js";
import { externalFeeder, externalPeers, ids } from "./peers.js";
import { packed } from "./table.js";
import { timed } from "./timed.js";

const FEEDERS = 10;
const EACH = 100_000;

export const distinct: Scenario = {
  id: "distinct",
  title: "10 peers × 100,000 distinct prefixes → 1",
  prepare() {
    const table = syntheticTable(4, FEEDERS * EACH, 2);
    const prefixes = checked(table);
    const expected = sharedInt32(table.count);
    const streams = ids(0, FEEDERS).map((feeder) => {
      const own = part(table, feeder * EACH, EACH);
      expected.set(expectedPaths(own, externalFeeder(4, feeder)), feeder * EACH);
      return packed(own, externalFeeder(4, feeder)).bytes;
    });
    return (dut) =>
      Trial.run(dut, prefixes, { peers: externalPeers(FEEDERS, 1), family: 4 }, async (trial) => {
        for (const [feeder, bytes] of streams.entries()) trial.load.stream(feeder, "table", bytes);
        trial.startMeter();
        const seconds = await timed(trial, { senders: ids(0, FEEDERS), stream: "table", receivers: [FEEDERS], expected });
        return [measurement("distinct", seconds, trial.readMeter(), { idle: trial.idle, routes: table.count })];
      });
  },
};
