import { AttributeCode, AttributeFlag } from "../export/attribute-cursor.js";
import type { AttributeList } from "./attribute-list.js";
import type { LargeCommunity, Modification } from "./policy.js";

/**
 * Carries out one modification. Runs once a distinct set, `ModifiedSets` remembers the outcome; still on octets, not on objects:
 * a policy that marks every route of a full table changes 200,000 sets.
 */
export function modify(list: AttributeList, modification: Modification): void {
  switch (modification.type) {
    case "set-local-pref":
      setLocalPref(list, modification.value);
      break;
    case "add-communities":
      addCommunities(list, modification.communities);
      break;
    case "add-large-communities":
      addLargeCommunities(list, modification.communities);
      break;
    case "prepend-as-path":
      prepend(list, modification.asns);
      break;
    case "raise-preference": // stands in no attribute: `ModifiedSets` sees to it
      break;
    default:
      modification satisfies never;
  }
}

const OPTIONAL_TRANSITIVE = AttributeFlag.Optional | AttributeFlag.Transitive;

function setLocalPref(list: AttributeList, value: number): void {
  list.find(AttributeCode.LocalPref, AttributeFlag.Transitive);
  list.open(AttributeCode.LocalPref, 4);
  list.writeWord(value);
  list.close();
}

const WORDS: number[] = []; // of one call

/** Those present and those added, sorted, each once. */
function addCommunities(list: AttributeList, added: readonly number[]): void {
  if (added.length === 0) return;
  list.find(AttributeCode.Communities, OPTIONAL_TRANSITIVE);
  WORDS.length = 0;
  for (let at = list.valueStart; at < list.valueEnd; at += 4) WORDS.push(list.word(at));
  for (const community of added) WORDS.push(community >>> 0);
  WORDS.sort(compareNumbers);
  let count = 0;
  for (const word of WORDS) if (count === 0 || word !== WORDS[count - 1]) WORDS[count++] = word;
  list.open(AttributeCode.Communities, 4 * count);
  for (let i = 0; i < count; i++) list.writeWord(WORDS[i]);
  list.close();
}

function addLargeCommunities(list: AttributeList, added: readonly LargeCommunity[]): void {
  if (added.length === 0) return;
  list.find(AttributeCode.LargeCommunities, OPTIONAL_TRANSITIVE);
  const all: LargeCommunity[] = [...added];
  for (let at = list.valueStart; at < list.valueEnd; at += 12) all.push([list.word(at), list.word(at + 4), list.word(at + 8)]);
  all.sort(compareLarge);
  const distinct = all.filter((value, i) => i === 0 || compareLarge(all[i - 1], value) !== 0);
  list.open(AttributeCode.LargeCommunities, 12 * distinct.length);
  for (const community of distinct) for (const word of community) list.writeWord(word);
  list.close();
}

function compareNumbers(a: number, b: number): number {
  return a - b;
}

function compareLarge(a: LargeCommunity, b: LargeCommunity): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

const AS_SEQUENCE = 2;
const MOST_ASNS = 255; // in one segment

/** RFC 4271 §5.1.2: into the first segment when it is a sequence with room, else as a segment of their own. */
function prepend(list: AttributeList, asns: readonly number[]): void {
  if (asns.length === 0) return;
  list.find(AttributeCode.AsPath, AttributeFlag.Transitive);
  const { view, valueStart, valueEnd } = list;
  const isSequence = valueEnd > valueStart && view.getUint8(valueStart) === AS_SEQUENCE;
  const joins = isSequence && view.getUint8(valueStart + 1) + asns.length <= MOST_ASNS;
  const rest = joins ? valueStart + 2 : valueStart;
  list.open(AttributeCode.AsPath, 2 + 4 * asns.length + valueEnd - rest);
  list.writeOctet(AS_SEQUENCE);
  list.writeOctet(asns.length + (joins ? view.getUint8(valueStart + 1) : 0));
  for (const asn of asns) list.writeWord(asn);
  list.copy(rest, valueEnd);
  list.close();
}
