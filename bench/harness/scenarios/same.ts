import { expectedBestPaths } from "../expected-paths.js";
import { part, type RouteTable } from "../route-table.js";
import { measurement, type Scenario } from "../scenario.js";
import { syntheticTable } from "../synthetic-table.js";
import { checked, Trial } from "../trial.js";
import { type Announcer, UpdateStream } from "../update-stream.js";
import { externalFeeder, externalPeers, ids } from "./peers.js";
import { timed } from "./timed.js";

export const FEEDERS = 10;
const LONGEST_PREPEND = 4;

export const same = tenTimes("same", "10 peers × the same 200,000 prefixes → 1, best paths checked", 200_000);
export const sameMillion = tenTimes("same-1m", "10 peers × the same 1,000,000 prefixes → 1, best paths checked", 1_000_000);

function tenTimes(id: string, title: string, count: number): Scenario {
  return {
    ...{ id, title },
    daemons: ["peregrine", "bird", "frr", "openbgpd", "gobgp"], // a relay chooses nothing
    prepare() {
      const { table, announcers, prefixes, streams } = sameTable(count);
      const expected = expectedBestPaths(table, announcers);
      return (dut) =>
        Trial.run(dut, prefixes, { peers: externalPeers(FEEDERS, 1), family: 4 }, async (trial) => {
          for (const [feeder, bytes] of streams.entries()) trial.load.stream(feeder, "table", bytes);
          trial.startMeter();
          const seconds = await timed(trial, { senders: ids(0, FEEDERS), stream: "table", receivers: [FEEDERS], expected });
          const usage = trial.readMeter();
          const [report] = await trial.load.report([FEEDERS]);
          const memory = { idle: trial.idle, routes: FEEDERS * count };
          return [measurement(id, seconds, usage, memory, { "UPDATEs out": report!.messages })];
        });
    },
  };
}

/** A table that ten peers announce with paths of their own length, each beginning at another place of it. */
export function sameTable(count: number) {
  const table = syntheticTable(4, count, 3);
  const announcers = ids(0, FEEDERS).map((feeder) => ({ ...externalFeeder(4, feeder), prepends: prependsOf(feeder) }));
  const streams = announcers.map((announcer, feeder) => fromTheMiddle(table, announcer, Math.floor((count * feeder) / FEEDERS)));
  return { table, announcers, streams, prefixes: checked(table) };
}

function fromTheMiddle(table: RouteTable, announcer: Announcer, from: number): Uint8Array {
  const before = part(table, 0, from);
  const after = part(table, from, table.count - from);
  return new UpdateStream().announceAll(after, announcer).announceAll(before, announcer).bytes;
}

/** Some of ten paths are longer than others, and ties are frequent. */
function prependsOf(feeder: number): (set: number) => number {
  return (set) => (Math.imul(set + 1, 0x9e3779b1 + 2 * feeder) >>> 16) % LONGEST_PREPEND;
}
