import { noPaths } from "../expected-paths.js";
import { measurement, type Scenario } from "../scenario.js";
import { syntheticTable } from "../synthetic-table.js";
import { Trial } from "../trial.js";
import { UpdateStream } from "../update-stream.js";
import { externalPeers, oneFeeder } from "./peers.js";
import { packed } from "./table.js";
import { timed } from "./timed.js";

export const withdraw: Scenario = {
  id: "withdraw",
  title: "all 1,000,000 prefixes of `table` withdrawn",
  prepare() {
    const { table, announcer, expected, prefixes } = oneFeeder(syntheticTable(4, 1_000_000, 1));
    const { bytes } = packed(table, announcer);
    const withdrawals = new UpdateStream().withdrawAll(table).bytes;
    const nothing = noPaths(table);
    return (dut) =>
      Trial.run(dut, prefixes, { peers: externalPeers(1, 1), family: 4 }, async (trial) => {
        trial.load.stream(0, "table", bytes);
        trial.load.stream(0, "withdrawals", withdrawals);
        await timed(trial, { senders: [0], stream: "table", receivers: [1], expected });
        trial.startMeter();
        const seconds = await timed(trial, { senders: [0], stream: "withdrawals", receivers: [1], expected: nothing });
        return [measurement("withdraw", seconds, trial.readMeter(), null)];
      });
  },
};
