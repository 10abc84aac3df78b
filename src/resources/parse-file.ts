import { type Complaint, faultAt, type ResourceFault, wholeFile } from "./resource-fault.js";
import { type ReadResource, ResourceReader } from "./resource-reader.js";
import { FaultList } from "./resource-scope.js";
import { SourceFile } from "./source-file.js";
import { readDocuments } from "./yaml-document.js";

export interface ParsedFile {
  readonly resources: readonly ReadResource[];
  readonly faults: readonly ResourceFault[];
}

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

/** As `parseFile`; pauses now and then, so that a caller with a clock can do something else. */
export function* parseInSteps(file: string, text: string): Generator<void, ParsedFile> {
  const source = new SourceFile(file, text);
  const faults = new FaultList();
  const reader = new ResourceReader(source, faults);
  const report = (start: number, end: number, complaint: Complaint) => {
    const { line, column } = source.positionOf(start);
    const excerpt = source.mayShowSecrets(start) ? null : source.excerpt(start, end);
    faults.add(faultAt("error", { ...wholeFile(file), line, column, excerpt }, complaint));
  };
  for (const document of readDocuments(source, report)) {
    if (document) reader.readDocument(document);
    yield;
  }
  return { resources: reader.resources, faults: faults.list(file) };
}
