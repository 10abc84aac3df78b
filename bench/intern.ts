/** What interning costs: prefixes and attribute sets. `node --expose-gc dist/bench/intern.js` */
import { Family } from "../protocol/net/address-family.js";
import { NextHopTable } from "../rib/next-hop-table.js";
import { AttributeSetTable, DecodeContext } from "../rib/store/attribute-set-table.js";
import type { PrefixId } from "../rib/store/ids.js";
import { PrefixTable } from "../rib/store/prefix-table.js";
import {
  AttributeStream,
  attributeLists,
  bytesPerRow,
  measure,
  median,
  prefixes,
  print,
  type Row,
  randomWords,
  shuffled,
  sized,
} from "./rib-input.js";

const COUNT = 1_000_000;
const SETS = 187_656;
const RUNS = 5;

const input = prefixes(COUNT);
const order = shuffled(COUNT);
const seed = (Math.random() * 2 ** 32) | 0;

function internAll4(table: PrefixTable): PrefixTable {
  const { words, lengths } = input;
  for (let i = 0; i < COUNT; i++) table.intern(words[i]!, 0, 0, 0, lengths[i]!);
  return table;
}

function prefixes4(): Row[] {
  const table = new PrefixTable(Family.Ipv4Unicast, seed);
  const { words, lengths } = input;
  const insert = measure("IPv4 insert, growth included", COUNT, () => internAll4(table));
  const hit = measure("IPv4 hit, in order", COUNT, () => internAll4(table));
  const random = measure("IPv4 hit, at random", COUNT, () => {
    for (let i = 0; i < COUNT; i++) table.intern(words[order[i]!]!, 0, 0, 0, lengths[order[i]!]!);
  });
  const nextRandom = randomWords(3);
  const longest = measure("IPv4 longest match, random addresses", COUNT, () => {
    for (let i = 0; i < COUNT; i++) table.longestMatch(nextRandom() | 0, 0, 0, 0);
  });
  for (let id = 1; id <= COUNT; id++) table.retain(id as PrefixId);
  const release = measure("IPv4 release", COUNT, () => {
    for (let id = 1; id <= COUNT; id++) table.release(id as PrefixId);
  });
  return [insert, hit, random, longest, release];
}

function internAll6(table: PrefixTable): PrefixTable {
  for (let i = 0; i < COUNT; i++) table.intern(0x20010db8, input.words[i]!, i, 0, 96);
  return table;
}

function prefixes6(): Row[] {
  const table = new PrefixTable(Family.Ipv6Unicast, seed);
  return [
    measure("IPv6 insert, growth included", COUNT, () => internAll6(table)),
    measure("IPv6 hit, in order", COUNT, () => internAll6(table)),
  ];
}

const distinct = attributeLists(SETS);
const mixed = mix();

/** A million lists; every fifth is new until all have come. */
function mix(): AttributeStream {
  const random = randomWords(5);
  const stream = new AttributeStream(COUNT);
  for (let i = 0; i < COUNT; i++) {
    const newest = Math.min(SETS - 1, Math.floor(i / 5));
    stream.add(distinct.list(i % 5 === 0 ? newest : random() % (newest + 1)));
  }
  return stream;
}

function attributes(): Row[] {
  const table = newTable();
  const other = newTable();
  return [
    measure(`attribute sets, ${SETS} distinct`, SETS, () => receive(table, distinct)),
    measure("attribute sets, 1M lists, 81 % hits", COUNT, () => receive(other, mixed)),
  ];
}

function newTable(): AttributeSetTable {
  return new AttributeSetTable({
    seed,
    nextHops: new NextHopTable(seed),
    own: { asNumbers: [64512], routerId: 1, clusterId: null },
  });
}

/** What a session does with each list. */
function receive(table: AttributeSetTable, { chunks, chunk, start, end }: AttributeStream): AttributeSetTable {
  const context = DecodeContext.External;
  for (let i = 0; i < chunk.length; i++) {
    const bytes = chunks[chunk[i]!]!;
    if (table.find(bytes, start[i]!, end[i]!, context) === 0) table.intern(bytes, start[i]!, end[i]!, { context });
  }
  return table;
}

console.log(
  `node ${process.version}, CPU time, median of ${RUNS}; mean attribute list ${(distinct.bytes / SETS).toFixed(0)} bytes`,
);
const timed = [median(RUNS, prefixes4), median(RUNS, prefixes6), median(RUNS, attributes)];
const bytes = [
  bytesPerRow(COUNT, () => internAll4(new PrefixTable(Family.Ipv4Unicast, seed))),
  bytesPerRow(COUNT, () => internAll6(new PrefixTable(Family.Ipv6Unicast, seed))),
  bytesPerRow(SETS, () => receive(newTable(), distinct)),
];
print("Prefix interning, 1M prefixes", [...sized(timed[0]!, bytes[0]!), ...sized(timed[1]!, bytes[1]!)]);
print("Attribute interning", sized(timed[2]!, bytes[2]!));
