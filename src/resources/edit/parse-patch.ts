import { err, ok, type Result } from "../../../protocol/result.js";
import { SourceFile } from "../source-file.js";
import { hasTypographicQuotes, straighten } from "../typographic-quotes.js";
import { readDocuments } from "../yaml-document.js";
import { fractionIn } from "./fraction.js";
import { unquoteBooleans } from "./quoted-booleans.js";
import { isValueMap, readValue, type ValueMap } from "./value.js";

/** A patch, and what was mended in it. */
export interface ParsedPatch {
  readonly patch: ValueMap;
  readonly warnings: readonly string[];
}

/** Reads a patch in JSON or YAML as people type and paste it: typographic quotes and quoted booleans are mended, with a word each. */
export function parsePatch(written: string): Result<ParsedPatch, string> {
  const warnings = hasTypographicQuotes(written)
    ? ["typographic quotes are read as plain ones, non-breaking spaces as spaces"]
    : [];
  const text = straighten(written);
  const source = new SourceFile("patch", text);
  const faults: string[] = [];
  const documents = [...readDocuments(source, (start, _, { message }) => faults.push(`${placeText(source, start)}: ${message}`))];
  if (faults.length > 0) return err(`the patch is neither JSON nor YAML: ${faults[0]}`);
  const document = documents.find((candidate) => candidate?.root != null);
  const patch = document ? readValue(document.root, document) : null;
  if (Array.isArray(patch))
    return err(
      'a list of operations (JSON Patch, RFC 6902) is not supported; write the fields to be changed, e.g. {"spec": {…}}',
    );
  if (!isValueMap(patch))
    return err('the patch is no object; write the fields to be changed, e.g. {"spec": {"asNumber": 64513}}');
  const fraction = fractionIn(document!.root, document!);
  if (fraction) {
    const remedy = `write "${fraction.written}" in quotes`;
    return err(`${fraction.path}: ${fraction.written} without quotes is a decimal fraction; ${remedy}`);
  }
  const mended = unquoteBooleans(patch, (path, word) =>
    warnings.push(`${path}: the text "${word}" is read as the boolean ${word.toLowerCase()}`),
  );
  return ok({ patch: mended, warnings });
}

/** Which character cannot be read, and where. */
function placeText(source: SourceFile, at: number): string {
  const { line, column } = source.positionOf(Math.min(at, Math.max(0, source.text.length - 1)));
  const character = source.text[at];
  const place = line === 1 ? `position ${column}` : `line ${line}, position ${column}`;
  return character === undefined || character === "\n" ? `at its end (${place})` : `at ${JSON.stringify(character)} (${place})`;
}
