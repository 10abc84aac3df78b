import type { Excerpt } from "./resource-fault.js";

const LONGEST_EXCERPT = 160;

/** The text of a resource file, or of a part of it, and where its lines begin. */
export class SourceFile {
  readonly file: string;
  readonly text: string;
  readonly #firstLine: number;
  readonly #lineStarts: number[] = [0];
  #givesAway: { readonly secrets: boolean; readonly passwords: boolean } | null = null; // null: not looked at yet

  /** @param firstLine how many lines of the file come before `text` */
  constructor(file: string, text: string, firstLine = 0) {
    this.file = file;
    this.text = text;
    this.#firstLine = firstLine;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#lineStarts.push(at + 1);
  }

  /** Line ends in the text. */
  get lines(): number {
    return this.#lineStarts.length - 1;
  }

  /** 1-based line and column in the file of an index into the text. */
  positionOf(at: number): { line: number; column: number } {
    const index = this.#lineIndexOf(at);
    return { line: this.#firstLine + index + 1, column: at - this.#lineStarts[index]! + 1 };
  }

  /** True when what is quoted at a place whose meaning is not known could show a password. */
  mayShowSecrets(): boolean {
    const { secrets, passwords } = this.#facts();
    return secrets || passwords;
  }

  /** The line around `start`, with the part up to `end` (or the end of the line) marked; only that part beside a secret. */
  excerpt(start: number, end: number): Excerpt {
    const index = this.#lineIndexOf(start);
    const column = start - this.#lineStarts[index]! + 1;
    const text = this.#lineText(index);
    const length = Math.max(1, Math.min(end - start, text.length - column + 1));
    const facts = this.#facts();
    if (facts.secrets || (facts.passwords && (text.length > LONGEST_EXCERPT || /password/i.test(text)))) {
      const part = text.slice(column - 1, column - 1 + Math.min(length, LONGEST_EXCERPT));
      return { text: part, column: 1, length: Math.max(1, part.length) };
    }
    if (text.length <= LONGEST_EXCERPT) return { text, column, length };
    const from = Math.max(0, column - 1 - LONGEST_EXCERPT / 4);
    const shown = text.slice(from, from + LONGEST_EXCERPT);
    return { text: shown, column: column - from, length: Math.max(1, Math.min(length, shown.length - (column - from) + 1)) };
  }

  #lineIndexOf(at: number): number {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lineStarts[middle]! <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #lineText(index: number): string {
    const next = this.#lineStarts[index + 1];
    const end = next === undefined ? this.text.length : next - (this.text[next - 2] === "\r" ? 2 : 1);
    return this.text.slice(this.#lineStarts[index], end);
  }

  /** A Secret may be in the text; the word “password” is. */
  #facts(): { readonly secrets: boolean; readonly passwords: boolean } {
    this.#givesAway ??= { secrets: /\bSecret|stringData/.test(this.text), passwords: /password/i.test(this.text) };
    return this.#givesAway;
  }
}
