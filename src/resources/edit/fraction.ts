import { isMap, isScalar, isSeq, type Node } from "yaml";
import type { YamlDocument } from "../yaml-document.js";
import { readScalar } from "../yaml-scalar.js";
import { isPlain, keyText } from "./value.js";

/** A number that is no whole one, as it is written. */
export interface Fraction {
  readonly path: string;
  readonly written: string;
}

/** The first fraction in a piece of YAML or JSON. As a value it would be another AS number: 1.10 is 1.1, and 1.0 is 1. */
export function fractionIn(node: Node | null, document: YamlDocument, path = ""): Fraction | null {
  if (node === null) return null;
  const target = document.follow(node);
  if (isScalar(target)) {
    const { type, written } = readScalar(String(target.value ?? ""), !isPlain(target));
    return type === "float" ? { path, written } : null;
  }
  for (const [at, child] of childrenOf(target, document)) {
    const fraction = fractionIn(child, document, path === "" ? at : `${path}.${at}`);
    if (fraction) return fraction;
  }
  return null;
}

function childrenOf(node: Node, document: YamlDocument): (readonly [at: string, child: Node | null])[] {
  if (isMap(node)) return node.items.map(({ key, value }) => [keyText(key as Node, document), value as Node | null]);
  if (isSeq(node)) return node.items.map((item, index) => [String(index), item as Node | null]);
  return [];
}
