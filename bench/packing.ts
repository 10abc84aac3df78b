/** What deciding, packing and sharing out a full table costs. `node --expose-gc dist/bench/packing.js` */

import { Family } from "../protocol/net/address-family.js";
import { asn } from "../protocol/net/asn.js";
import { IpAddress } from "../protocol/net/ip-address.js";
import { Prefix } from "../protocol/net/prefix.js";
import { routerId } from "../protocol/net/router-id.js";
import { DEFAULT_DECISION_OPTIONS } from "../rib/decision/options.js";
import type { ExportProfile } from "../rib/export/export-profile.js";
import { Grouping } from "../rib/export/grouping.js";
import type { GroupMember } from "../rib/export/recipient.js";
import type { Policy } from "../rib/policy/policy.js";
import { Rib } from "../rib/rib.js";
import type { PeerId } from "../rib/store/ids.js";
import { UpdateGroups } from "../rib/update-groups.js";
import {
  attributeLists,
  bytesPerRow,
  measure,
  median,
  NlriStream,
  prefixes,
  print,
  type Row,
  shuffled,
  sized,
} from "./rib-input.js";

const COUNT = 1_000_000;
const SETS = 187_656;
const BLOCK = 5; // prefixes that share a set
const SLICE = 16_384;
const RUNS = 3;

const input = new NlriStream(prefixes(COUNT), BLOCK);
const lists = attributeLists(SETS);
const order = shuffled(COUNT);

const ACCEPT: Policy = { name: "accept", statements: [], otherwise: "accept" };

/** As a Calico node's: twenty blocks to compare with, most routes decided by the last statement. */
const BLOCKS: Policy = {
  name: "blocks",
  statements: [
    ...Array.from({ length: 20 }, (_, i) => {
      const cidr = Prefix.of(IpAddress.v4(((10 << 24) | (i << 16)) >>> 0), 16);
      const prefix = { type: "prefix", cidr, operator: "in", not: false, minLength: 16, maxLength: 32 } as const;
      return { name: `block ${i}`, conditions: [prefix], modifications: [], verdict: "reject" } as const;
    }),
    {
      ...{ name: "mark", conditions: [], verdict: "accept" },
      modifications: [{ type: "add-communities", communities: [0xfde80001] }],
    },
  ],
  otherwise: "reject",
};

/** Takes everything at once. */
class Sink implements GroupMember {
  readonly peer: PeerId;
  readonly backlog = 0;
  octets = 0;

  constructor(peer: PeerId) {
    this.peer = peer;
  }

  write(_chunk: Uint8Array, start: number, end: number, flushed: () => void): void {
    this.octets += end - start;
    flushed();
  }
}

class Bench {
  readonly rib = new Rib({
    ...{ seed: (Math.random() * 2 ** 32) | 0, routerId: routerId(1), clusterId: null, ownAsNumbers: [64512] },
    ...{ families: [Family.Ipv4Unicast], decision: DEFAULT_DECISION_OPTIONS },
  });
  readonly groups = new UpdateGroups({ rib: this.rib });
  readonly feeder = this.addPeer(1);

  addPeer(n: number): PeerId {
    return this.rib.addPeer({
      ...{ name: `peer ${n}`, source: "bgp", internal: false, asNumber: asn(65000 + n), localAs: asn(64512), allowOwnAs: 0 },
      ...{ routerId: routerId(n), address: IpAddress.v4(n), rrClient: false, importPolicy: null },
    });
  }

  feed(): void {
    const { chunks, chunk, start, end } = lists;
    const { attributes } = this.rib;
    const sets = Array.from(chunk, (n, i) => attributes.intern(chunks[n], start[i], end[i]));
    for (let i = 0; i < input.count; i++) this.rib.announce(this.feeder, input.block(i), sets[i % SETS]);
    for (const set of sets) this.rib.attributes.release(set);
    while (this.rib.work(SLICE));
  }

  join(members: number, policy: Policy, addPath = false): Sink[] {
    const profile: ExportProfile = {
      ...{ family: Family.Ipv4Unicast, internal: false, rrClient: false, localAs: asn(64512), nextHop: "auto", policy },
      ...{ selfAddress: IpAddress.v4(0x0a000001), fourOctetAs: true, maxMessageLength: 4096, extendedNextHop: false },
      ...{ addPath, clusterId: null, routerId: routerId(1) },
    };
    const sinks = Array.from({ length: members }, (_, i) => new Sink(this.addPeer(100 + i)));
    this.memberships.push(...sinks.map((sink) => this.groups.join(sink, profile)));
    return sinks;
  }

  readonly memberships: ReturnType<UpdateGroups["join"]>[] = [];

  pump(): void {
    while (this.groups.work(SLICE));
  }
}

/** A table goes to members that are all there at the start. */
function fullTable(members: number, policy: Policy, name: string, addPath = false): Row[] {
  const bench = new Bench();
  bench.feed();
  bench.join(members, policy, addPath);
  return [measure(name, COUNT, () => bench.pump())];
}

/** Bytes that one group keeps for each prefix. */
function groupBytes(addPath: boolean): number {
  const bench = new Bench();
  bench.feed();
  return bytesPerRow(COUNT, () => {
    bench.join(1, ACCEPT, addPath);
    bench.pump();
    return bench;
  });
}

/** Then more come, the policy changes without effect, and everything goes. */
function laterOn(): Row[] {
  const bench = new Bench();
  bench.feed();
  bench.join(1, ACCEPT);
  bench.pump();
  bench.join(1, ACCEPT);
  const one = measure("1 member comes later", COUNT, () => bench.pump());
  const late = bench.join(50, ACCEPT);
  const fifty = measure("50 members come later, together", COUNT, () => bench.pump());
  if (new Set(late.map(({ octets }) => octets)).size > 1) throw new Error("not everybody was sent the same");
  for (const membership of bench.memberships) membership.setPolicy({ ...ACCEPT, name: "another of the same" });
  const policy = measure("another policy, nothing changes", COUNT, () => bench.pump());
  bench.rib.removePeer(bench.feeder);
  while (bench.rib.work(SLICE));
  const withdrawn = measure("everything withdrawn, 52 members", COUNT, () => bench.pump());
  return [one, fifty, policy, withdrawn];
}

/** The sort alone, in batches of a turn. */
function grouping(name: string, group: (keys: Int32Array, from: Int32Array, to: Int32Array, count: number) => void): Row[] {
  const keys = Int32Array.from(order, (i) => Math.floor(i / BLOCK) % SETS);
  const from = Int32Array.from({ length: SLICE }, (_, i) => i);
  const to = new Int32Array(SLICE);
  const batches = Array.from({ length: Math.floor(COUNT / SLICE) }, (_, i) => keys.subarray(i * SLICE, (i + 1) * SLICE));
  return [
    measure(name, batches.length * SLICE, () => {
      for (const batch of batches) group(batch, from, to, SLICE);
    }),
  ];
}

function groupByMap(keys: Int32Array, from: Int32Array, to: Int32Array, count: number): void {
  const groups = new Map<number, number[]>();
  for (let i = 0; i < count; i++) {
    const items = groups.get(keys[from[i]]);
    if (items === undefined) groups.set(keys[from[i]], [from[i]]);
    else items.push(from[i]);
  }
  let at = 0;
  for (const items of groups.values()) for (const item of items) to[at++] = item;
}

print(`${COUNT} prefixes, ${SETS} sets, ${SLICE} a turn: CPU time, and what a group keeps, a prefix`, [
  ...sized(
    median(RUNS, () => fullTable(1, ACCEPT, "to 1 member, no policy")),
    groupBytes(false),
  ),
  ...sized(
    median(RUNS, () => fullTable(1, ACCEPT, "to 1 member, all paths of a prefix (one each)", true)),
    groupBytes(true),
  ),
  ...median(RUNS, () => fullTable(50, ACCEPT, "to 50 members, no policy")),
  ...median(RUNS, () => fullTable(1, BLOCKS, "to 1 member, 20 blocks compared, 1 community added")),
]);
print("the same table, later", median(RUNS, laterOn));
const counting = new Grouping();
print("bringing equal sets together, shuffled", [
  ...median(RUNS, () => grouping("Grouping", (...all) => counting.group(...all))),
  ...median(RUNS, () => grouping("Map of arrays", groupByMap)),
]);
console.log(`\nnode ${process.version}, ${process.arch}; medians of ${RUNS} runs`);
