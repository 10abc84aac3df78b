import { asPathLength, formatAsPath } from "../../protocol/attributes/as-path.js";
import type { AttributeSet } from "../../protocol/attributes/attribute-set.js";
import { Family } from "../../protocol/net/address-family.js";
import { formatRouterId } from "../../protocol/net/router-id.js";
import { parsePrefix } from "../../protocol/net/text.js";
import { type Answer, attributesOf } from "./answer.js";
import { communityText } from "./bgpdump.js";
import { type BgpdumpFact, fieldOf, type Tshark } from "./vectors.js";

/** What an independent decoder says against what we say: one line for each difference. */
class Differences {
  readonly lines: string[] = [];

  compare(what: string, expected: unknown, actual: unknown): void {
    const [left, right] = [JSON.stringify(expected), JSON.stringify(actual)];
    if (left !== right) this.lines.push(`${what}: expected ${left}, got ${right}`);
  }
}

/** Prefixes, AS path and attributes of an UPDATE by `bgpdump -m`. */
export function compareBgpdump(answer: Answer, facts: readonly BgpdumpFact[], valuesToo: boolean): readonly string[] {
  const differences = new Differences();
  const texts = (op: BgpdumpFact["op"]) => facts.filter((fact) => fact.op === op).map(factText);
  differences.compare("bgpdump announced", texts("announce").sort(), [...answer.announced].sort());
  differences.compare("bgpdump withdrawn", texts("withdraw").sort(), [...answer.withdrawn].sort());
  if (valuesToo) {
    for (const fact of facts)
      if (fact.op === "announce") compareFact(differences, fact, attributesOf(answer, familyOfText(fact.prefix)));
  }
  return differences.lines;
}

function compareFact(differences: Differences, fact: BgpdumpFact, set: AttributeSet): void {
  differences.compare("bgpdump as_path", fact.as_path, formatAsPath(set.asPath ?? []));
  differences.compare("bgpdump origin", fact.origin, ["IGP", "EGP", "INCOMPLETE"][set.origin ?? 2]);
  if (fact.next_hop !== "255.255.255.255") differences.compare("bgpdump next_hop", fact.next_hop, set.nextHop?.toString());
  differences.compare("bgpdump local_pref", fact.local_pref, set.localPref ?? 0);
  differences.compare("bgpdump med", fact.med, set.multiExitDisc ?? 0);
  differences.compare("bgpdump communities", fact.communities, communityText({ communities: set.communities ?? [] }));
  differences.compare("bgpdump atomic_aggregate", fact.atomic_aggregate, set.atomicAggregate ?? false);
  const aggregator = set.aggregator === undefined ? "" : `${set.aggregator.asNumber} ${set.aggregator.address}`;
  differences.compare("bgpdump aggregator", fact.aggregator, aggregator);
}

/** bgpdump does not clear host bits. */
function factText({ prefix, path_id }: BgpdumpFact): string {
  return path_id === undefined ? canonical(prefix) : `${canonical(prefix)} ${path_id}`;
}

function canonical(text: string): string {
  const prefix = parsePrefix(text, "clear");
  return prefix.ok ? prefix.value.toString() : text;
}

function familyOfText(prefix: string): Family {
  return prefix.includes(":") ? Family.Ipv6Unicast : Family.Ipv4Unicast;
}

const PREFIX_FIELDS = {
  announced: ["nlri_prefix", "mp_reach_nlri_ipv4_prefix", "mp_reach_nlri_ipv6_prefix"],
  withdrawn: ["withdrawn_prefix", "mp_unreach_nlri_ipv4_prefix", "mp_unreach_nlri_ipv6_prefix"],
} as const;

/** Prefixes and attributes of an UPDATE by tshark. */
export function compareTshark(answer: Answer, tshark: Tshark, isUnicast: boolean): readonly string[] {
  const differences = new Differences();
  if (isUnicast && tshark["prefixes_left_out"] === undefined) {
    for (const side of ["announced", "withdrawn"] as const) {
      const expected = PREFIX_FIELDS[side].flatMap((name) => fieldOf(tshark, name));
      const actual = answer[side].map((text) => text.slice(0, text.indexOf("/")));
      differences.compare(`tshark ${side}`, distinct(expected.map(canonicalAddress)), distinct(actual));
    }
  }
  const set = attributesOf(answer);
  if (answer.lists.length > 0) compareAttributes(differences, set, tshark);
  return differences.lines;
}

function compareAttributes(differences: Differences, set: AttributeSet, tshark: Tshark): void {
  const one = (field: string, actual: unknown) => {
    const expected = fieldOf(tshark, field)[0];
    if (expected !== undefined)
      differences.compare(`tshark ${field}`, expected, actual === undefined ? undefined : String(actual));
  };
  one("pa.origin", set.origin);
  one("pa.local_pref", set.localPref);
  one("pa.multi_exit_disc", set.multiExitDisc);
  one("pa.originator_id", set.originatorId === undefined ? undefined : formatRouterId(set.originatorId));
  const asns = fieldOf(tshark, "pa.as_path_segment.as4");
  const hasAs4Path = fieldOf(tshark, "pa.type_code").includes("17");
  if (asns.length > 0 && !hasAs4Path) {
    differences.compare(
      "tshark as path",
      asns,
      (set.asPath ?? []).flatMap((segment) => segment.asns.map(String)),
    );
  }
  const communities = fieldOf(tshark, "pa.community_as").map((as, i) => `${as}:${fieldOf(tshark, "pa.community_value")[i]}`);
  if (communities.length > 0) {
    const actual = (set.communities ?? []).map((value) => `${value >>> 16}:${value & 0xffff}`);
    differences.compare(
      "tshark communities",
      communities.every((text) => actual.includes(text)),
      true,
    );
  }
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}

/** tshark prints addresses with host bits; the prefix lengths are in another list, so only whole addresses compare. */
function canonicalAddress(text: string): string {
  return canonical(`${text}/${text.includes(":") ? 128 : 32}`).replace(/\/\d+$/, "");
}

/** AS path texts of FRR's tests: sets sorted and without repetition, numbers perhaps as `high.low`. */
export function compareAsPath(answer: Answer, text: string, hops: number | undefined): readonly string[] {
  const differences = new Differences();
  const path = attributesOf(answer).asPath ?? [];
  const sorted = path.map((segment) =>
    segment.type.endsWith("set") ? { ...segment, asns: sortedDistinct(segment.asns) } : segment,
  );
  const plain = text.replace(/(\d+)\.(\d+)/g, (_, high, low) => String(Number(high) * 65536 + Number(low)));
  differences.compare("as_path_string", plain, formatAsPath(sorted));
  if (hops !== undefined) differences.compare("hops", hops, asPathLength(path));
  return differences.lines;
}

function sortedDistinct<T extends number>(values: readonly T[]): T[] {
  return [...new Set(values)].sort((a, b) => a - b);
}
