import type { Excerpt } from "./resource-fault.js";

const LONGEST_EXCERPT = 160;

/** The text of a resource file, and where its lines begin. */
export class SourceFile {
  readonly file: string;
  readonly text: string;
  readonly #lineStarts: number[] = [0];

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#lineStarts.push(at + 1);
  }

  /** 1-based line and column of an index into the text. */
  positionOf(at: number): { line: number; column: number } {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lineStarts[middle]! <= at) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: at - this.#lineStarts[low]! + 1 };
  }

  /** True when what is quoted from here, at a place whose meaning is not known, could show a password. */
  mayShowSecrets(at: number): boolean {
    return /\bSecret|stringData|password/i.test(this.#documentAround(at));
  }

  /** The line around `start`, with the part up to `end` (or the end of the line) marked; only that part beside a secret. */
  excerpt(start: number, end: number): Excerpt {
    const { line, column } = this.positionOf(start);
    const lineStart = this.#lineStarts[line - 1]!;
    const text = this.text.slice(lineStart, this.#lineStarts[line] ?? this.text.length).replace(/\r?\n?$/, "");
    const length = Math.max(1, Math.min(end - start, text.length - column + 1));
    if (/password/i.test(text) || /\bSecret|stringData/.test(this.#documentAround(start))) {
      const part = text.slice(column - 1, column - 1 + Math.min(length, LONGEST_EXCERPT));
      return { text: part, column: 1, length: Math.max(1, part.length) };
    }
    if (text.length <= LONGEST_EXCERPT) return { text, column, length };
    const from = Math.max(0, column - 1 - LONGEST_EXCERPT / 4);
    const shown = text.slice(from, from + LONGEST_EXCERPT);
    return { text: shown, column: column - from, length: Math.max(1, Math.min(length, shown.length - (column - from) + 1)) };
  }

  #documentAround(at: number): string {
    const end = this.text.indexOf("\n---", at);
    return this.text.slice(Math.max(0, this.text.lastIndexOf("\n---", at)), end < 0 ? undefined : end);
  }
}
