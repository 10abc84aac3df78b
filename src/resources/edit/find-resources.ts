import { isMap, isSeq, type Node } from "yaml";
import type { SourceFile } from "../source-file.js";
import type { YamlDocument } from "../yaml-document.js";
import { isValueMap, type Value, type ValueMap, valueAt } from "./value.js";

/** A resource in a document. */
export interface FoundResource {
  readonly kind: string;
  readonly apiVersion: string;
  readonly namespace: string | null;
  readonly name: string;
  readonly value: ValueMap;
  readonly path: readonly (string | number)[]; // within the document: [], [2] or ["items", 2]
  readonly line: number; // 1-based
}

interface Item {
  readonly node: Node | null;
  readonly path: readonly (string | number)[];
}

/** The resources of a document: a single one, those of a sequence, and those of `…List`s. @param value that of the document */
export function findResources(source: SourceFile, document: YamlDocument, value: Value): FoundResource[] {
  const roots = itemsOf(document, document.root, []) ?? [{ node: document.root, path: [] }];
  return roots.flatMap((root) => {
    const list = valueAt(value, root.path);
    const items = isList(list) ? itemsOf(document, fieldOf(document, root.node, "items"), [...root.path, "items"]) : null;
    const type = isList(list) ? itemType(list) : {};
    return (items ?? [root]).flatMap((item) => found(source, item, { ...type, ...valueMapAt(value, item.path) }) ?? []);
  });
}

function found(source: SourceFile, { node, path }: Item, value: ValueMap): FoundResource | null {
  const { kind, apiVersion } = value;
  const name = valueAt(value, ["metadata", "name"]) ?? null;
  const namespace = valueAt(value, ["metadata", "namespace"]);
  if (node === null || typeof kind !== "string" || typeof apiVersion !== "string" || name === null) return null;
  const { line } = source.positionOf(node.range?.[0] ?? 0);
  return { kind, apiVersion, name: String(name), namespace: typeof namespace === "string" ? namespace : null, path, value, line };
}

function isList(value: Value | undefined): value is ValueMap {
  return isValueMap(value) && /List$/.test(String(value["kind"])) && Array.isArray(value["items"]);
}

/** What an item may leave out, since its list says it. */
function itemType({ kind, apiVersion = null }: ValueMap): ValueMap {
  return kind === "List" ? {} : { kind: String(kind).slice(0, -"List".length), apiVersion };
}

function itemsOf(document: YamlDocument, node: Node | null, path: readonly (string | number)[]): Item[] | null {
  const list = node && document.follow(node);
  return isSeq(list) ? list.items.map((item, index) => ({ node: item as Node | null, path: [...path, index] })) : null;
}

function fieldOf(document: YamlDocument, node: Node | null, field: string): Node | null {
  const map = node && document.follow(node);
  return isMap(map) ? ((map.get(field, true) as Node | undefined) ?? null) : null;
}

function valueMapAt(value: Value, path: readonly (string | number)[]): ValueMap {
  const found = valueAt(value, path);
  return isValueMap(found) ? found : {};
}
