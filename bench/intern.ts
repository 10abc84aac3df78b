/** What interning costs: prefixes and attribute sets. `node --expose-gc dist/bench/intern.js` */
import { NextHopTable } from "../rib/next-hop-table.js";
import { AttributeSetTable, DecodeContext } from "../rib/store/attribute-set-table.js";
import type { PrefixId } from "../rib/store/ids.js";
import { PrefixTable4, PrefixTable6 } from "../rib/store/prefix-table.js";
import {
  AttributeStream,
  attributeLists,
  bufferBytes,
  measure,
  median,
  prefixes,
  print,
  type Row,
  randomWords,
  shuffled,
} from "./rib-input.js";

const COUNT = 1_000_000;
const SETS = 187_656;
const RUNS = 5;

const input = prefixes(COUNT);
const order = shuffled(COUNT);
const seed = (Math.random() * 2 ** 32) | 0;

function prefixes4(): Row[] {
  const before = bufferBytes();
  const table = new PrefixTable4(seed);
  const { words, lengths } = input;
  const internAll = () => {
    for (let i = 0; i < COUNT; i++) table.intern(words[i]!, 0, 0, 0, lengths[i]!);
  };
  const insert = measure("IPv4 insert, growth included", COUNT, internAll);
  const bytes = (bufferBytes() - before) / COUNT;
  const hit = measure("IPv4 hit, in order", COUNT, internAll);
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
  return [{ ...insert, bytes }, hit, random, longest, release];
}

function prefixes6(): Row[] {
  const before = bufferBytes();
  const table = new PrefixTable6(seed);
  const { words } = input;
  const internAll = () => {
    for (let i = 0; i < COUNT; i++) table.intern(0x20010db8, words[i]!, i, 0, 96);
  };
  const insert = measure("IPv6 insert, growth included", COUNT, internAll);
  const bytes = (bufferBytes() - before) / COUNT;
  return [{ ...insert, bytes }, measure("IPv6 hit, in order", COUNT, internAll)];
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
  const before = bufferBytes();
  const table = newTable();
  const insert = measure(`attribute sets, ${SETS} distinct`, SETS, () => receive(table, distinct));
  const bytes = (bufferBytes() - before) / SETS;
  const other = newTable();
  return [{ ...insert, bytes }, measure("attribute sets, 1M lists, 81 % hits", COUNT, () => receive(other, mixed))];
}

function newTable(): AttributeSetTable {
  return new AttributeSetTable({
    seed,
    nextHops: new NextHopTable(seed),
    own: { asNumbers: [64512], routerId: 1, clusterId: null },
  });
}

/** What a session does with each list. */
function receive(table: AttributeSetTable, { chunks, chunk, start, end }: AttributeStream): void {
  const context = DecodeContext.External;
  for (let i = 0; i < chunk.length; i++) {
    const bytes = chunks[chunk[i]!]!;
    if (table.find(bytes, start[i]!, end[i]!, context) === 0) table.intern(bytes, start[i]!, end[i]!, { context });
  }
}

console.log(
  `node ${process.version}, CPU time, median of ${RUNS}; mean attribute list ${(distinct.bytes / SETS).toFixed(0)} bytes`,
);
print("Prefix interning, 1M prefixes (aim: insert 100, hit 50; 13.6 B and 2 for the count)", median(RUNS, prefixes4));
print("", median(RUNS, prefixes6));
print("Attribute interning (aim: 190; 115 B)", median(RUNS, attributes));
