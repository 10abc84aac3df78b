import type { Cause } from "../plan/node-plan.js";
import { type Complaint, type FaultPlace, faultAt, type ResourceFault, wholeFile } from "./resource-fault.js";
import type { SourceFile } from "./source-file.js";
import type { YamlDocument } from "./yaml-document.js";

/** A stretch of a file's text: [start, end) as indexes. */
export type Span = readonly [start: number, end: number];

const MOST_FAULTS_A_FILE = 200;

/** What was found wrong in one file; beyond a number that nobody reads, only counted. */
export class FaultList {
  readonly #faults: ResourceFault[] = [];
  #count = 0;
  #errors = 0;

  get errors(): number {
    return this.#errors;
  }

  add(fault: ResourceFault): void {
    this.#count++;
    if (fault.severity === "error") this.#errors++;
    if (this.#faults.length < MOST_FAULTS_A_FILE) this.#faults.push(fault);
    else if (fault.severity === "error" && this.#errors === 1) this.#faults[0] = fault; // an error is never lost behind warnings
  }

  /** @param file whose faults these are */
  list(file: string): readonly ResourceFault[] {
    const more = this.#count - this.#faults.length;
    if (more === 0) return this.#faults;
    return [...this.#faults, faultAt("warning", wholeFile(file), { message: `has ${more} faults more, which are not listed` })];
  }
}

/** What the readers of one resource share: where it stands, what it is called, where its faults go. */
export class ResourceScope {
  readonly source: SourceFile;
  readonly document: YamlDocument;
  readonly #faults: FaultList;
  /** Where the fields stand that are compared with other resources, by path: what is left when the document is gone. */
  readonly places = new Map<string, FaultPlace>();
  kind: string | null = null;
  name: string | null = null;

  constructor(source: SourceFile, document: YamlDocument, faults: FaultList) {
    this.source = source;
    this.document = document;
    this.#faults = faults;
  }

  /** Errors so far in this file: the same before and after means that what was read between is sound. */
  get errors(): number {
    return this.#faults.errors;
  }

  /** @param redacted the line may hold a secret and must not be quoted */
  report(severity: "error" | "warning", span: Span, field: string | null, complaint: Complaint, redacted = false): void {
    this.#faults.add(faultAt(severity, this.placeOf(span, field, redacted), complaint));
  }

  placeOf(span: Span, field: string | null, redacted: boolean): FaultPlace {
    const { line, column } = this.source.positionOf(span[0]);
    const excerpt = redacted ? null : this.source.excerpt(span[0], span[1]);
    return { file: this.source.file, line, column, kind: this.kind, name: this.name, field, excerpt };
  }

  causeAt(at: number): Cause {
    const { line } = this.source.positionOf(at);
    return { kind: this.kind ?? "", name: this.name ?? "", file: this.source.file, line };
  }
}
