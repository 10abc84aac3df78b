import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { packageRoot } from "../../src/lab/package-root.js";
import { randomWords } from "../rib-input.js";
import { type PathSet, PathSets } from "./path-sets.js";
import type { RouteTable } from "./route-table.js";
import { sharedBytes, sharedInt32 } from "./shared-array.js";

const DIRECTORY = join(packageRoot(), process.env["PEREGRINE_CORPUS"] ?? "../shared/corpus", "full-table");
const PREFIXES = "prefix-origin.tsv.gz";
const SETS = "attrsets-v4-fulltable-2015.tsv.gz";
const COMMUNITIES = "attrsets-updates-2019.tsv.gz"; // the full table is a route reflector's view, with exactly one on each route
const ORIGIN_CODES: Readonly<Record<string, number>> = { IGP: 0, EGP: 1, INCOMPLETE: 2 };

/** A set of attributes as it was seen, and on how many routes. */
interface SeenSet {
  readonly set: PathSet;
  readonly routes: number;
}

/** Whether the files of `realTable` are there. */
export function hasRealTable(): boolean {
  return [PREFIXES, SETS, COMMUNITIES].every((file) => existsSync(join(DIRECTORY, file)));
}

/**
 * The Internet's IPv4 prefixes with the attribute sets that their origins were seen with; an origin that was not seen
 * gets the set of another, drawn by how often it was seen, with its own number at the end.
 */
export function realTable(seed: number): RouteTable {
  const random = randomWords(seed);
  const seen = readSets(random);
  const byOrigin = new Map<number, SeenSet[]>();
  for (const each of seen) listOf(byOrigin, each.set.asns.at(-1)!).push(each);
  const draw = drawByRoutes(seen, random);
  const origins = [...prefixesByOrigin()];
  const count = origins.reduce((sum, [, prefixes]) => sum + prefixes.length, 0);
  const table = {
    ...{ family: 4 as const, count, sets: new PathSets() },
    ...{ words: sharedInt32(count), lengths: sharedBytes(count), setOf: sharedInt32(count) },
  };
  let row = 0;
  for (const [origin, prefixes] of origins) {
    const sets = byOrigin.get(origin) ?? [replaceOrigin(draw(), origin)];
    row = append(table, row, prefixes, sets);
  }
  return table;
}

/** An origin's prefixes, shared out among its sets in proportion. @returns the row after the last */
function append(table: RouteTable, from: number, prefixes: readonly string[], sets: readonly SeenSet[]): number {
  const total = sets.reduce((sum, { routes }) => sum + routes, 0);
  let [row, seen] = [from, 0];
  for (const { set, routes } of sets) {
    seen += routes;
    const end = from + Math.round((prefixes.length * seen) / total);
    if (end === row) continue;
    table.setOf.fill(table.sets.add(set), row, end);
    for (; row < end; row++) writePrefix(table, row, prefixes[row - from]!);
  }
  return row;
}

function writePrefix({ words, lengths }: RouteTable, row: number, text: string): void {
  const [a, b, c, d, length] = text.split(/[./]/).map(Number);
  words[row] = (a! << 24) | (b! << 16) | (c! << 8) | d!;
  lengths[row] = length!;
}

function prefixesByOrigin(): Map<number, string[]> {
  const origins = new Map<number, string[]>();
  for (const line of lines(PREFIXES)) {
    const [prefix, origin] = line.split("\t");
    if (!prefix!.includes(":")) listOf(origins, Number(origin)).push(prefix!);
  }
  return origins;
}

function listOf<T>(lists: Map<number, T[]>, key: number): T[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

function readSets(random: () => number): SeenSet[] {
  const communities = lines(COMMUNITIES)
    .slice(1)
    .map((line) => line.split("\t")[5]!);
  return lines(SETS)
    .slice(1)
    .map((line) => line.split("\t"))
    .filter(([, , path]) => /^[1-9]\d*( [1-9]\d*)*$/.test(path!)) // without AS_SETs and AS 0
    .map(([routes, origin, path, , , , atomic]) => {
      const set = {
        ...{ origin: ORIGIN_CODES[origin!] ?? 0, asns: path!.split(" ").map(Number), isAggregate: atomic === "AG" },
        communities: parseCommunities(communities[random() % communities.length]!),
      };
      return { set, routes: Number(routes) };
    });
}

/** Ordinary communities only, in order: BIRD sorts them. */
function parseCommunities(text: string): number[] {
  const values = text.split(" ").filter((word) => /^\d+:\d+$/.test(word));
  const words = values.map((value) => value.split(":").map(Number)).filter(([high]) => high! < 0xffff); // no well-known ones
  return words.map(([high, low]) => ((high! << 16) | low!) >>> 0).sort((a, b) => a - b);
}

function drawByRoutes(seen: readonly SeenSet[], random: () => number): () => SeenSet {
  const tickets = seen.flatMap((each) => new Array<SeenSet>(Math.min(each.routes, 100)).fill(each));
  return () => tickets[random() % tickets.length]!;
}

function replaceOrigin({ set, routes }: SeenSet, origin: number): SeenSet {
  return { set: { ...set, asns: origin === 0 ? set.asns : set.asns.with(-1, origin) }, routes };
}

function lines(file: string): string[] {
  return gunzipSync(readFileSync(join(DIRECTORY, file)))
    .toString()
    .trimEnd()
    .split("\n");
}
