import { SourceFile } from "../source-file.js";
import { readDocuments, type YamlDocument } from "../yaml-document.js";
import { type FoundResource, findResources } from "./find-resources.js";
import { habitsOf, OUR_HABITS, renderBlock, renderFlow } from "./render-value.js";
import { rewrite } from "./rewrite.js";
import { isValueMap, readValue, sameValue, type Value, type ValueMap, valueAt } from "./value.js";

/** A resource as it stands in a file. */
export interface WrittenResource extends FoundResource {
  readonly part: number; // index of its part of the file
}

/** What stands between two document markers of a file, the one before it included. */
interface Part {
  readonly text: string;
  readonly document: YamlDocument | null; // null: empty, or not to be read
  readonly value: Value;
  readonly readable: boolean;
  readonly resources: readonly WrittenResource[]; // with lines counted from the part's first
}

/** The text of a resource file: what resources are where in it, and the same text with one of them changed. Immutable. */
export class ResourceText {
  readonly #parts: readonly Part[];

  static parse(text: string): ResourceText {
    return new ResourceText(splitParts(text).map((part) => parsePart(part)));
  }

  private constructor(parts: readonly Part[]) {
    this.#parts = parts;
  }

  get text(): string {
    return this.#parts.map((part) => part.text).join("");
  }

  get resources(): readonly WrittenResource[] {
    let lines = 0;
    return this.#parts.flatMap((part, index) => {
      const before = lines;
      lines += part.text.split("\n").length - 1;
      return part.resources.map((resource) => ({ ...resource, part: index, line: before + resource.line }));
    });
  }

  /** True when nothing but comments and blank documents is left. */
  get isEmpty(): boolean {
    return this.#parts.every((part) => part.readable && part.value === null);
  }

  /** The text of a resource that fills a document of its own, comments included; null for one in a list. */
  documentOf(resource: WrittenResource): string | null {
    return resource.path.length === 0 ? withoutMarker(this.#parts[resource.part]!.text) : null;
  }

  isJson(resource: WrittenResource): boolean {
    return isJson(this.#parts[resource.part]!.text);
  }

  /** With another value in the place of `resource`. */
  with(resource: WrittenResource, value: ValueMap): ResourceText {
    const part = this.#parts[resource.part]!;
    const written = valueAt(part.value, resource.path) as ValueMap;
    const inherited = ["kind", "apiVersion"].filter((field) => !Object.hasOwn(written, field)); // from its list
    const fields = Object.fromEntries(Object.entries(value).filter(([field]) => !inherited.includes(field)));
    return this.#withPart(resource.part, [changedPart(part, replaced(part.value, resource.path, fields))]);
  }

  /** Without `resource`; a list that it leaves empty, or a document, goes with it. */
  without(resource: WrittenResource): ResourceText {
    const part = this.#parts[resource.part]!;
    const list = valueAt(part.value, resource.path.slice(0, -1));
    if (resource.path.length === 0 || !Array.isArray(list) || list.length === 1) return this.#withPart(resource.part, []);
    const index = resource.path.at(-1) as number;
    const rest = list.filter((_, at) => at !== index);
    const whole = resource.path.length === 1 ? rest : replaced(part.value, resource.path.slice(0, -1), rest);
    return this.#withPart(resource.part, [changedPart(part, whole)]);
  }

  #withPart(index: number, parts: readonly Part[]): ResourceText {
    return new ResourceText([...this.#parts.slice(0, index), ...parts, ...this.#parts.slice(index + 1)]);
  }
}

/** At every line that begins with a marker of document start or end: nothing else in YAML may begin like that. */
function splitParts(text: string): string[] {
  return text.split(/(?<![^\n])(?=(?:---|\.\.\.)(?:[ \t\r\n]|$))/);
}

function withoutMarker(text: string): string {
  return text.replace(/^---[ \t]*(?:\r?\n|$)/, "").replace(/^---[ \t]+/, "");
}

function parsePart(text: string): Part {
  const source = new SourceFile("", text);
  let readable = true;
  const documents: YamlDocument[] = [];
  for (const document of readDocuments(source, () => {
    readable = false;
  }))
    if (document) documents.push(document);
  const document = documents[0] ?? null;
  if (!readable || document === null || documents.length > 1 || document.root === null) {
    return { text, document: null, value: null, readable: readable && documents.length <= 1, resources: [] };
  }
  const value = readValue(document.root, document);
  return {
    text,
    document,
    value,
    readable,
    resources: findResources(source, document, value).map((found) => ({ ...found, part: 0 })),
  };
}

function changedPart(part: Part, value: Value): Part {
  const document = part.document!;
  const habits = habitsOf(part.text, isJson(part.text));
  const text = rewrite(part.text, document, value, habits);
  const changed = text === null ? null : parsePart(text);
  if (changed?.document && sameValue(changed.value, value)) return changed;
  const marker = /^---(?=[ \t\r\n])/.test(part.text) ? "---\n" : "";
  return parsePart(`${marker}${habits.json ? renderFlow(value, 0, habits) : renderBlock(value, 0, habits)}\n`);
}

function isJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function replaced(value: Value, path: readonly (string | number)[], by: Value): Value {
  if (path.length === 0) return by;
  const [step, ...rest] = path;
  if (Array.isArray(value)) return value.map((item: Value, index) => (index === step ? replaced(item, rest, by) : item));
  if (!isValueMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, key === step ? replaced(field, rest, by) : field]));
}

/** A resource as a document of its own. @param json as JSON rather than YAML */
export function newDocument(value: ValueMap, json: boolean): string {
  return `${json ? renderFlow(value, 0, { ...OUR_HABITS, json }) : renderBlock(value, 0, OUR_HABITS)}\n`;
}
