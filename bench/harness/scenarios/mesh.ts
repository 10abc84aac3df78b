import { expectedPaths } from "../expected-paths.js";
import { part } from "../route-table.js";
import { measurement, type Scenario } from "../scenario.js";
import { sharedInt32 } from "../shared-array.js";
import { syntheticTable } from "../synthetic-table.js";
import { DUT_AS } from "../testbed.js";
import { checked, Trial, type TrialPeer } from "../trial.js";
import { client, ids } from "./peers.js";
import { packed } from "./table.js";
import { timed } from "./timed.js";

export const mesh = clientsOfReflector("mesh", 200, 20);
export const thousand = clientsOfReflector("thousand", 1000, 10);

/** Every client announces its own prefixes and must be told those of all others. */
function clientsOfReflector(id: string, clients: number, each: number): Scenario {
  return {
    id,
    title: `${clients} clients of a reflector, ${each} prefixes each, everyone gets all`,
    prepare() {
      const table = syntheticTable(4, clients * each, 5);
      const prefixes = checked(table);
      const expected = sharedInt32(table.count);
      const streams = ids(0, clients).map((index) => {
        const own = part(table, index * each, each);
        expected.set(expectedPaths(own, client(index), true), index * each);
        return packed(own, client(index)).bytes;
      });
      const peers: readonly TrialPeer[] = ids(0, clients).map((index) => {
        return { does: "both", asNumber: DUT_AS, own: [index * each, (index + 1) * each] };
      });
      const all = ids(0, clients);
      return (dut) =>
        Trial.run(dut, prefixes, { peers, family: 4, reflects: true, withNextHop: true }, async (trial) => {
          for (const [index, bytes] of streams.entries()) trial.load.stream(index, "own", bytes);
          trial.startMeter();
          const seconds = await timed(trial, { senders: all, stream: "own", receivers: all, expected });
          return [measurement(id, seconds, trial.readMeter(), { idle: trial.idle, routes: table.count })];
        });
    },
  };
}
