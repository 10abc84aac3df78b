import { moveTo, type ParsedPart } from "./parsed-part.js";
import { type Complaint, faultAt, type ResourceFault, wholeFile } from "./resource-fault.js";
import { type ReadResource, ResourceReader } from "./resource-reader.js";
import { FaultList } from "./resource-scope.js";
import { SourceFile } from "./source-file.js";
import { splitDocuments } from "./split-documents.js";
import { readDocuments } from "./yaml-document.js";

export interface ParsedFile {
  readonly resources: readonly ReadResource[];
  readonly faults: readonly ResourceFault[];
  readonly parts: ReadonlyMap<string, ParsedPart>; // by their text; none where the file is of one part
}

const KNOWN_BETWEEN_PAUSES = 64;

/** The text of a file, or why it has none. */
export function decodeText(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Parses a YAML or JSON file at once; never throws. @param file its name in faults */
export function parseFile(file: string, text: string): ParsedFile {
  const steps = parseInSteps(file, text);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/**
 * As `parseFile`; pauses now and then, so that a caller with a clock can do something else.
 * @param before the same file as it was: documents that are in it unchanged are not parsed again
 */
export function* parseInSteps(file: string, text: string, before?: ParsedFile): Generator<void, ParsedFile> {
  const parts = new Map<string, ParsedPart>();
  const resources: ReadResource[] = [];
  const faults = new FaultList();
  const texts = splitDocuments(text);
  let firstLine = 0;
  for (const [index, partText] of texts.entries()) {
    const known = before?.parts.get(partText);
    const part =
      (known && moveTo(known, firstLine)) ?? (yield* parsePart(file, partText === text ? text : ownCopy(partText), firstLine));
    if (texts.length > 1) parts.set(partText, part);
    firstLine += part.lines;
    for (const resource of part.resources) resources.push(resource);
    faults.addAll(part.faults);
    if (index % KNOWN_BETWEEN_PAUSES === 0) yield;
  }
  return { resources, faults: faults.list(file), parts };
}

function* parsePart(file: string, text: string, firstLine: number): Generator<void, ParsedPart> {
  const source = new SourceFile(file, text, firstLine);
  const faults = new FaultList();
  const reader = new ResourceReader(source, faults);
  const report = (start: number, end: number, complaint: Complaint) => {
    const { line, column } = source.positionOf(start);
    const excerpt = source.mayShowSecrets() ? null : source.excerpt(start, end);
    faults.add(faultAt("error", { ...wholeFile(file), line, column, excerpt }, complaint));
  };
  for (const document of readDocuments(source, report)) {
    if (document) reader.readDocument(document);
    yield;
  }
  return { firstLine, lines: source.lines, resources: reader.resources, faults };
}

/** A slice of a string keeps the whole of it in memory, and what is parsed keeps slices for as long as it is known. */
function ownCopy(text: string): string {
  return Buffer.from(text).toString();
}
