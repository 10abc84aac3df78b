/** Positions in a text by its lines. */
export class TextLines {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  startOfLine(at: number): number {
    return this.#text.lastIndexOf("\n", at - 1) + 1;
  }

  /** The start of the next line; a position at the start of a line stays where it is when `end` of a block is meant. */
  endOfLine(at: number): number {
    const lineBreak = this.#text.indexOf("\n", at);
    return lineBreak < 0 ? this.#text.length : lineBreak + 1;
  }

  /** The range of a block ends behind its last line break, that of a scalar within its line. */
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
