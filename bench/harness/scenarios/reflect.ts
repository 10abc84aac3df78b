import { expectedPaths } from "../expected-paths.js";
import { measurement, type Scenario } from "../scenario.js";
import { syntheticTable } from "../synthetic-table.js";
import { DUT_AS } from "../testbed.js";
import { checked, Trial, type TrialPeer } from "../trial.js";
import { client, ids } from "./peers.js";
import { packed } from "./table.js";
import { timed } from "./timed.js";

const RECEIVERS = 50;

export const reflect: Scenario = {
  id: "reflect",
  title: "route reflector, 1 client with 100,000 prefixes → 50 clients",
  prepare() {
    const table = syntheticTable(4, 100_000, 4);
    const prefixes = checked(table);
    const { bytes } = packed(table, client(0));
    const expected = expectedPaths(table, client(0), true);
    const peers: readonly TrialPeer[] = ids(0, RECEIVERS + 1).map((id) => ({
      does: id === 0 ? "feed" : "receive",
      asNumber: DUT_AS,
    }));
    return (dut) =>
      Trial.run(dut, prefixes, { peers, family: 4, reflects: true, withNextHop: true }, async (trial) => {
        trial.load.stream(0, "table", bytes);
        trial.startMeter();
        const seconds = await timed(trial, { senders: [0], stream: "table", receivers: ids(1, RECEIVERS), expected });
        return [measurement("reflect", seconds, trial.readMeter(), { idle: trial.idle, routes: table.count })];
      });
  },
};
