import { err, ok, type Result } from "../../protocol/result.js";
import type { CompareOperator, SelectorNode } from "./selector-node.js";

/** Why a text is no selector. */
export interface SelectorFault {
  readonly at: number; // 0-based index into the text, its length for "ended too early"
  readonly message: string; // e.g. `expected a quoted string, found "rack-1"`
}

const LONGEST_SELECTOR = 1024;
const LONGEST_LABEL = 512;

/** Parses the grammar of reference 3.1; runs of `!` collapse, sets come out sorted and without duplicates. */
export function parseSelector(text: string): Result<SelectorNode, SelectorFault> {
  if (text.length > LONGEST_SELECTOR) {
    return err({
      at: LONGEST_SELECTOR,
      message: `a selector has at most ${LONGEST_SELECTOR} characters, this one ${text.length}`,
    });
  }
  return new SelectorParser(text).parse();
}

/** Recursive descent; every method answers null once `#fault` is set. */
class SelectorParser {
  readonly #text: string;
  #at = 0;
  #fault: SelectorFault | null = null;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Result<SelectorNode, SelectorFault> {
    this.#skipSpace();
    if (this.#at === this.#text.length) return ok({ type: "all" });
    const root = this.#or();
    this.#skipSpace();
    if (root && this.#at < this.#text.length) this.#fail(this.#trailing());
    return root && !this.#fault ? ok(root) : err(this.#fault as unknown as SelectorFault);
  }

  #or(): SelectorNode | null {
    return this.#chain("or", "||", () => this.#and());
  }

  #and(): SelectorNode | null {
    return this.#chain("and", "&&", () => this.#operation());
  }

  #chain(type: "and" | "or", operator: "&&" | "||", operand: () => SelectorNode | null): SelectorNode | null {
    const operands: SelectorNode[] = [];
    do {
      const next = operand();
      if (!next) return null;
      operands.push(next);
    } while (this.#take(operator));
    return operands.length === 1 ? operands[0]! : { type, operands };
  }

  #operation(): SelectorNode | null {
    let not = false;
    while (this.#take("!")) not = !not;
    const operand = this.#primary();
    if (!operand || !not) return operand;
    return operand.type === "not" ? operand.operand : { type: "not", operand };
  }

  #primary(): SelectorNode | null {
    if (this.#take("(")) {
      const inner = this.#or();
      if (!inner) return null;
      return this.#take(")") ? inner : this.#fail(`expected ")", found ${this.#found()}`);
    }
    for (const type of ["all", "global"] as const) {
      if (this.#take(`${type}(`))
        return this.#take(")") ? { type } : this.#fail(`expected ")" after "${type}(", found ${this.#found()}`);
    }
    if (this.#take("has(")) return this.#has();
    const label = this.#label('a label, a function or "("');
    return label === null ? null : this.#comparison(label);
  }

  #has(): SelectorNode | null {
    const label = this.#label("a label");
    if (label === null) return null;
    return this.#take(")") ? { type: "has", label } : this.#fail(`expected ")" after "has(${label}", found ${this.#found()}`);
  }

  #comparison(label: string): SelectorNode | null {
    const operator = this.#operator();
    if (operator === "in" || operator === "not in") return this.#set(label, operator === "not in");
    if (operator === null) {
      if (this.#startsWith("=")) return this.#fail(`expected "==", found "="`);
      return this.#fail(
        `expected an operator (==, !=, in, not in, contains, starts with, ends with) after the label "${label}", found ${this.#found()}`,
      );
    }
    const value = this.#string();
    return value === null ? null : { type: "compare", label, operator, value };
  }

  #operator(): CompareOperator | "in" | "not in" | null {
    if (this.#take("==")) return "==";
    if (this.#take("!=")) return "!=";
    if (this.#takeWord(/in/y)) return "in";
    if (this.#takeWord(/not[ \t]*in/y)) return "not in";
    if (this.#takeWord(/contains/y)) return "contains";
    if (this.#takeWord(/starts[ \t]*with/y)) return "starts with";
    if (this.#takeWord(/ends[ \t]*with/y)) return "ends with";
    return null;
  }

  #set(label: string, not: boolean): SelectorNode | null {
    if (!this.#take("{")) return this.#fail(`expected a set such as {"a", "b"}, found ${this.#found()}`);
    const values = new Set<string>();
    while (!this.#take("}")) {
      const value = this.#string();
      if (value === null) return null;
      values.add(value);
      if (!this.#take(",") && !this.#startsWith("}")) return this.#fail(`expected "," or "}", found ${this.#found()}`);
    }
    return { type: "set", label, not, values: [...values].sort() };
  }

  #string(): string | null {
    this.#skipSpace();
    const quote = this.#text[this.#at];
    if (quote !== '"' && quote !== "'") {
      const word = this.#peekLabel();
      return this.#fail(`expected a quoted string, found ${this.#found()}${word ? `; write "${word}" in quotes` : ""}`);
    }
    const end = this.#text.indexOf(quote, this.#at + 1);
    if (end < 0) return this.#fail(`the string that starts here has no closing ${quote}`);
    const value = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return value;
  }

  #label(expected: string): string | null {
    this.#skipSpace();
    const label = this.#peekLabel();
    if (label === "") return this.#fail(`expected ${expected}, found ${this.#found()}`);
    if (label.length > LONGEST_LABEL)
      return this.#fail(`a label has at most ${LONGEST_LABEL} characters, this one ${label.length}`);
    this.#at += label.length;
    return label;
  }

  #peekLabel(): string {
    const label = /[A-Za-z0-9_./-]*/y;
    label.lastIndex = this.#at;
    return label.exec(this.#text)![0];
  }

  /** Skips white space, then `token` when it stands there. */
  #take(token: string): boolean {
    if (!this.#startsWith(token)) return false;
    this.#at += token.length;
    return true;
  }

  /** An operator word: what follows it must not be a label character. */
  #takeWord(word: RegExp): boolean {
    this.#skipSpace();
    word.lastIndex = this.#at;
    const match = word.exec(this.#text);
    if (!match) return false;
    const end = this.#at + match[0].length;
    if (/[A-Za-z0-9_./-]/.test(this.#text.charAt(end))) return false;
    this.#at = end;
    return true;
  }

  #startsWith(token: string): boolean {
    this.#skipSpace();
    return this.#text.startsWith(token, this.#at);
  }

  /** Space and tab only: a line break in a selector is a fault. */
  #skipSpace(): void {
    while (this.#text[this.#at] === " " || this.#text[this.#at] === "\t") this.#at++;
  }

  #trailing(): string {
    if (this.#startsWith("&")) return `expected "&&", found "&"`;
    if (this.#startsWith("|")) return `expected "||", found "|"`;
    return `expected "&&", "||" or the end, found ${this.#found()}`;
  }

  #found(): string {
    if (this.#at >= this.#text.length) return "the end";
    const word = this.#peekLabel() || String.fromCodePoint(this.#text.codePointAt(this.#at)!);
    return JSON.stringify(word);
  }

  #fail(message: string): null {
    this.#fault ??= { at: this.#at, message };
    return null;
  }
}
