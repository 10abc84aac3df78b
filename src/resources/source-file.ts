import type { Excerpt } from "./resource-fault.js";

const LONGEST_EXCERPT = 160;

/** What a YAML document [start, end) may give away when it is quoted. */
interface DocumentFacts {
  readonly start: number;
  readonly end: number;
  readonly secrets: boolean; // a Secret may be in it
  readonly passwords: boolean; // the word is in it
}

/** The text of a resource file, and where its lines begin. */
export class SourceFile {
  readonly file: string;
  readonly text: string;
  readonly #lineStarts: number[] = [0];
  #document: DocumentFacts = { start: 0, end: 0, secrets: false, passwords: false }; // the one asked for last

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
    const { secrets, passwords } = this.#documentAround(at);
    return secrets || passwords;
  }

  /** The line around `start`, with the part up to `end` (or the end of the line) marked; only that part beside a secret. */
  excerpt(start: number, end: number): Excerpt {
    const { line, column } = this.positionOf(start);
    const text = this.#lineText(line);
    const length = Math.max(1, Math.min(end - start, text.length - column + 1));
    const facts = this.#documentAround(start);
    if (facts.secrets || (facts.passwords && (text.length > LONGEST_EXCERPT || /password/i.test(text)))) {
      const part = text.slice(column - 1, column - 1 + Math.min(length, LONGEST_EXCERPT));
      return { text: part, column: 1, length: Math.max(1, part.length) };
    }
    if (text.length <= LONGEST_EXCERPT) return { text, column, length };
    const from = Math.max(0, column - 1 - LONGEST_EXCERPT / 4);
    const shown = text.slice(from, from + LONGEST_EXCERPT);
    return { text: shown, column: column - from, length: Math.max(1, Math.min(length, shown.length - (column - from) + 1)) };
  }

  #lineText(line: number): string {
    const next = this.#lineStarts[line];
    const end = next === undefined ? this.text.length : next - (this.text[next - 2] === "\r" ? 2 : 1);
    return this.text.slice(this.#lineStarts[line - 1], end);
  }

  #documentAround(at: number): DocumentFacts {
    if (at < this.#document.start || at >= this.#document.end) {
      const start = Math.max(0, this.text.lastIndexOf("\n---", at));
      const next = this.text.indexOf("\n---", at + 1);
      const end = next < 0 ? this.text.length + 1 : next;
      const text = this.text.slice(start, end);
      this.#document = { start, end, secrets: /\bSecret|stringData/.test(text), passwords: /password/i.test(text) };
    }
    return this.#document;
  }
}
