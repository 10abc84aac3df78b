import { type CST, Lexer, Parser } from "yaml";
import type { Complaint } from "./resource-fault.js";

const MOST_PIECES = 1_000_000; // of one document: brackets, dashes, line ends, values… about half a kilobyte each once parsed
const DEEPEST = 100; // brackets in brackets, or dashes in one line
const PIECES_BETWEEN_PAUSES = 1000;

/** Marks of the lexer that stand for no text of the file. */
const DOCUMENT = "\u0002";
const SCALAR = "\u001f";
const FLOW_END = "\u0018";

/** The syntax of a file piece by piece, with a bound on size and depth of each document, which the library lacks. */
export class YamlTokens {
  readonly #text: string;
  fault: { readonly at: number; readonly complaint: Complaint } | null = null; // set: reading ended early
  #pieces = 0; // of this document
  #flowDepth = 0;
  #indicatorsInLine = 0;
  #afterScalarMark = false;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Null now and then: a place to pause at. */
  *read(): Generator<CST.Token | null, void> {
    const parser = new Parser();
    for (const piece of new Lexer().lex(this.#text)) {
      this.#count(piece);
      if (this.fault) return;
      yield* parser.next(piece);
      if (this.#pieces % PIECES_BETWEEN_PAUSES === 0) yield null;
    }
    yield* parser.end();
  }

  #count(piece: string): void {
    if (this.#afterScalarMark) this.#afterScalarMark = false;
    else this.#countSyntax(piece);
    if (++this.#pieces > MOST_PIECES)
      this.#fail("the document is too large", "write it as several documents, with --- between them");
    if (this.#flowDepth > DEEPEST || this.#indicatorsInLine > DEEPEST) this.#fail("the document is nested too deeply");
    if (piece !== DOCUMENT && piece !== SCALAR && piece !== FLOW_END) this.#at += piece.length;
  }

  #countSyntax(piece: string): void {
    switch (piece[0]) {
      case SCALAR:
        this.#afterScalarMark = true;
        break;
      case DOCUMENT:
        this.#pieces = 0;
        this.#flowDepth = 0;
        break;
      case FLOW_END:
        this.#flowDepth = 0;
        break;
      case "[":
      case "{":
        this.#flowDepth++;
        break;
      case "]":
      case "}":
        this.#flowDepth--;
        break;
      case "\n":
      case "\r":
        this.#indicatorsInLine = 0;
        break;
      case "-":
      case "?":
        this.#indicatorsInLine++;
    }
  }

  #fail(message: string, remedy?: string): void {
    this.fault ??= { at: Math.min(this.#at, this.#text.length - 1), complaint: remedy ? { message, remedy } : { message } };
  }
}
