import type { FaultPlace } from "./resource-fault.js";
import type { ReadResource } from "./resource-reader.js";
import type { FaultList } from "./resource-scope.js";

/** What a part of a file says (see `splitDocuments`). */
export interface ParsedPart {
  readonly firstLine: number; // lines of the file before it
  readonly lines: number; // line ends in it
  readonly resources: readonly ReadResource[];
  readonly faults: FaultList;
}

/** The same part after `firstLine` lines; null: it has to be parsed again, since the words of its errors may name lines. */
export function moveTo(part: ParsedPart, firstLine: number): ParsedPart | null {
  const lines = firstLine - part.firstLine;
  if (lines === 0) return part;
  if (part.faults.errors > 0) return null;
  return {
    firstLine,
    lines: part.lines,
    resources: part.resources.map((read) => movedResource(read, lines)),
    faults: part.faults.moved(lines),
  };
}

function movedResource(read: ReadResource, lines: number): ReadResource {
  const places = new Map<string, FaultPlace>();
  for (const [field, place] of read.places) places.set(field, { ...place, line: place.line + lines });
  return { ...read, places, resource: moved(read.resource, lines) as ReadResource["resource"] };
}

/** Moves every Cause in plain data; what holds none stays the same object. */
function moved(value: unknown, lines: number): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => moved(item, lines));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (!isPlain(value)) return value;
  if (typeof value["line"] === "number" && typeof value["file"] === "string") return { ...value, line: value["line"] + lines };
  const changes = Object.entries(value).flatMap(([field, inner]) => {
    const now = moved(inner, lines);
    return now === inner ? [] : [[field, now] as const];
  });
  return changes.length === 0 ? value : { ...value, ...Object.fromEntries(changes) };
}

function isPlain(value: unknown): value is { readonly [field: string]: unknown } {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
