import { randomWords } from "../rib-input.js";
import * as shape from "./internet-shape.js";
import { type PathSet, PathSets } from "./path-sets.js";
import { PrefixIndex } from "./prefix-index.js";
import type { RouteTable } from "./route-table.js";
import { Sampler } from "./sampler.js";
import { sharedBytes, sharedInt32 } from "./shared-array.js";

const TRANSIT_ASES = 2000;
const ORIGIN_ASES = 75_000;

/** A table of distinct prefixes shaped like the Internet's, the same for the same seed. */
export function syntheticTable(family: 4 | 6, count: number, seed: number): RouteTable {
  const random = randomWords(seed);
  const width = family === 4 ? 1 : 4;
  const table = {
    ...{ family, count, sets: new PathSets() },
    ...{ words: sharedInt32(count * width), lengths: sharedBytes(count), setOf: sharedInt32(count) },
  };
  fillPrefixes(table, random);
  fillSets(table, random);
  return table;
}

function fillPrefixes(table: RouteTable, random: () => number): void {
  const { family, count, words, lengths } = table;
  const sampler = new Sampler(family === 4 ? shape.IPV4_PREFIX_LENGTHS : shape.IPV6_PREFIX_LENGTHS, random);
  const index = new PrefixIndex(table);
  for (let row = 0; row < count; ) {
    lengths[row] = sampler.draw();
    if (family === 4) words[row] = ipv4Word(lengths[row]!, random);
    else for (let i = 0; i < 4; i++) words[4 * row + i] = ipv6Word(i, lengths[row]!, random);
    if (index.add(row)) row++;
  }
}

/** Global unicast space, without 10/8 and 127/8: no route may cover the network that the daemons live in. */
function ipv4Word(length: number, random: () => number): number {
  for (;;) {
    const word = random();
    const first = word >>> 24;
    if (first >= 1 && first <= 223 && first !== 10 && first !== 127) return word & leftBits(length);
  }
}

/** Word `i` of a prefix in 2000::/3. */
function ipv6Word(i: number, length: number, random: () => number): number {
  const word = i === 0 ? (random() >>> 3) | 0x20000000 : random();
  return word & leftBits(Math.min(32, Math.max(0, length - 32 * i)));
}

function leftBits(count: number): number {
  return count === 0 ? 0 : -1 << (32 - count);
}

function fillSets({ count, sets, setOf }: RouteTable, random: () => number): void {
  const perSet = new Sampler(shape.PREFIXES_PER_SET, random);
  const draw = pathSets(random);
  for (let row = 0; row < count; ) {
    const set = sets.add(draw());
    const end = Math.min(count, row + perSet.draw());
    setOf.fill(set, row, end);
    row = end;
  }
}

/** Paths over few transit ASes to many origins. */
function pathSets(random: () => number): () => PathSet {
  const transit = Array.from({ length: TRANSIT_ASES }, () => publicAsn(random));
  const origins = Array.from({ length: ORIGIN_ASES }, () => publicAsn(random));
  const pathLengths = new Sampler(shape.AS_PATH_LENGTHS, random);
  const communityCounts = new Sampler(shape.COMMUNITIES_PER_ROUTE, random);
  const origin = new Sampler(shape.ORIGINS, random);
  return () => {
    const hops = Array.from({ length: Math.max(0, pathLengths.draw() - 2) }, () => transit[random() % TRANSIT_ASES]!);
    const speaker = (hops[0] ?? origins[0]!) & 0xffff;
    return {
      origin: origin.draw(),
      asns: [...hops, origins[random() % ORIGIN_ASES]!],
      communities: communities(communityCounts.draw(), speaker, random),
      isAggregate: random() % shape.ROUTES_PER_AGGREGATE === 0,
    };
  };
}

/** Distinct and ascending, as most speakers send them; none of the well-known ones. */
function communities(count: number, speaker: number, random: () => number): number[] {
  const values = new Set(Array.from({ length: count }, () => ((speaker << 16) | (random() % 3000)) >>> 0));
  return [...values].filter((value) => value >>> 16 !== 0xffff).sort((a, b) => a - b);
}

/** Neither reserved nor private nor for documentation. */
function publicAsn(random: () => number): number {
  const number = 1 + (random() % 400_000);
  const isPublic = number !== 23456 && (number < 64496 || number > 131071);
  return isPublic ? number : publicAsn(random);
}
