import { expectedPaths } from "../expected-paths.js";
import type { RouteTable } from "../route-table.js";
import { DUT_AS, octetsOf } from "../testbed.js";
import { addressOf, checked, type TrialPeer } from "../trial.js";
import type { Announcer } from "../update-stream.js";

export const FEEDER_AS = 64600;
const RECEIVER_AS = 64900;

/** An external peer that announces. */
export function externalFeeder(family: 4 | 6, index: number): Announcer {
  return { asNumber: FEEDER_AS + index, internal: false, nextHop: octetsOf(addressOf(family, index)) };
}

/** A client of the reflector that announces. */
export function client(index: number): Announcer {
  return { asNumber: DUT_AS, internal: true, nextHop: octetsOf(addressOf(4, index)) };
}

/** `feeders` external peers that announce, then `receivers` external peers that only listen. */
export function externalPeers(feeders: number, receivers: number): readonly TrialPeer[] {
  return [
    ...Array.from({ length: feeders }, (_, index) => ({ does: "feed", asNumber: FEEDER_AS + index }) as const),
    ...Array.from({ length: receivers }, (_, index) => ({ does: "receive", asNumber: RECEIVER_AS + index }) as const),
  ];
}

/** One external peer that announces a table: what a receiver must hold, and the prefixes as the load checks them. */
export function oneFeeder(table: RouteTable) {
  const announcer = externalFeeder(table.family, 0);
  return { table, announcer, expected: expectedPaths(table, announcer), prefixes: checked(table) };
}

/** 0 .. count - 1, from `first` on. */
export function ids(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}
