/** Positions in a text by its lines. */
export class TextLines {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  startOfLine(at: number): number {
    return at === 0 ? 0 : this.#text.lastIndexOf("\n", at - 1) + 1;
  }

  /** Behind the line's break, or at the end of the text. */
  endOfLine(at: number): number {
    const lineBreak = this.#text.indexOf("\n", at);
    return lineBreak < 0 ? this.#text.length : lineBreak + 1;
  }

  /** Where the lines of a node end, whose range ends at `at`: behind its last line break when it is a block, else within a line. */
  endOfBlock(at: number): number {
    return at > 0 && this.#text[at - 1] === "\n" ? at : this.endOfLine(at);
  }

  columnOf(at: number): number {
    return at - this.startOfLine(at);
  }

  isFirstInLine(at: number): boolean {
    return /^ *$/.test(this.#text.slice(this.startOfLine(at), at));
  }

  /** Where the comments begin that stand directly above a line, as far in as it is. */
  startOfComments(line: number, column: number): number {
    let start = line;
    while (start > 0) {
      const before = this.startOfLine(start - 1);
      if (!this.#text.slice(before, start).startsWith(`${" ".repeat(column)}#`)) break;
      start = before;
    }
    return start;
  }
}
