/** Something wrong in a resource file. An error makes the whole set unusable, a warning does not. Plain data, fit for JSON. */
export interface ResourceFault extends FaultPlace {
  readonly severity: "error" | "warning";
  readonly message: string; // what is wrong, with what was found
  readonly allowed: string | null; // what may stand there
  readonly remedy: string | null; // what to do, e.g. `did you mean "asNumber"?`
}

/** What a fault points at. */
export interface FaultPlace {
  readonly file: string;
  readonly line: number; // 1-based; 0 when the file as a whole is meant
  readonly column: number; // 1-based, in UTF-16 units; 0 with line 0
  readonly kind: string | null; // of the resource, when known
  readonly name: string | null;
  readonly field: string | null; // e.g. "spec.exportV4[1].cidr"
  readonly excerpt: Excerpt | null; // null where the line could show a secret
}

/** The offending line, and the part of it that is meant. */
export interface Excerpt {
  readonly text: string; // shortened around the place when long
  readonly column: number; // 1-based, in `text`
  readonly length: number; // at least 1
}

/** The words of a fault; whoever knows the place completes it. */
export interface Complaint {
  readonly message: string;
  readonly allowed?: string;
  readonly remedy?: string;
  readonly oncePerFile?: boolean; // a fault of another resource that says the same is left out
  readonly at?: number; // 0-based index into the value's text, where only a part of it is meant
}

/** Errors first, then by file, line and column. */
export function compareFaults(a: ResourceFault, b: ResourceFault): number {
  if (a.severity !== b.severity) return a.severity === "error" ? -1 : 1;
  return compareText(a.file, b.file) || a.line - b.line || a.column - b.column;
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

export function faultAt(
  severity: "error" | "warning",
  place: FaultPlace,
  { message, allowed, remedy }: Complaint,
): ResourceFault {
  return { severity, ...place, message, allowed: allowed ?? null, remedy: remedy ?? null };
}

/** A file as a whole: unreadable, too large. */
export function wholeFile(file: string): FaultPlace {
  return { file, line: 0, column: 0, kind: null, name: null, field: null, excerpt: null };
}
