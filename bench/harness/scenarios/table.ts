import type { RouteTable } from "../route-table.js";
import { measurement, type Scenario } from "../scenario.js";
import { syntheticTable } from "../synthetic-table.js";
import { Trial } from "../trial.js";
import { UpdateStream } from "../update-stream.js";
import { ONE_TO_ONE, oneFeeder, timed } from "./table-load.js";

/** A whole table from one external peer to another. */
export function tableScenario(id: string, title: string, makeTable: () => RouteTable): Scenario {
  return {
    id,
    title,
    prepare() {
      const { table, announcer, expected, prefixes } = oneFeeder(makeTable());
      const { bytes } = new UpdateStream().announceAll(table, announcer);
      return (dut) =>
        Trial.run(dut, prefixes, { peers: ONE_TO_ONE, family: table.family }, async (trial) => {
          trial.load.stream(0, "table", bytes);
          trial.startMeter();
          const seconds = await timed(trial, [0], "table", [1], expected);
          const [report] = await trial.load.report([1]);
          const memory = { idle: trial.idle, routes: table.count };
          return [measurement(id, seconds, trial.readMeter(), memory, { "UPDATEs out": report!.messages })];
        });
    },
  };
}

export const table = tableScenario("table", "1 eBGP peer with 1,000,000 IPv4 prefixes → 1 peer", () =>
  syntheticTable(4, 1_000_000, 1),
);

export const table6 = tableScenario("table6", "1 eBGP peer with 200,000 IPv6 prefixes → 1 peer", () =>
  syntheticTable(6, 200_000, 1),
);
