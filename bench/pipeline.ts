/**
 * What a full table costs from octets in to octets out, without sockets: framing, Adj-RIB-In, decision, Adj-RIB-Out, encoding; CPU time.
 * The first pass of a process runs code that is not compiled yet. `node dist/bench/pipeline.js [PASSES]`
 */

import { readFileSync } from "node:fs";
import { Family } from "../protocol/net/address-family.js";
import { asn } from "../protocol/net/asn.js";
import { IpAddress } from "../protocol/net/ip-address.js";
import { routerId } from "../protocol/net/router-id.js";
import { Framer } from "../protocol/wire/framer.js";
import { DEFAULT_DECISION_OPTIONS } from "../rib/decision/options.js";
import type { ExportProfile } from "../rib/export/export-profile.js";
import type { GroupMember } from "../rib/export/recipient.js";
import { Rib } from "../rib/rib.js";
import type { PeerId } from "../rib/store/ids.js";
import { UpdateGroups } from "../rib/update-groups.js";
import { UpdateReceiver } from "../src/peer/update-receiver.js";
import { syntheticTable } from "./harness/synthetic-table.js";
import { UpdateStream } from "./harness/update-stream.js";

const CHUNK = 16 * 1024; // what one read takes from a socket
const PORTION = 2048; // prefixes selected, and packed, at a time
const PASSES = Number(process.argv[2] ?? 7);

/** Takes everything at once. */
class Sink implements GroupMember {
  readonly backlog = 0;
  octets = 0;
  readonly peer: PeerId;

  constructor(peer: PeerId) {
    this.peer = peer;
  }

  write(_chunk: Uint8Array, start: number, end: number, flushed: () => void): void {
    this.octets += end - start;
    flushed();
  }
}

class Pipeline {
  readonly #rib: Rib;
  readonly #groups: UpdateGroups;
  readonly #family: Family;
  readonly #addPath: boolean;
  readonly #receivers: UpdateReceiver[];
  readonly #framers: Framer[];

  constructor(family: Family, feeders: number, addPath: boolean) {
    this.#family = family;
    this.#addPath = addPath;
    this.#rib = new Rib({
      ...{ seed: (Math.random() * 2 ** 31) | 0, routerId: routerId(1), clusterId: null, ownAsNumbers: [asn(64512)] },
      ...{ families: Object.values(Family), decision: DEFAULT_DECISION_OPTIONS },
    });
    this.#groups = new UpdateGroups({ rib: this.#rib });
    this.#receivers = Array.from({ length: feeders }, (_, n) => this.#receiver(n + 2));
    this.#framers = this.#receivers.map(() => new Framer());
    this.#groups.join(new Sink(this.#peer(200)), this.#profile());
  }

  /** Reads the streams in turns, a chunk of each. */
  run(streams: readonly Uint8Array[]): void {
    const longest = Math.max(...streams.map(({ length }) => length));
    for (let at = 0; at < longest; at += CHUNK) {
      for (let n = 0; n < streams.length; n++) this.#read(n, streams[n]!.subarray(at, at + CHUNK));
      this.#rib.work(PORTION);
      this.#groups.work(PORTION);
    }
    while (this.#rib.work(PORTION) || this.#groups.work(PORTION));
  }

  #read(n: number, chunk: Uint8Array): void {
    const framer = this.#framers[n]!;
    framer.push(chunk);
    while (framer.next() === true) this.#receivers[n]!.receive(framer.bytes, framer.start, framer.end);
  }

  #peer(n: number): PeerId {
    return this.#rib.addPeer({
      ...{ name: `peer ${n}`, source: "bgp", internal: false, asNumber: asn(65000 + n), localAs: asn(64512), allowOwnAs: 0 },
      ...{ routerId: routerId(n), address: IpAddress.v4(n), rrClient: false, importPolicy: null },
    });
  }

  #receiver(n: number): UpdateReceiver {
    return new UpdateReceiver({
      ...{ rib: this.#rib, peer: this.#peer(n), onFault: console.error },
      ...{ onExcessPaths: console.error, onEndOfRib: () => {} },
      onExcessPaths: console.error,
      options: {
        ...{ fourOctetAs: true, internal: false, families: new Set([this.#family]) },
        addPath: new Set(this.#addPath ? [this.#family] : []),
        ...{ extendedNextHop: false, maxMessageLength: 4096 },
      },
    });
  }

  #profile(): ExportProfile {
    const policy = { name: "accept", statements: [], otherwise: "accept" } as const;
    const isIpv4 = this.#family === Family.Ipv4Unicast;
    return {
      ...{ family: this.#family, internal: false, rrClient: false, localAs: asn(64512), nextHop: "auto", policy },
      selfAddress: isIpv4 ? IpAddress.v4(0x0a000001) : IpAddress.v6(0x20010db8, 0, 0, 1),
      ...{ fourOctetAs: true, maxMessageLength: 4096, extendedNextHop: false, addPath: this.#addPath, clusterId: null },
      routerId: routerId(1),
    };
  }
}

function streamsOf(family: 4 | 6, count: number, feeders: number, addPath: boolean): Uint8Array[] {
  const table = syntheticTable(family, count, 1);
  return Array.from({ length: feeders }, (_, n) => {
    const nextHop = family === 4 ? [10, 0, 0, n + 2] : [0x20, 1, 13, 184, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, n + 2];
    const announcer = { asNumber: 65002 + n, internal: false, nextHop: Uint8Array.from(nextHop), ...(addPath && { pathId: 1 }) };
    return new UpdateStream().announceAll(table, announcer).bytes;
  });
}

/** CPU time of this thread alone: without the compiler's and the collector's, and whatever else the machine does. */
function threadMilliseconds(): number {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;
}

function measure(name: string, family: 4 | 6, count: number, feeders: number, addPath = false): void {
  const streams = streamsOf(family, count, feeders, addPath);
  const withdrawals = new UpdateStream().withdrawAll(syntheticTable(family, count, 1), addPath ? 1 : undefined).bytes;
  const announced: number[] = [];
  const withdrawn: number[] = [];
  for (let pass = 0; pass < PASSES; pass++) {
    const pipeline = new Pipeline(family === 4 ? Family.Ipv4Unicast : Family.Ipv6Unicast, feeders, addPath);
    announced.push(timed(() => pipeline.run(streams)));
    withdrawn.push(timed(() => pipeline.run(streams.map(() => withdrawals))));
  }
  print(name, announced);
  print("  withdrawn", withdrawn);
}

function timed(run: () => void): number {
  const begun = threadMilliseconds();
  run();
  return threadMilliseconds() - begun;
}

function print(name: string, times: readonly number[]): void {
  const rest = times.slice(1).sort((a, b) => a - b);
  const figures = [times[0]!, rest[rest.length >> 1] ?? 0, rest[0] ?? 0].map((ms) => `${ms.toFixed(0).padStart(6)} ms`);
  console.log(`${name.padEnd(44)} first ${figures[0]}, then median ${figures[1]}, best ${figures[2]}`);
}

const only = process.argv[3];
if (only === undefined || only === "table") measure("1,000,000 IPv4 prefixes", 4, 1_000_000, 1);
if (only === undefined || only === "paths") measure("1,000,000 IPv4 prefixes, ADD-PATH in and out", 4, 1_000_000, 1, true);
if (only === undefined || only === "same") measure("10 × the same 200,000 IPv4 prefixes", 4, 200_000, 10);
if (only === undefined || only === "table6") measure("200,000 IPv6 prefixes", 6, 200_000, 1);
