import { maskWord, type Prefix } from "../../protocol/net/prefix.js";
import { AttributeCode, type AttributeCursor } from "../export/attribute-cursor.js";
import type { AttributeSetId } from "../store/ids.js";
import { BlockSet } from "./block-set.js";
import { GlobSet } from "./glob-set.js";
import type { Condition, RouteSource } from "./policy.js";
import { attributesOf, interfaceOf, type PolicyTables } from "./policy-tables.js";

/** What conditions look at: one route, in a slot that is filled again for every evaluation. */
export interface RouteFacts {
  w0: number; // address words of the prefix
  w1: number;
  w2: number;
  w3: number;
  length: number; // of the prefix, in bits
  set: AttributeSetId; // as the statements before have left it
  source: RouteSource;
}

/** One condition, compiled to integer tests: `holds` allocates nothing. */
export class Matcher {
  readonly #tables: PolicyTables;
  readonly #test: Test;
  /** `Inside`, `Equal`: of the CIDR word and mask of each of the four address words, then its length. Others: their numbers. */
  readonly #words: Int32Array;
  readonly #blocks: BlockSet; // `InsideMany`
  readonly #isNegated: boolean;
  readonly #minLength: number;
  readonly #maxLength: number;
  readonly #sources: readonly RouteSource[];
  readonly #globs: GlobSet;

  /** @param ownAs of an eBGP export: the AS number that AS_PATH conditions see in front of the path */
  constructor(condition: Condition, tables: PolicyTables, ownAs: number | null) {
    this.#tables = tables;
    this.#test = testOf(condition, ownAs);
    this.#words = wordsOf(condition, tables, ownAs);
    this.#blocks = new BlockSet(condition.type === "inside-any" ? ofTable(condition.cidrs, tables) : []);
    this.#isNegated = condition.type === "prefix" && condition.not;
    this.#minLength = condition.type === "prefix" && condition.operator === "in" ? condition.minLength : 0;
    this.#maxLength = condition.type === "prefix" && condition.operator === "in" ? condition.maxLength : 128;
    this.#sources = condition.type === "source" ? condition.sources : [];
    this.#globs = new GlobSet(condition.type === "interface" ? condition.globs : []);
  }

  holds(route: RouteFacts): boolean {
    const words = this.#words;
    switch (this.#test) {
      case Test.Inside:
        return this.#isInside(route) !== this.#isNegated;
      case Test.InsideMany:
        return this.#blocks.holds(route.w0, route.w1, route.w2, route.w3, route.length);
      case Test.Equal:
        return (words.length > 0 && route.length === words[8] && covers(words, route)) !== this.#isNegated;
      case Test.Source:
        return this.#sources.includes(route.source);
      case Test.Interface:
        return this.#globs.matches(interfaceOf(this.#tables, route.set));
      case Test.LocalPrefAbove:
        return this.#tables.attributes.localPref(route.set) > words[0] >>> 0;
      case Test.LocalPrefEqual:
        return this.#tables.attributes.localPref(route.set) === words[0] >>> 0;
      case Test.Community:
        return carries(attributesOf(this.#tables, route.set), AttributeCode.Communities, words);
      case Test.LargeCommunity:
        return carries(attributesOf(this.#tables, route.set), AttributeCode.LargeCommunities, words);
      case Test.AsPathPrefix:
        return pathStartsWith(attributesOf(this.#tables, route.set), words);
      case Test.Always:
        return true;
      default:
        return false;
    }
  }

  #isInside(route: RouteFacts): boolean {
    if (route.length < this.#minLength || route.length > this.#maxLength) return false;
    return this.#words.length > 0 && route.length >= this.#words[8] && covers(this.#words, route);
  }
}

const Test = {
  Never: 0,
  Always: 1,
  Inside: 2,
  Equal: 3,
  Source: 4,
  Interface: 5,
  LocalPrefAbove: 6,
  LocalPrefEqual: 7,
  Community: 8,
  LargeCommunity: 9,
  AsPathPrefix: 10,
  InsideMany: 11,
} as const;
type Test = (typeof Test)[keyof typeof Test];

function testOf(condition: Condition, ownAs: number | null): Test {
  switch (condition.type) {
    case "prefix":
      return condition.operator === "in" ? Test.Inside : Test.Equal;
    case "inside-any":
      return condition.cidrs.length === 1 ? Test.Inside : Test.InsideMany;
    case "source":
      return Test.Source;
    case "interface":
      return Test.Interface;
    case "local-pref":
      return condition.operator === "above" ? Test.LocalPrefAbove : Test.LocalPrefEqual;
    case "community":
      return Test.Community;
    case "large-community":
      return Test.LargeCommunity;
    case "as-path-prefix": {
      const rest = pathBehind(ownAs, condition.asns);
      if (rest === null) return Test.Never;
      return rest.length === 0 ? Test.Always : Test.AsPathPrefix;
    }
    case "never":
      return Test.Never;
    default:
      return condition satisfies never;
  }
}

function wordsOf(condition: Condition, tables: PolicyTables, ownAs: number | null): Int32Array {
  switch (condition.type) {
    case "prefix":
      return cidrWords([condition.cidr], tables);
    case "inside-any":
      return condition.cidrs.length === 1 ? cidrWords(condition.cidrs, tables) : new Int32Array(0);
    case "local-pref":
      return Int32Array.of(condition.value);
    case "community":
      return Int32Array.of(condition.community);
    case "large-community":
      return Int32Array.from(condition.community);
    case "as-path-prefix":
      return Int32Array.from(pathBehind(ownAs, condition.asns) ?? []);
    default:
      return new Int32Array(0);
  }
}

/** Blocks of the other family hold no route of this table, so they are left out. */
function ofTable(cidrs: readonly Prefix[], tables: PolicyTables): readonly Prefix[] {
  return cidrs.filter((cidr) => cidr.family === tables.prefixes.family);
}

function cidrWords(cidrs: readonly Prefix[], tables: PolicyTables): Int32Array {
  return Int32Array.from(
    ofTable(cidrs, tables).flatMap(({ address, length }) => [
      ...[address.w0, maskWord(length, 0), address.w1, maskWord(length, 1)],
      ...[address.w2, maskWord(length, 2), address.w3, maskWord(length, 3), length],
    ]),
  );
}

/** True when the block holds the route's address. */
function covers(words: Int32Array, route: RouteFacts): boolean {
  return (
    (route.w0 & words[1]) === words[0] &&
    (route.w1 & words[3]) === words[2] &&
    (route.w2 & words[5]) === words[4] &&
    (route.w3 & words[7]) === words[6]
  );
}

/** True when the attribute of this type lists the value, one or three words long. */
function carries(attributes: AttributeCursor, code: number, value: Int32Array): boolean {
  if (!attributes.seek(code)) return false;
  const width = value.length;
  for (let at = attributes.valueStart; at < attributes.valueEnd; at += 4 * width) {
    let same = 0;
    while (same < width && (attributes.word(at + 4 * same) | 0) === value[same]) same++;
    if (same === width) return true;
  }
  return false;
}

/** What is left to find in AS_PATH when our own AS already stands in front of it; null when that cannot match. */
function pathBehind(ownAs: number | null, asns: readonly number[]): readonly number[] | null {
  if (ownAs === null || asns.length === 0) return asns;
  return asns[0] === ownAs ? asns.slice(1) : null;
}

const AS_SEQUENCE = 2;

/** True when AS_PATH begins with these numbers, in AS_SEQUENCEs (a set has no order that could match). */
function pathStartsWith(attributes: AttributeCursor, asns: Int32Array): boolean {
  if (!attributes.seek(AttributeCode.AsPath)) return false;
  const { list } = attributes;
  let found = 0;
  for (let at = attributes.valueStart; at < attributes.valueEnd && found < asns.length; ) {
    if (list.getUint8(at) !== AS_SEQUENCE) return false;
    const end = at + 2 + 4 * list.getUint8(at + 1);
    for (at += 2; at < end && found < asns.length; at += 4, found++) {
      if ((attributes.word(at) | 0) !== asns[found]) return false;
    }
  }
  return found === asns.length;
}
