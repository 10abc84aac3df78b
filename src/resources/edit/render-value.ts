import { Document, Scalar, visit } from "yaml";
import { unquoteTypographic } from "../typographic-quotes.js";
import { readScalar } from "../yaml-scalar.js";
import { isFilled, isValueMap, type Value } from "./value.js";

/** How the text around a new value is written, so that the value can be written alike. */
export interface Habits {
  readonly json: boolean;
  readonly unit: number; // spaces of one level
  readonly indentSequences: boolean; // false: dashes stand below the first letter of their field
  readonly padding: boolean; // { a: 1 } rather than {a: 1}
  readonly compact: boolean; // JSON without any space
  readonly lineEnd: "\n" | "\r\n";
}

/** The habits of a text. @param json it is JSON as a whole */
export function habitsOf(text: string, json: boolean): Habits {
  return {
    json,
    unit: indentUnit(text),
    indentSequences: !/(?:^|\n)( *)(?:- )?[\w"'./-]+:[ \t]*(?:#.*)?\r?\n(?:[ \t]*(?:#.*)?\r?\n)*\1- /.test(text),
    padding: /\{ \S/.test(text),
    compact: json && !/[:,]\s/.test(text),
    lineEnd: text.includes("\r\n") ? "\r\n" : "\n",
  };
}

export const OUR_HABITS: Habits = habitsOf("", false);

function indentUnit(text: string): number {
  let least = 0;
  for (const [, spaces] of text.matchAll(/\n( +)[^\s#-]/g)) {
    if (least === 0 || spaces!.length < least) least = spaces!.length;
  }
  return least === 0 ? 2 : Math.min(least, 8);
}

/**
 * A value as a block of lines without a line end after the last one.
 * @param column where the block stands; its first line is not indented
 */
export function renderBlock(value: Value, column: number, habits: Habits): string {
  const document = new Document(value, { version: "1.1" });
  quoteAmbiguous(document);
  const options = { indent: habits.unit, indentSeq: habits.indentSequences, lineWidth: 0, flowCollectionPadding: habits.padding };
  const lines = document.toString(options).trimEnd().split("\n");
  return lines.map((line, index) => (index > 0 && line !== "" ? " ".repeat(column) + line : line)).join(habits.lineEnd);
}

/** A scalar, or an empty object or list, where a block of YAML has the rest of a line for it. */
export function renderScalar(value: Value): string {
  if (typeof value === "string" && /[\r\n]/.test(value)) return JSON.stringify(value);
  return renderBlock(value, 0, OUR_HABITS);
}

/** A value between brackets; lines after the first, which only JSON has, are indented by `column`. */
export function renderFlow(value: Value, column: number, habits: Habits): string {
  if (habits.json) return renderJson(value, column, habits);
  const [open, close] = habits.padding ? ["{ ", " }"] : ["{", "}"];
  if (Array.isArray(value)) return `[${value.map((item: Value) => renderFlow(item, column, habits)).join(", ")}]`;
  if (isValueMap(value)) {
    const fields = Object.entries(value).map(
      ([key, field]) => `${renderFlow(key, column, habits)}: ${renderFlow(field, column, habits)}`,
    );
    return fields.length === 0 ? "{}" : `${open}${fields.join(", ")}${close}`;
  }
  if (typeof value !== "string") return String(value);
  const plain = /^[A-Za-z0-9](?:[A-Za-z0-9_./:()-]*[A-Za-z0-9_./()-])?$/.test(value) && readScalar(value, false).type === "text";
  return plain ? value : JSON.stringify(value);
}

function renderJson(value: Value, column: number, habits: Habits): string {
  if (habits.compact || !isFilled(value)) return JSON.stringify(value);
  return JSON.stringify(value, null, habits.unit).replaceAll("\n", habits.lineEnd + " ".repeat(column));
}

/** Our dialect takes more for numbers than YAML 1.1 does, and typographic quotes for quotes. */
function quoteAmbiguous(document: Document): void {
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value !== "string" || node.value === "") return;
      const plain = readScalar(node.value, false);
      if (plain.type !== "text" || unquoteTypographic(node.value) !== null) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
}
