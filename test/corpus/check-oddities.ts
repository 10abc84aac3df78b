import { answer, roundTrip } from "./answer.js";
import { checkRow, type GroupReport, newGroup } from "./report.js";
import { recordOptions, UpdateLines } from "./update-lines.js";
import { fromHex, readJsonLines, type Vector } from "./vectors.js";

/** `vectors/real-world-oddities.jsonl`: messages of collectors with rare features, and bgpdump's lines for them. */
export function checkOddities(path: string): GroupReport {
  const group = newGroup("vectors/real-world-oddities");
  for (const vector of readJsonLines<Vector>(path)) {
    checkRow(group, vector.id ?? "", (deviate) => checkOddity(vector, deviate));
  }
  return group;
}

function checkOddity({ hex, context, expect }: Vector, deviate: (rule: string) => void): readonly string[] {
  const bytes = fromHex(hex);
  const fourOctetAs = context?.asn4 ?? true;
  const addPath = context?.add_path ?? false;
  const options = recordOptions(fourOctetAs, addPath, true);
  const tripped = roundTrip(answer(bytes, options), options);
  const updates = new UpdateLines();
  const lines = bytes[18] === 2 ? updates.of(bytes, fourOctetAs, addPath) : [];
  for (const rule of updates.rules) deviate(rule);
  if ("code" in lines) return [`session reset: ${lines.detail}`];
  const ours = lines.map(({ kind, text }) => `${kind}|${text}`);
  const theirs = (expect.bgpdump_m ?? []).map(withoutPeer);
  const total = expect.bgpdump_m_total ?? theirs.length;
  return [
    ...(tripped === null ? [] : [tripped]),
    ...updates.problems,
    ...(ours.length === total ? [] : [`${total} lines expected, got ${ours.length}`]),
    ...theirs.filter((line) => !ours.includes(line)).map((line) => `expected ${line}, got ${ours[0]}`),
  ];
}

/** `A|peer|as|prefix|…` without peer and AS. */
function withoutPeer(line: string): string {
  const [kind, , , ...rest] = line.split("|");
  return [kind, ...rest].join("|");
}
