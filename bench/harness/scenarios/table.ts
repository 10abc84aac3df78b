import { shuffled } from "../../rib-input.js";
import { hasRealTable, realTable } from "../real-table.js";
import type { RouteTable } from "../route-table.js";
import { measurement, type Scenario } from "../scenario.js";
import { syntheticTable } from "../synthetic-table.js";
import { Trial } from "../trial.js";
import { type Announcer, UpdateStream } from "../update-stream.js";
import { externalPeers, oneFeeder } from "./peers.js";
import { timed } from "./timed.js";

export const table = oneToOne("table", "1 eBGP peer with 1,000,000 IPv4 prefixes → 1 peer", packed, () =>
  syntheticTable(4, 1_000_000, 1),
);

export const tableOne = oneToOne("table-one", "the same, one prefix an UPDATE, shuffled", onePerUpdate, () =>
  syntheticTable(4, 1_000_000, 1),
);

export const table6 = oneToOne("table6", "1 eBGP peer with 200,000 IPv6 prefixes → 1 peer", packed, () =>
  syntheticTable(6, 200_000, 1),
);

/** null when its files are not there. */
export const tableReal = hasRealTable()
  ? oneToOne("table-real", "1 eBGP peer with the Internet's IPv4 prefixes of June 2026 → 1 peer", packed, () => realTable(1))
  : null;

type Encode = (table: RouteTable, announcer: Announcer) => UpdateStream;

/** A whole table from one external peer to another. */
export function oneToOne(id: string, title: string, encode: Encode, makeTable: () => RouteTable): Scenario {
  return {
    ...{ id, title },
    prepare() {
      const { table, announcer, expected, prefixes } = oneFeeder(makeTable());
      const { bytes } = encode(table, announcer);
      return (dut) =>
        Trial.run(dut, prefixes, { peers: externalPeers(1, 1), family: table.family }, async (trial) => {
          trial.load.stream(0, "table", bytes);
          trial.startMeter();
          const seconds = await timed(trial, { senders: [0], stream: "table", receivers: [1], expected });
          const usage = trial.readMeter();
          const [report] = await trial.load.report([1]);
          const memory = { idle: trial.idle, routes: table.count };
          return [measurement(id, seconds, usage, memory, { "UPDATEs out": report!.messages })];
        });
    },
  };
}

export function packed(table: RouteTable, announcer: Announcer): UpdateStream {
  return new UpdateStream().announceAll(table, announcer);
}

function onePerUpdate(table: RouteTable, announcer: Announcer): UpdateStream {
  const stream = new UpdateStream();
  for (const row of shuffled(table.count)) stream.announce(table, announcer, row, row + 1);
  return stream;
}
