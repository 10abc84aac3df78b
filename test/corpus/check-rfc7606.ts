import { codecOf } from "../../protocol/attributes/codec-table.js";
import { parsePrefix } from "../../protocol/net/text.js";
import { type Answer, answer, optionsFor, rawAttributes, roundTrip } from "./answer.js";
import { DISPUTED, isOpenQuestion, isStrongerForWantOfPrefixes, NO_PREFIXES, OPEN_QUESTION } from "./deviations.js";
import { checkRow, type GroupReport, newGroup } from "./report.js";
import { fromHex, readJsonLines, type Vector } from "./vectors.js";

/** `vectors/rfc7606.jsonl`: malformed attributes with the action that RFC 7606 asks for. */
export function checkRfc7606(path: string): GroupReport {
  const group = newGroup("vectors/rfc7606");
  for (const vector of readJsonLines<Vector>(path)) {
    checkRow(group, `${vector.id} ${vector.name}`, (deviate) => checkFault(vector, deviate));
  }
  return group;
}

function checkFault(vector: Vector, deviate: (rule: string) => void): readonly string[] {
  const bytes = fromHex(vector.hex);
  const options = optionsFor(bytes, vector.context);
  const ours = answer(bytes, options);
  const tripped = roundTrip(ours, options);
  const problems = tripped === null ? [] : [tripped];
  problems.push(...checkHandling(vector, bytes, ours, deviate));
  return [...problems, ...checkNotification(vector, ours), ...checkPlace(vector, ours)];
}

function checkHandling({ expect }: Vector, bytes: Uint8Array, ours: Answer, deviate: (rule: string) => void): readonly string[] {
  const handling = expect.handling ?? "";
  const isAccepted = ours.verdict === "ok" || ours.verdict === "attribute-discard";
  if (handling === ours.verdict || (handling.startsWith("accept") && isAccepted)) return [];
  const hasStranger = rawAttributes(bytes).some(({ code }) => codecOf(code) === undefined);
  if (ours.verdict === "ok" && hasStranger) {
    // an optional attribute that we do not know: passed on or ignored by its Transitive bit, never judged
    deviate("RFC 4271 §5: optional attributes that we do not know are not judged");
    return keepsStrangers(bytes, ours) ? [] : ["an unknown attribute is lost"];
  }
  if (expect.disputed !== undefined && ours.verdict === "attribute-discard") {
    deviate(DISPUTED);
    return [];
  }
  if (handling === "treat-as-withdraw" && isStrongerForWantOfPrefixes(bytes, ours)) {
    deviate(NO_PREFIXES);
    return [];
  }
  if (isOpenQuestion(expect.rule, ours)) {
    deviate(OPEN_QUESTION);
    return [];
  }
  return [`${handling} expected, we ${ours.verdict}: ${ours.faults.map((fault) => fault.detail).join("; ")}`];
}

function keepsStrangers(bytes: Uint8Array, ours: Answer): boolean {
  const kept = ours.lists.flatMap((list) => [...(list.set.unknown ?? []), ...list.ignored]).map(({ code }) => code);
  return rawAttributes(bytes).every(({ code }) => codecOf(code) !== undefined || kept.includes(code));
}

/** The NOTIFICATION expected; where the corpus calls the subcode a matter of choice, the code alone. */
function checkNotification({ expect }: Vector, ours: Answer): readonly string[] {
  if (expect.notification === undefined) return [];
  const [code, subcode] = expect.notification;
  const error = ours.faults[0];
  const isSame = error?.code === code && (error.subcode === subcode || expect.notification_note !== undefined);
  return isSame ? [] : [`NOTIFICATION ${code}/${subcode} expected, got ${error?.code}/${error?.subcode}`];
}

/** The prefix is announced or withdrawn as the action says. */
function checkPlace({ expect }: Vector, ours: Answer): readonly string[] {
  const prefix = expect.prefix === undefined ? null : parsePrefix(expect.prefix, "clear");
  if (prefix === null || !prefix.ok || ours.message?.type !== "update") return [];
  const { announced, withdrawn } = ours.message;
  const isIn = (list: readonly { readonly prefix: { toString(): string } }[]) =>
    list.some((entry) => entry.prefix.toString() === prefix.value.toString());
  const isAnnounced = announced.some(({ prefixes }) => isIn(prefixes));
  const isWanted =
    expect.handling === "treat-as-withdraw" && ours.verdict === "treat-as-withdraw" ? isIn(withdrawn) : isAnnounced;
  return isWanted ? [] : [`${prefix.value} is not where ${ours.verdict} puts it`];
}
