import type { Result } from "../../protocol/result.js";
import type { CompareOperator, SelectorNode } from "./selector-node.js";
import { parseSelector, type SelectorFault } from "./selector-parser.js";

/** The labels of a node: always text. */
export type Labels = ReadonlyMap<string, string>;

/** A label selector. */
export class Selector {
  readonly root: SelectorNode;

  constructor(root: SelectorNode) {
    this.root = root;
  }

  /** The empty text selects everything. An error has the place in `text` where it was found. */
  static parse(text: string): Result<Selector, SelectorFault> {
    const root = parseSelector(text);
    return root.ok ? { ok: true, value: new Selector(root.value) } : root;
  }

  matches(labels: Labels): boolean {
    return holds(this.root, labels);
  }

  /** True when `global()` stands anywhere in it, which IPPool refuses. */
  get usesGlobal(): boolean {
    return hasGlobal(this.root);
  }

  /** Canonical text: equal selectors written differently read the same. */
  toString(): string {
    return print(this.root, 0);
  }
}

function holds(node: SelectorNode, labels: Labels): boolean {
  switch (node.type) {
    case "all":
    case "global":
      return true;
    case "has":
      return labels.has(node.label);
    case "compare":
      return compares(node.operator, labels.get(node.label), node.value);
    case "set": {
      const value = labels.get(node.label);
      return (value !== undefined && node.values.includes(value)) !== node.not;
    }
    case "not":
      return !holds(node.operand, labels);
    case "and":
      return node.operands.every((operand) => holds(operand, labels));
    case "or":
      return node.operands.some((operand) => holds(operand, labels));
  }
}

function compares(operator: CompareOperator, found: string | undefined, wanted: string): boolean {
  if (operator === "!=") return found !== wanted; // holds for a missing label too
  if (found === undefined) return false;
  switch (operator) {
    case "==":
      return found === wanted;
    case "contains":
      return found.includes(wanted);
    case "starts with":
      return found.startsWith(wanted);
    case "ends with":
      return found.endsWith(wanted);
  }
}

function hasGlobal(node: SelectorNode): boolean {
  if (node.type === "not") return hasGlobal(node.operand);
  if (node.type === "and" || node.type === "or") return node.operands.some(hasGlobal);
  return node.type === "global";
}

const PRECEDENCE = { or: 1, and: 2, not: 3 } as const;

/** @param outer the precedence of the operator around `node`; parentheses stand where it binds tighter */
function print(node: SelectorNode, outer: number): string {
  switch (node.type) {
    case "all":
    case "global":
      return `${node.type}()`;
    case "has":
      return `has(${node.label})`;
    case "compare":
      return `${node.label} ${node.operator} ${quote(node.value)}`;
    case "set":
      return `${node.label} ${node.not ? "not in" : "in"} {${node.values.map(quote).join(", ")}}`;
    case "not":
      return `!${print(node.operand, PRECEDENCE.not)}`;
    default: {
      const inner = PRECEDENCE[node.type];
      const text = node.operands.map((operand) => print(operand, inner)).join(node.type === "and" ? " && " : " || ");
      return inner < outer ? `(${text})` : text;
    }
  }
}

/** Strings have no escapes; one that holds a double quote was written in single ones. */
function quote(value: string): string {
  return value.includes('"') ? `'${value}'` : `"${value}"`;
}
