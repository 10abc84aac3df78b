import type { Cause } from "../plan/node-plan.js";
import { type Complaint, type FaultPlace, faultAt, type ResourceFault, wholeFile } from "./resource-fault.js";
import type { SourceFile } from "./source-file.js";
import type { YamlDocument } from "./yaml-document.js";

/** A stretch of a file's text: [start, end) as indexes. */
export type Span = readonly [start: number, end: number];

const MOST_FAULTS_A_FILE = 200;

/** What was found wrong in one file, or in a part of it; beyond a number that nobody reads, only counted. */
export class FaultList {
  readonly #faults: ResourceFault[] = [];
  readonly #saidOnce = new Set<string>(); // messages that need no second time
  #count = 0;
  #errors = 0;

  get errors(): number {
    return this.#errors;
  }

  add(fault: ResourceFault, oncePerFile = false): void {
    if (oncePerFile) {
      if (this.#saidOnce.has(fault.message)) return;
      this.#saidOnce.add(fault.message);
    }
    this.#count++;
    if (fault.severity === "error") this.#errors++;
    if (this.#faults.length < MOST_FAULTS_A_FILE) this.#faults.push(fault);
    else if (fault.severity === "error" && this.#errors === 1) this.#faults[0] = fault; // an error is never lost behind warnings
  }

  /** Adds what was found in a part of the file. */
  addAll(part: FaultList): void {
    for (const fault of part.#faults) this.add(fault, part.#saidOnce.has(fault.message));
    this.#count += part.#count - part.#faults.length;
    this.#errors += part.#errors - part.#faults.filter(({ severity }) => severity === "error").length;
  }

  /** The same faults `lines` further down. */
  moved(lines: number): FaultList {
    const list = new FaultList();
    for (const fault of this.#faults) list.add({ ...fault, line: fault.line + lines }, this.#saidOnce.has(fault.message));
    list.#count = this.#count;
    list.#errors = this.#errors;
    return list;
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
    this.#faults.add(faultAt(severity, this.placeOf(span, field, redacted), complaint), complaint.oncePerFile);
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
