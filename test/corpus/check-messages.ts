import { type Answer, accountsForAll, answer, optionsFor, roundTrip } from "./answer.js";
import { compareAsPath, compareBgpdump, compareTshark } from "./check-decoders.js";
import { compareOther } from "./check-other-messages.js";
import { isStrongerForWantOfPrefixes, NO_PREFIXES, reasonToAccept, rulesFor } from "./deviations.js";
import { checkRow, type GroupReport, newGroup } from "./report.js";
import { fieldOf, fromHex, readJsonLines, type Vector } from "./vectors.js";

/** `vectors/messages.jsonl`: whole messages from other projects' tests, with facts from the source and two decoders. */
export function checkMessages(path: string): GroupReport {
  const group = newGroup("vectors/messages");
  for (const vector of readJsonLines<Vector>(path)) {
    checkRow(group, `${vector.id} ${vector.name}`, (deviate) => checkMessage(vector, deviate));
  }
  return group;
}

function checkMessage(vector: Vector, deviate: (rule: string) => void): readonly string[] {
  const bytes = fromHex(vector.hex);
  const options = optionsFor(bytes, vector.context);
  const ours = answer(bytes, options);
  const tripped = roundTrip(ours, options);
  const problems = tripped === null ? [] : [tripped];
  if (vector.expect.note?.includes("header length")) {
    return ours.verdict === "session-reset" ? problems : [...problems, `a wrong header length, but ${ours.verdict}`];
  }
  problems.push(...checkVerdict(vector, bytes, ours, deviate));
  if (ours.message === null) return problems;
  if (ours.verdict === "ok") problems.push(...accountsForAll(bytes, ours));
  return [...problems, ...compareFacts(vector, ours)];
}

/** Whether we accept, withdraw or reset where the source says so; decoders alone say nothing about malformed input. */
function checkVerdict(vector: Vector, bytes: Uint8Array, ours: Answer, deviate: (rule: string) => void): readonly string[] {
  const expected = vector.expect.source_verdict;
  const accepted = ours.verdict === "ok" || ours.verdict === "attribute-discard";
  const disagrees = `source says ${expected ?? "nothing"}, we ${ours.verdict}: ${ours.faults.map((f) => f.detail).join("; ")}`;
  if (expected === undefined || expected === "ok") {
    if (accepted || (expected === undefined && looksMalformed(vector))) return [];
    const rules = rulesFor(ours.faults);
    for (const rule of rules ?? []) deviate(rule);
    return rules === null ? [disagrees] : [];
  }
  if (expected.startsWith("error") ? !accepted : expected === ours.verdict) return [];
  const rule = accepted ? reasonToAccept(vector, bytes, ours) : isStrongerForWantOfPrefixes(bytes, ours) ? NO_PREFIXES : null;
  if (rule !== null) deviate(rule);
  return rule === null ? [disagrees] : [];
}

function looksMalformed({ expect, confidence }: Vector): boolean {
  const tshark = expect.tshark ?? {};
  return (
    confidence === "malformed-per-tshark" || tshark["malformed"] === true || fieldOf(tshark, "_ws.expert.message").length > 0
  );
}

function compareFacts(vector: Vector, ours: Answer): readonly string[] {
  const { tshark, bgpdump, decoders_agree, as_path_string, hops } = vector.expect;
  if (ours.message?.type !== "update") return looksMalformed(vector) ? [] : compareOther(ours, vector);
  const isClean = ours.verdict === "ok";
  const problems: string[] = [];
  if (bgpdump !== undefined && decoders_agree !== false) problems.push(...compareBgpdump(ours, bgpdump, isClean));
  if (tshark !== undefined && isClean && tshark["malformed"] === false) {
    problems.push(...compareTshark(ours, tshark, vector.scope === "unicast" && decoders_agree !== false));
  }
  if (as_path_string !== undefined && isClean) problems.push(...compareAsPath(ours, as_path_string, hops));
  return problems;
}
