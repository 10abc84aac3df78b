/** What storing routes and choosing among them costs. `node --expose-gc dist/bench/decision.js` */
import { Family } from "../protocol/net/address-family.js";
import { asn } from "../protocol/net/asn.js";
import { IpAddress } from "../protocol/net/ip-address.js";
import { routerId } from "../protocol/net/router-id.js";
import { AdjRibIn } from "../rib/adj-rib-in.js";
import { DEFAULT_DECISION_OPTIONS } from "../rib/decision/options.js";
import { LocRib } from "../rib/loc-rib.js";
import { Rib } from "../rib/rib.js";
import type { AttributeSetId, PeerId, PrefixId } from "../rib/store/ids.js";
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
const PEERS = 10;
const BLOCK = 4; // prefixes in one UPDATE
const SLICE = 4096;
const RUNS = 3;

const input = prefixes(COUNT);
const lists = attributeLists(SETS);
const order = shuffled(COUNT);
const nlri = new NlriStream(input, BLOCK);

function newRib(maximumPaths: number): Rib {
  return new Rib({
    seed: (Math.random() * 2 ** 32) | 0,
    routerId: routerId(1),
    clusterId: null,
    ownAsNumbers: [64512],
    families: [Family.Ipv4Unicast],
    decision: { ...DEFAULT_DECISION_OPTIONS, maximumPaths },
  });
}

function addPeer(rib: Rib, n: number): PeerId {
  return rib.addPeer({
    name: `peer ${n}`,
    source: "bgp",
    internal: false,
    asNumber: asn(65000 + n),
    localAs: asn(64512),
    allowOwnAs: 0,
    routerId: routerId(n),
    address: IpAddress.v4(n),
    rrClient: false,
    importPolicy: null,
  });
}

function internAll(rib: Rib): AttributeSetId[] {
  return Array.from({ length: SETS }, (_, i) => {
    const list = lists.list(i);
    return rib.attributes.intern(list, 0, list.length);
  });
}

function workAll(rib: Rib): void {
  while (rib.work(SLICE));
}

/** The structures alone, by ids: what `rib-core` measured. @param isTied every peer has the same set for a prefix */
function structures(isTied: boolean, maximumPaths: number): Row[] {
  const rib = newRib(maximumPaths);
  const sets = internAll(rib);
  const { attributes, nextHops, peers } = rib;
  const { prefixes: table } = rib.table(Family.Ipv4Unicast);
  const ids = Int32Array.from(input.words, (word, i) => table.intern(word, 0, 0, 0, input.lengths[i]!));
  const options = { ...DEFAULT_DECISION_OPTIONS, maximumPaths };
  const loc = new LocRib(table, { attributes, nextHops, peers, options });
  const tables = Array.from({ length: PEERS }, (_, n) => new AdjRibIn(addPeer(rib, n + 1), 0, attributes, loc.contributors));
  let selected = 0;
  const count = () => {
    selected++;
  };
  const row = measure(
    `10 peers x 1M, ${isTied ? "all tied" : "different paths"}, multipath ${maximumPaths}`,
    PEERS * COUNT,
    () => {
      for (let from = 0; from < COUNT; from += SLICE) {
        for (let n = 0; n < PEERS; n++) {
          for (let i = from; i < Math.min(from + SLICE, COUNT); i++) {
            const prefix = ids[i] as PrefixId;
            const set = sets[((i >> 2) + (isTied ? 0 : n * 17)) % SETS]!;
            loc.admit(prefix);
            loc.candidateChanges(prefix, tables[n]!.peer, tables[n]!.accepted(prefix), set);
            tables[n]!.put(prefix, set, set);
          }
        }
        loc.select(SLICE, count);
      }
    },
  );
  const random = measure("  the same again in random order, all dirty", COUNT, () => {
    for (let i = 0; i < COUNT; i++) loc.markDirty(ids[order[i]!] as PrefixId);
    loc.select(COUNT, count);
  });
  if (selected < COUNT) throw new Error(`${selected} selections`);
  return [row, random];
}

/** Everything the Rib does for UPDATEs of four prefixes, from NLRI bytes to the Loc-RIB, one peer and then nine more. */
function whole(): Row[] {
  const rib = newRib(1);
  const sets = internAll(rib);
  const [first, ...others] = Array.from({ length: PEERS }, (_, n) => addPeer(rib, n + 1));
  return [
    measure("1 peer x 1M, NLRI to Loc-RIB", COUNT, () => announceAll(rib, first!, sets, 0)),
    measure("9 more peers x 1M, other paths", (PEERS - 1) * COUNT, () => {
      for (const [n, peer] of others.entries()) announceAll(rib, peer, sets, n + 1);
    }),
    measure("peer down, 1M of 10M routes", COUNT, () => {
      rib.removePeer(first!);
      workAll(rib);
    }),
    measure("the other nine down", (PEERS - 1) * COUNT, () => {
      for (const peer of others) rib.removePeer(peer);
      workAll(rib);
    }),
  ];
}

function loadedRib(peers: number): Rib {
  const rib = newRib(1);
  const sets = internAll(rib);
  for (let n = 0; n < peers; n++) announceAll(rib, addPeer(rib, n + 1), sets, n);
  for (const set of sets) rib.attributes.release(set); // a session keeps none for itself
  return rib;
}

function announceAll(rib: Rib, peer: PeerId, sets: readonly AttributeSetId[], shift: number): void {
  for (let i = 0; i < nlri.count; i++) {
    rib.announce(peer, nlri.block(i), sets[(i + shift * 17) % SETS]!);
    if (i % (SLICE / BLOCK) === 0) rib.work(SLICE);
  }
  workAll(rib);
}

console.log(`node ${process.version}, CPU time, median of ${RUNS}`);
const timed = median(RUNS, whole);
print("Adj-RIB-In and selection by ids, ns per route", [
  ...median(RUNS, () => structures(false, 1)),
  ...median(RUNS, () => structures(false, 16)),
  ...median(RUNS, () => structures(true, 1)),
  ...median(RUNS, () => structures(true, 16)),
]);
const bytesOfOne = bytesPerRow(COUNT, () => loadedRib(1));
const bytesOfTen = bytesPerRow(PEERS * COUNT, () => loadedRib(PEERS));
print("The whole Rib, ns and bytes per route", [...sized(timed.slice(0, 1), bytesOfOne), ...sized(timed.slice(1), bytesOfTen)]);
