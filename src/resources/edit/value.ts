import { isMap, isScalar, isSeq, type Node, Scalar } from "yaml";
import { unquoteTypographic } from "../typographic-quotes.js";
import type { YamlDocument } from "../yaml-document.js";
import { readScalar } from "../yaml-scalar.js";

/** What a piece of YAML or JSON means, its writing left behind. */
export type Value = null | boolean | number | string | readonly Value[] | ValueMap;

export interface ValueMap {
  readonly [field: string]: Value;
}

export function isValueMap(value: Value | undefined): value is ValueMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** True for an object or a list that has something in it. */
export function isFilled(value: Value): value is ValueMap | readonly Value[] {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

/** The meaning of a node in the dialect of our loader: aliases followed, typographic quotes read as quotes. */
export function readValue(node: Node | null, document: YamlDocument): Value {
  if (node === null) return null;
  const target = document.follow(node);
  if (isMap(target)) {
    // fromEntries, for a field may be called __proto__
    return Object.fromEntries(
      target.items.map((pair) => [keyText(pair.key as Node, document), readValue(pair.value as Node | null, document)]),
    );
  }
  if (isSeq(target)) return target.items.map((item) => readValue(item as Node | null, document));
  return isScalar(target) ? scalarValue(target) : null;
}

/** The name of a field as the loader reads it. */
export function keyText(key: Node, document: YamlDocument): string {
  const target = document.follow(key);
  if (!isScalar(target)) return "";
  const written = String(target.value);
  return isPlain(target) ? (unquoteTypographic(written) ?? written) : written;
}

function scalarValue(node: Scalar): Value {
  const written = String(node.value ?? "");
  const unquoted = isPlain(node) ? unquoteTypographic(written) : null;
  const scalar = readScalar(unquoted ?? written, unquoted !== null || !isPlain(node));
  switch (scalar.type) {
    case "null":
      return null;
    case "boolean":
      return scalar.text === "true";
    case "integer":
      return Number.isSafeInteger(Number(scalar.text)) ? Number(scalar.text) : scalar.text;
    case "float":
      return Number(scalar.text);
    case "text":
      return scalar.text;
  }
}

/** Without quotes. */
export function isPlain(node: Scalar): boolean {
  return node.type === undefined || node.type === Scalar.PLAIN;
}

/** Equal in meaning; the order of fields means nothing. */
export function sameValue(one: Value, other: Value): boolean {
  if (one === other) return true;
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((item, index) => sameValue(item, other[index] as Value));
  if (!isValueMap(one) || !isValueMap(other)) return false;
  const fields = Object.keys(one);
  if (fields.length !== Object.keys(other).length) return false;
  return fields.every((field) => Object.hasOwn(other, field) && sameValue(one[field] as Value, other[field] as Value));
}

/** The value at a path of field names and indexes; undefined when there is none. */
export function valueAt(value: Value | undefined, path: readonly (string | number)[]): Value | undefined {
  let at = value;
  for (const step of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Readonly<Record<string | number, Value>>)[step];
  }
  return at;
}
