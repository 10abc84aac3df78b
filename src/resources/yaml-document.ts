import { type Alias, Composer, type Document, isAlias, isMap, isPair, isSeq, type Node, type YAMLError } from "yaml";
import type { Complaint } from "./resource-fault.js";
import type { SourceFile } from "./source-file.js";
import { YamlTokens } from "./yaml-tokens.js";

/** More nodes than this after following every alias is an attack ("billion laughs"), not a configuration. */
const MOST_EXPANDED_NODES = 1_000_000;

/** One document of a YAML or JSON file: nodes with positions; scalars are as written (see `yaml-scalar.ts`). */
export class YamlDocument {
  readonly root: Node | null; // null: empty
  readonly #aliases: ReadonlyMap<Alias, Node>;

  constructor(root: Node | null, aliases: ReadonlyMap<Alias, Node>) {
    this.root = root;
    this.#aliases = aliases;
  }

  /** What an alias stands for; any other node is itself. */
  follow(node: Node): Node {
    return isAlias(node) ? this.#aliases.get(node)! : node;
  }
}

export type ReportSyntax = (start: number, end: number, complaint: Complaint) => void;

/**
 * The documents of a file that have no fault of syntax; one fault is reported for each of the others. Never throws.
 * Yields null now and then: a place to pause at.
 */
export function* readDocuments(source: SourceFile, report: ReportSyntax): Generator<YamlDocument | null, void> {
  const mayHaveAliases = /[&*]/.test(source.text);
  const documents = composeDocuments(source.text, report);
  for (;;) {
    let next: IteratorResult<Document.Parsed | null, void>;
    try {
      next = documents.next();
    } catch {
      report(0, 1, { message: "the file cannot be read as YAML" }); // the library's stack has run out, or it has a bug
      return;
    }
    if (next.done) return;
    yield next.value && checkedDocument(next.value, mayHaveAliases, report);
  }
}

function* composeDocuments(text: string, report: ReportSyntax): Generator<Document.Parsed | null, void> {
  // Duplicate keys are found by FieldReader: the library compares each key with each.
  const composer = new Composer({ schema: "failsafe", uniqueKeys: false, prettyErrors: false, logLevel: "silent" });
  const tokens = new YamlTokens(text);
  for (const token of tokens.read()) {
    if (token) yield* composer.next(token);
    else yield null;
  }
  if (tokens.fault) report(tokens.fault.at, tokens.fault.at + 1, tokens.fault.complaint);
  else yield* composer.end(false, text.length);
}

function checkedDocument(document: Document.Parsed, mayHaveAliases: boolean, report: ReportSyntax): YamlDocument | null {
  const fault = document.errors[0] ?? document.warnings[0];
  if (fault) {
    report(fault.pos[0], fault.pos[1], explain(fault));
    return null;
  }
  const root = document.contents as Node | null;
  if (!root || !mayHaveAliases) return new YamlDocument(root, new Map());
  const aliases = new AliasBinder();
  aliases.bind(root);
  if (!aliases.fault) return new YamlDocument(root, aliases.targets);
  report(...aliases.fault);
  return null;
}

/** In our words: the library's quote the text, which may be a secret. */
function explain(fault: YAMLError): Complaint {
  switch (fault.code) {
    case "TAB_AS_INDENT":
      return { message: "a tab is used for indentation", remedy: "indent with spaces" };
    case "BAD_INDENT":
      return {
        message: "the indentation does not fit the lines before",
        remedy: "align the fields of one object; check brackets",
      };
    case "BLOCK_AS_IMPLICIT_KEY":
    case "MULTILINE_IMPLICIT_KEY":
      return {
        message: "a second “field: value” stands in this line or the one before is unfinished",
        remedy: 'quote a value that holds ": "',
      };
    case "MISSING_CHAR":
      return { message: "a quote, bracket, comma or colon is missing here or before" };
    case "BAD_SCALAR_START":
      return { message: "an unquoted value cannot start with this character", remedy: "put the value in quotes" };
    case "TAG_RESOLVE_FAILED":
      return { message: 'a value that starts with "!" is a YAML tag', remedy: 'put the value in quotes, e.g. "!has(x)"' };
    case "BAD_DQ_ESCAPE":
      return { message: "this escape sequence does not exist", remedy: "use single quotes for text with backslashes" };
    case "RESOURCE_EXHAUSTION":
      return { message: "the document is nested too deeply" };
    default:
      return { message: `this is no valid YAML here (${fault.code.toLowerCase().replaceAll("_", " ")})` };
  }
}

/** Finds the node of every alias, and how large the document is with all of them followed. */
class AliasBinder {
  readonly targets = new Map<Alias, Node>();
  fault: [start: number, end: number, complaint: Complaint] | null = null;
  readonly #anchors = new Map<string, Node>();
  readonly #sizes = new Map<Node, number>(); // of anchored nodes wholly seen

  /** @returns the number of nodes in `node`, aliases followed */
  bind(node: Node): number {
    if (isAlias(node)) return this.#follow(node);
    if (node.anchor) this.#anchors.set(node.anchor, node);
    let size = 1;
    for (const child of childrenOf(node)) {
      if (this.fault) return 0;
      size += this.bind(child);
    }
    if (size > MOST_EXPANDED_NODES) this.#fail(node, { message: "the aliases of this document stand for too much" });
    if (node.anchor) this.#sizes.set(node, size);
    return size;
  }

  #follow(alias: Alias): number {
    const target = this.#anchors.get(alias.source);
    const size = target && this.#sizes.get(target);
    if (size !== undefined) {
      this.targets.set(alias, target!);
      return size;
    }
    const message = target ? "an alias stands inside what it stands for" : "there is no anchor of this name before this alias";
    this.#fail(alias, { message, remedy: 'put a value that starts with "*" in quotes' });
    return 0;
  }

  #fail(node: Node, complaint: Complaint): void {
    this.fault ??= [node.range?.[0] ?? 0, node.range?.[1] ?? 1, complaint];
  }
}

function childrenOf(node: Node): Node[] {
  if (isSeq(node)) return node.items.filter((item) => item !== null) as Node[];
  if (!isMap(node)) return [];
  return node.items.flatMap((pair) => (isPair(pair) ? [pair.key, pair.value] : [])).filter((child) => child !== null) as Node[];
}
