import { readFileSync, writeFileSync } from "node:fs";
import { expectedPaths } from "../expected-paths.js";
import { measurement, type Scenario } from "../scenario.js";
import { syntheticTable } from "../synthetic-table.js";
import { Trial, type TrialPeer } from "../trial.js";
import { externalPeers, ids, oneFeeder } from "./peers.js";
import { packed } from "./table.js";
import { timed } from "./timed.js";

const RECEIVERS = 50;
const SLOW = RECEIVERS; // the last one's id
const PREFIXES = 100_000;
const PACE = 10_000; // octets a second
/** The table is sent this often, each time with other paths. */
const PASSES = 4;
const TCP_RMEM = "/proc/sys/net/ipv4/tcp_rmem";
/** With the kernel's own limits the whole table would fit into the buffers of one socket. */
const SMALL_BUFFERS = "4096 65536 262144";

export const slow: Scenario = {
  id: "slow",
  title: `${RECEIVERS} receivers, one reads ${PACE / 1000} kB/s, ${PREFIXES} prefixes change ${PASSES} times: until the others have them`,
  daemons: ["peregrine", "bird", "frr", "openbgpd", "gobgp"],
  prepare() {
    const { table, announcer, prefixes } = oneFeeder(syntheticTable(4, PREFIXES, 6));
    const passes = ids(0, 2).map((prepends) => {
      const variant = { ...announcer, prepends: () => prepends };
      return { stream: `pass ${prepends}`, bytes: packed(table, variant).bytes, expected: expectedPaths(table, variant) };
    });
    const withSlow = externalPeers(1, RECEIVERS).map((peer, id): TrialPeer => (id === SLOW ? { ...peer, pace: PACE } : peer));
    const round = (row: string, peers: readonly TrialPeer[]) => (dut: Parameters<ReturnType<Scenario["prepare"]>>[0]) =>
      Trial.run(dut, prefixes, { peers, family: 4 }, async (trial) => {
        await trial.host.sysctl({ "net.ipv4.tcp_wmem": SMALL_BUFFERS });
        for (const { stream, bytes } of passes) trial.load.stream(0, stream, bytes);
        trial.load.excuse([SLOW]); // a daemon may end a session that takes nothing
        trial.startMeter();
        let seconds = 0;
        for (const pass of ids(0, PASSES)) {
          const { stream, expected } = passes[pass % passes.length]!;
          seconds += await timed(trial, { senders: [0], stream, receivers: ids(1, RECEIVERS - 1), expected });
        }
        return measurement(row, seconds, trial.readMeter(), { idle: trial.idle, routes: table.count });
      });
    return async (dut) => {
      const before = readFileSync(TCP_RMEM, "utf8");
      writeFileSync(TCP_RMEM, SMALL_BUFFERS);
      try {
        return [await round("all fast", externalPeers(1, RECEIVERS))(dut), await round("one slow", withSlow)(dut)];
      } finally {
        writeFileSync(TCP_RMEM, before);
      }
    };
  },
};
