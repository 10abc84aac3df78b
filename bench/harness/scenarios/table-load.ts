import { expectedPaths } from "../expected-paths.js";
import type { RouteTable } from "../route-table.js";
import { octetsOf } from "../testbed.js";
import { addressOf, checked, type Trial, type TrialPeer } from "../trial.js";
import type { Announcer } from "../update-stream.js";

export const FEEDER_AS = 64600;
export const RECEIVER_AS = 64900;
/** The slowest daemon there is needs minutes for a full table. */
export const DEADLINE_SECONDS = 300;

/** Feeder `index` of a scenario whose peers are external. */
export function feeder(family: 4 | 6, index: number): Announcer {
  return { asNumber: FEEDER_AS + index, internal: false, nextHop: octetsOf(addressOf(family, index)) };
}

export const ONE_TO_ONE: readonly TrialPeer[] = [
  { does: "feed", asNumber: FEEDER_AS },
  { does: "receive", asNumber: RECEIVER_AS },
];

/** A table, what a receiver of it must hold, and its prefixes as the load checks them. */
export function oneFeeder(table: RouteTable) {
  const announcer = feeder(table.family, 0);
  return { table, announcer, expected: expectedPaths(table, announcer), prefixes: checked(table) };
}

/** Peers 0 sends `stream`; ends when the receivers hold what they must. @returns the seconds between */
export async function timed(
  trial: Trial,
  senders: readonly number[],
  stream: string,
  receivers: readonly number[],
  expected: Int32Array,
) {
  const complete = trial.load.complete(receivers, expected, DEADLINE_SECONDS);
  const [from, until] = await Promise.all([trial.load.send(senders, stream), complete]).catch(async (error: Error) => {
    const reports = await trial.load.report(receivers).catch(() => []);
    const told = reports.map(({ right, of, faults }) => `${right} of ${of} prefixes right, ${faults} faults`);
    throw new Error([error.message, ...told.slice(0, 3), trial.dut.logTail()].join("\n"));
  });
  return until - from;
}
