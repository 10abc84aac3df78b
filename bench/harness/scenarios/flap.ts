import { now } from "../clock.js";
import { expectedBestPaths } from "../expected-paths.js";
import { measurement, type Scenario } from "../scenario.js";
import { Trial } from "../trial.js";
import { externalPeers, ids } from "./peers.js";
import { FEEDERS, sameTable } from "./same.js";
import { timed, untilComplete } from "./timed.js";

export const flap: Scenario = {
  id: "flap",
  title: "`same` (200,000), then one peer's session closes",
  daemons: ["peregrine", "bird", "frr", "openbgpd", "gobgp"],
  prepare() {
    const { table, announcers, prefixes, streams } = sameTable(200_000);
    const expected = expectedBestPaths(table, announcers);
    const without = expectedBestPaths(table, announcers.slice(1));
    return (dut) =>
      Trial.run(dut, prefixes, { peers: externalPeers(FEEDERS, 1), family: 4 }, async (trial) => {
        for (const [feeder, bytes] of streams.entries()) trial.load.stream(feeder, "table", bytes);
        await timed(trial, { senders: ids(0, FEEDERS), stream: "table", receivers: [FEEDERS], expected });
        trial.startMeter();
        const from = now();
        const complete = untilComplete(trial, [FEEDERS], without);
        trial.load.close([0]);
        return [measurement("flap", (await complete) - from, trial.readMeter(), null)];
      });
  },
};
