import { isAlias, isCollection, isMap, isScalar, isSeq, type Node, type Pair, Scalar, type YAMLMap, type YAMLSeq } from "yaml";
import type { YamlDocument } from "../yaml-document.js";
import { type Habits, renderBlock, renderFlow, renderScalar } from "./render-value.js";
import { TextLines } from "./text-lines.js";
import { isFilled, isValueMap, keyText, readValue, sameValue, type Value, type ValueMap } from "./value.js";

interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Changes what a document says, and of its text only what that takes: comments, order, quotes and blanks elsewhere stay.
 *
 * @param text the text that the nodes of `document` point into
 * @returns null where the layout is beyond us (the caller prints the document anew); to be read again and compared
 */
export function rewrite(text: string, document: YamlDocument, value: Value, habits: Habits): string | null {
  if (document.root === null) return null;
  const rewriting = new Rewriting(text, document, habits);
  rewriting.root(document.root, value);
  return rewriting.result();
}

class Rewriting {
  readonly #text: string;
  readonly #lines: TextLines;
  readonly #document: YamlDocument;
  readonly #habits: Habits;
  readonly #splices: Splice[] = [];
  #lost = false;

  constructor(text: string, document: YamlDocument, habits: Habits) {
    this.#text = text;
    this.#lines = new TextLines(text);
    this.#document = document;
    this.#habits = habits;
  }

  root(node: Node, value: Value): void {
    if (this.#same(node, value)) return;
    if (!this.#changeInside(node, value)) this.#lost = true;
  }

  result(): string | null {
    if (this.#lost) return null;
    // Backwards, so that positions stay true; what begins at one position in the order it was asked for.
    const ordered = [...this.#splices].reverse().sort((a, b) => b.start - a.start || b.end - a.end);
    let result = this.#text;
    let limit = this.#text.length;
    for (const { start, end, text } of ordered) {
      if (end > limit) return null;
      result = result.slice(0, start) + text + result.slice(end);
      limit = start;
    }
    return result;
  }

  #same(node: Node | null, value: Value): boolean {
    return sameValue(readValue(node, this.#document), value);
  }

  /** Descends where old and new are of one shape. @returns false when the node has to be replaced as a whole */
  #changeInside(node: Node | null, value: Value): boolean {
    if (isMap(node) && isValueMap(value) && node.items.length > 0 && isFilled(value)) {
      const map = node as YAMLMap<Node, Node | null>;
      if (!map.items.some((pair) => Object.hasOwn(value, this.#key(pair)))) return false;
      if (map.flow) this.#changeFlowMap(map, value);
      else this.#changeBlockMap(map, value);
      return true;
    }
    if (isSeq(node) && Array.isArray(value) && node.items.length > 0 && value.length > 0) {
      this.#changeSeq(node as YAMLSeq<Node | null>, value);
      return true;
    }
    return false;
  }

  #key(pair: Pair<Node, Node | null>): string {
    return keyText(pair.key, this.#document);
  }

  // Objects in block style

  #changeBlockMap(map: YAMLMap<Node, Node | null>, value: ValueMap): void {
    const first = map.items[0]!;
    const column = this.#lines.columnOf(first.key.range![0]);
    const kept = map.items.findIndex((pair) => Object.hasOwn(value, this.#key(pair)));
    const startsItsLine = this.#lines.isFirstInLine(first.key.range![0]);
    // "- a: 1" with `a` removed: what is kept first moves up behind the dash.
    if (kept > 0 && !startsItsLine) this.#splice(first.key.range![0], map.items[kept]!.key.range![0], "");
    for (const [index, pair] of map.items.entries()) {
      const key = this.#key(pair);
      if (Object.hasOwn(value, key)) this.#changeField(pair, value[key] as Value, column);
      else if (index > kept || startsItsLine) this.#removeLines(pair.key.range![0], this.#endOfPair(pair));
    }
    const known = new Set(map.items.map((pair) => this.#key(pair)));
    const added = Object.entries(value).filter(([key]) => !known.has(key));
    if (added.length > 0) this.#insertLines(this.#endOfPair(map.items.at(-1)!), Object.fromEntries(added), column);
  }

  #changeField(pair: Pair<Node, Node | null>, value: Value, column: number): void {
    const node = pair.value;
    if (this.#same(node, value)) return;
    if (this.#changeInside(node, value)) return;
    const colon = this.#afterColon(pair.key);
    if (colon === null) {
      this.#lost = true;
      return;
    }
    const old = this.#oldValue(node, colon);
    if (isFilled(value)) {
      const nested = Array.isArray(value) && !this.#habits.indentSequences ? column : column + this.#habits.unit;
      const block = " ".repeat(nested) + renderBlock(value, nested, this.#habits);
      if (old.block) this.#splice(old.start, old.end, `${block}${this.#habits.lineEnd}`);
      else {
        this.#splice(colon, old.end, "");
        this.#insertText(this.#lines.endOfLine(old.end), block);
      }
    } else if (old.block) {
      this.#splice(colon, colon, ` ${renderScalar(value)}`);
      this.#splice(old.start, old.end, "");
    } else this.#splice(colon, old.end, ` ${renderScalar(value)}`.replace(/^ /, this.#text.slice(colon, old.start) || " "));
  }

  /** Where a field's value stands: whole lines of its own, or the rest of the line behind the colon. */
  #oldValue(node: Node | null, colon: number): { readonly block: boolean; readonly start: number; readonly end: number } {
    if (node === null || !node.range) return { block: false, start: colon, end: colon };
    const [start, end] = node.range;
    if (isCollection(node) && !node.flow)
      return { block: true, start: this.#lines.startOfLine(start), end: this.#lines.endOfBlock(end) };
    if (start < colon || this.#text.slice(colon, start).includes("\n")) this.#lost = true;
    const isBlockScalar = isScalar(node) && (node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED);
    return { block: false, start, end: isBlockScalar && this.#text[end - 1] === "\n" ? end - 1 : end };
  }

  #afterColon(key: Node): number | null {
    const match = /^[ \t]*:/.exec(this.#text.slice(key.range![1], key.range![1] + 100));
    return match && !isAlias(key) ? key.range![1] + match[0].length : null;
  }

  #endOfPair({ key, value }: Pair<Node, Node | null>): number {
    return this.#lines.endOfBlock(Math.max(value?.range?.[1] ?? 0, key.range![1]));
  }

  // Lists

  #changeSeq(seq: YAMLSeq<Node | null>, value: readonly Value[]): void {
    const { items } = seq;
    const shorter = Math.min(items.length, value.length);
    let head = 0;
    while (head < shorter && this.#same(items[head]!, value[head]!)) head++;
    let tail = 0;
    while (tail < shorter - head && this.#same(items.at(-1 - tail)!, value.at(-1 - tail)!)) tail++;
    const oldEnd = items.length - tail;
    const newEnd = value.length - tail;
    const changed = Math.min(oldEnd, newEnd) - head;
    for (let index = head; index < head + changed; index++) this.#changeItem(seq, items[index]!, value[index]!);
    const removed = { from: head + changed, to: oldEnd };
    const added = value.slice(head + changed, newEnd);
    if (seq.flow) {
      this.#removeFlow(items.map(spanOfItem), removed.from, removed.to);
      if (added.length > 0)
        this.#addFlow(
          items.map(spanOfItem),
          head + changed,
          added.map((item) => this.#flow(item, seq)),
        );
      return;
    }
    for (let index = removed.from; index < removed.to; index++) this.#removeItem(items[index]!);
    if (added.length > 0) this.#addItems(items, head + changed, added);
  }

  #changeItem(seq: YAMLSeq, item: Node | null, value: Value): void {
    if (this.#changeInside(item, value)) return;
    if (item === null || !item.range) {
      this.#lost = true;
      return;
    }
    const [start, end] = item.range;
    if (seq.flow) this.#splice(start, end, this.#flow(value, item));
    else if (isCollection(item) && !item.flow) {
      this.#splice(start, this.#lines.endOfBlock(end), this.#inBlockItem(value, start) + this.#habits.lineEnd);
    } else if (start === end || this.#text.slice(start, end).includes("\n")) this.#lost = true;
    else this.#splice(start, end, this.#inBlockItem(value, start));
  }

  #inBlockItem(value: Value, start: number): string {
    return isFilled(value) ? renderBlock(value, this.#lines.columnOf(start), this.#habits) : renderScalar(value);
  }

  #removeItem(item: Node | null): void {
    const dash = this.#dashOf(item);
    if (dash === null || !this.#lines.isFirstInLine(dash)) this.#lost = true;
    else this.#removeLines(dash, this.#lines.endOfBlock(Math.max(item!.range![1], dash + 1)));
  }

  #addItems(items: readonly (Node | null)[], at: number, added: readonly Value[]): void {
    const neighbour = at > 0 ? items[at - 1]! : items[0]!;
    const dash = this.#dashOf(neighbour);
    if (dash === null) {
      this.#lost = true;
      return;
    }
    const column = this.#lines.columnOf(dash);
    const lines = added.map(
      (item) => `${" ".repeat(column)}- ${isFilled(item) ? renderBlock(item, column + 2, this.#habits) : renderScalar(item)}`,
    );
    const text = lines.join(this.#habits.lineEnd);
    if (at > 0) this.#insertText(this.#lines.endOfBlock(Math.max(neighbour!.range![1], dash + 1)), text);
    else if (this.#lines.isFirstInLine(dash))
      this.#insertText(this.#lines.startOfComments(this.#lines.startOfLine(dash), column), text);
    else this.#lost = true;
  }

  #dashOf(item: Node | null): number | null {
    if (!item?.range) return null;
    let at = item.range[0] - 1;
    while (at >= 0 && (this.#text[at] === " " || this.#text[at] === "\t")) at--;
    return this.#text[at] === "-" ? at : null;
  }

  // Between brackets

  #changeFlowMap(map: YAMLMap<Node, Node | null>, value: ValueMap): void {
    const spans = map.items.map((pair) => spanOfPair(pair));
    for (const [index, pair] of map.items.entries()) {
      const key = this.#key(pair);
      if (!Object.hasOwn(value, key))
        this.#removeFlow(
          spans,
          index,
          index + 1,
          map.items.findIndex((other) => Object.hasOwn(value, this.#key(other))),
        );
      else this.#changeFlowField(pair, value[key] as Value);
    }
    const known = new Set(map.items.map((pair) => this.#key(pair)));
    const added = Object.entries(value).filter(([key]) => !known.has(key));
    const colon = this.#habits.compact ? ":" : ": ";
    const fields = added.map(([key, field]) => `${this.#flow(key, map)}${colon}${this.#flow(field, map)}`);
    if (fields.length > 0) this.#addFlow(spans, spans.length, fields);
  }

  #changeFlowField(pair: Pair<Node, Node | null>, value: Value): void {
    const node = pair.value;
    if (this.#same(node, value) || this.#changeInside(node, value)) return;
    const colon = this.#afterColon(pair.key);
    if (colon === null) {
      this.#lost = true;
      return;
    }
    const start = node?.range?.[0] ?? colon;
    const space = start === colon && !this.#habits.compact ? " " : "";
    this.#splice(start, node?.range?.[1] ?? colon, space + this.#flow(value, pair.key));
  }

  /** @param kept index of the first item that stays: those before it go with the comma behind them, the others with the one before */
  #removeFlow(spans: readonly Span[], from: number, to: number, kept = from > 0 ? 0 : to): void {
    for (let index = from; index < to; index++) {
      if (index < kept) this.#splice(spans[index]![0], spans[index + 1]![0], "");
      else this.#splice(spans[index - 1]![1], spans[index]![1], "");
    }
  }

  /** Adds behind the item before `at`; in front of the first one when there is none. */
  #addFlow(spans: readonly Span[], at: number, texts: readonly string[]): void {
    const separator = this.#separator(spans);
    if (at > 0) this.#splice(spans[at - 1]![1], spans[at - 1]![1], texts.map((text) => separator + text).join(""));
    else this.#splice(spans[0]![0], spans[0]![0], texts.map((text) => text + separator).join(""));
  }

  /** What stands between two items here. */
  #separator(spans: readonly Span[]): string {
    const [first, second] = spans;
    const between = second ? this.#text.slice(first![1], second[0]) : "";
    if (/^\s*,\s*$/.test(between)) return between;
    const column = this.#lines.columnOf(first![0]);
    if (this.#lines.isFirstInLine(first![0])) return `,${this.#habits.lineEnd}${" ".repeat(column)}`;
    return this.#habits.compact ? "," : ", ";
  }

  #flow(value: Value, near: Node): string {
    const at = near.range![0];
    const line = this.#lines.startOfLine(at);
    return renderFlow(value, /^[ \t]*/.exec(this.#text.slice(line, at))![0].length, this.#habits);
  }

  // Lines

  #removeLines(start: number, end: number): void {
    const line = this.#lines.startOfLine(start);
    this.#splice(this.#lines.startOfComments(line, start - line), end, "");
  }

  #insertLines(at: number, fields: ValueMap, column: number): void {
    this.#insertText(at, " ".repeat(column) + renderBlock(fields, column, this.#habits));
  }

  /** Puts whole lines at the start of a line, or behind a last line that has no end. */
  #insertText(at: number, lines: string): void {
    const unended = at === this.#text.length && at > 0 && this.#text[at - 1] !== "\n";
    this.#splice(at, at, unended ? this.#habits.lineEnd + lines : lines + this.#habits.lineEnd);
  }

  #splice(start: number, end: number, text: string): void {
    if (start !== end || text !== "") this.#splices.push({ start, end, text });
  }
}

type Span = readonly [start: number, end: number];

function spanOfItem(item: Node | null): Span {
  return [item?.range?.[0] ?? 0, item?.range?.[1] ?? 0];
}

function spanOfPair({ key, value }: Pair<Node, Node | null>): Span {
  return [key.range![0], Math.max(key.range![1], value?.range?.[1] ?? 0)];
}
