import { isMap, isScalar, isSeq, type Node, Scalar, type YAMLMap } from "yaml";
import type { Result } from "../../protocol/result.js";
import { nearMiss } from "./near-miss.js";
import type { Complaint } from "./resource-fault.js";
import type { ResourceScope, Span } from "./resource-scope.js";
import { unquoteTypographic } from "./typographic-quotes.js";
import { readScalar, type YamlScalar } from "./yaml-scalar.js";

/**
 * Makes a typed value of a scalar. Null is a value that means "unset", such as an empty text.
 * @param warn for what is accepted but deserves a word
 */
export type ParseValue<T> = (scalar: YamlScalar, warn: (complaint: Complaint) => void) => Result<T | null, Complaint>;

const LONGEST_VALUE = 4096; // far above what any field allows: bounds the work of every parser
const LONGEST_SECRET = 2 ** 20;

interface Field {
  readonly key: Span;
  readonly value: Node | null; // null: the value is YAML's null
}

/**
 * Reads the fields of one object of a resource, and reports what is wrong with the place and the field's path.
 * Whatever was not asked for by the time of `finish()` is an unknown field: the questions are the schema.
 */
export class FieldReader {
  readonly span: Span; // what to point at when the object itself is meant
  readonly #scope: ResourceScope;
  readonly #path: string; // "" at the top of a resource
  readonly #redacted: boolean;
  readonly #fields = new Map<string, Field>();
  readonly #known = new Set<string>();

  constructor(scope: ResourceScope, map: YAMLMap, path = "", redacted = false, span?: Span) {
    this.#scope = scope;
    this.#path = path;
    this.#redacted = redacted;
    for (const pair of map.items) this.#add(pair.key as Node, pair.value as Node | null);
    this.span = span ?? [...this.#fields.values()][0]?.key ?? spanOf(map);
  }

  get size(): number {
    return this.#fields.size;
  }

  /** True when the field is there and neither null nor an empty text. */
  has(field: string): boolean {
    const value = this.#value(field);
    const node = value && this.#scope.document.follow(value);
    return node !== null && !(isScalar(node) && node.value === "");
  }

  /** The field's value; null when it is unset or wrong. */
  optional<T>(field: string, parse: ParseValue<T>): T | null {
    const value = this.#value(field);
    return value ? this.#parse(value, this.#pathOf(field), parse) : null;
  }

  /** As `optional`; that it is unset is an error. */
  required<T>(field: string, parse: ParseValue<T>): T | null {
    const before = this.#scope.errors;
    const value = this.optional(field, parse);
    if (value === null && this.#scope.errors === before) this.complain(field, { message: "is required" });
    return value;
  }

  /** The sound entries of a list of scalars; one that is unset is an error. */
  list<T>(field: string, parse: ParseValue<T>): T[] {
    return this.nodes(field).flatMap((entry, index) => {
      const path = `${this.#pathOf(field)}[${index}]`;
      const before = this.#scope.errors;
      const value = this.#parse(entry, path, parse);
      if (value !== null) return [value];
      if (this.#scope.errors === before)
        this.#scope.report("error", spanOf(entry), path, { message: "must not be empty" }, this.#redacted);
      return [];
    });
  }

  object(field: string, redacted = this.#redacted): FieldReader | null {
    const value = this.#value(field);
    return value ? this.#reader(value, this.#pathOf(field), redacted, this.#fields.get(field)!.key) : null;
  }

  objects(field: string): FieldReader[] {
    return this.nodes(field).flatMap((entry, index) => {
      return this.#reader(entry, `${this.#pathOf(field)}[${index}]`, this.#redacted) ?? [];
    });
  }

  /** The entries of a list as they are. */
  nodes(field: string): Node[] {
    const value = this.#value(field);
    if (!value) return [];
    const list = this.#scope.document.follow(value);
    if (isSeq(list)) return list.items as Node[];
    this.#wrongShape(value, this.#pathOf(field), "a list");
    return [];
  }

  /** Complains when a list has too few or too many entries. That it is none, who reads it has said. */
  checkCount(field: string, least: number, most: number): void {
    const value = this.#value(field);
    const list = value && this.#scope.document.follow(value);
    if (list && !isSeq(list)) return;
    const count = list?.items.length ?? 0;
    const allowed = least === most ? `exactly ${least}` : least === 0 ? `at most ${most}` : `${least} to ${most}`;
    if (!list && least > 0) this.complain(field, { message: "is required", allowed: `a list of ${allowed}` });
    else if (count < least || count > most) this.complain(field, { message: `has ${count} entries`, allowed });
  }

  /** @param values entries of a list in which each may stand once */
  refuseDuplicates(field: string, values: readonly string[]): void {
    const twice = values.find((value, index) => values.indexOf(value) !== index);
    if (twice) this.complain(field, { message: `"${twice}" is listed twice`, remedy: "keep one of them" });
  }

  /** A map from any key to a value, such as labels; its sound entries. */
  map<T>(field: string, parse: ParseValue<T>, redacted = this.#redacted): Map<string, T> {
    const reader = this.object(field, redacted);
    const entries = [...(reader?.fields() ?? [])].map((key) => [key, reader!.optional(key, parse)] as const);
    return new Map(entries.filter((entry): entry is readonly [string, T] => entry[1] !== null));
  }

  /** Names of all fields, in the order of the file. */
  fields(): string[] {
    return [...this.#fields.keys()];
  }

  /** Fields that exist but mean nothing here. */
  ignore(...fields: string[]): void {
    for (const field of fields) this.#known.add(field);
  }

  /** A field that exists but that this version cannot honour: accepting it would be a lie. */
  refuse(field: string, complaint: Complaint = { message: "is not supported yet", remedy: "remove it" }): void {
    if (this.has(field)) this.complain(field, complaint);
  }

  complain(field: string | null, complaint: Complaint): void {
    this.#report("error", field, complaint);
  }

  warn(field: string | null, complaint: Complaint): void {
    this.#report("warning", field, complaint);
  }

  /** Remembers where fields stand, for checks that need other resources. */
  mark(...fields: string[]): void {
    for (const field of fields) {
      const path = this.#pathOf(field);
      this.#scope.places.set(path, this.#scope.placeOf(this.#spanOfField(field), path, this.#redacted));
    }
  }

  /** Reports every field that was not asked for. */
  finish(): void {
    for (const [field, { key }] of this.#fields) {
      if (this.#known.has(field)) continue;
      const meant = nearMiss(
        field,
        [...this.#known].filter((known) => !this.#fields.has(known)),
      );
      const remedy = meant ? `did you mean "${meant}"?` : `known here: ${[...this.#known].sort().join(", ")}`;
      const message = field === "<<" ? "merge keys are not supported" : "unknown field";
      this.#scope.report("error", key, this.#pathOf(field), { message, remedy }, this.#redacted);
    }
  }

  #add(key: Node, value: Node | null): void {
    const node = this.#scope.document.follow(key);
    if (!isScalar(node)) {
      this.#scope.report(
        "error",
        spanOf(key),
        this.#path || null,
        { message: "the name of a field must be text" },
        this.#redacted,
      );
      return;
    }
    const written = String(node.value);
    const name = isPlain(node) ? (unquoteTypographic(written) ?? written) : written;
    if (name !== written) this.#scope.report("warning", spanOf(key), this.#pathOf(name), TYPOGRAPHIC, this.#redacted);
    const first = this.#fields.get(name);
    if (!first) this.#fields.set(name, { key: spanOf(key), value: this.#notNull(value) });
    else this.#reportDuplicate(name, spanOf(key), first.key);
  }

  #reportDuplicate(name: string, second: Span, first: Span): void {
    const { line } = this.#scope.source.positionOf(first[0]);
    const complaint = { message: `is written twice; the first time in line ${line}`, remedy: "keep one of them" };
    this.#scope.report("error", second, this.#pathOf(name), complaint, this.#redacted);
  }

  #notNull(value: Node | null): Node | null {
    if (!value) return null;
    const node = this.#scope.document.follow(value);
    return isScalar(node) && isPlain(node) && readScalar(String(node.value), false).type === "null" ? null : value;
  }

  #value(field: string): Node | null {
    this.#known.add(field);
    return this.#fields.get(field)?.value ?? null;
  }

  #reader(value: Node, path: string, redacted: boolean, span?: Span): FieldReader | null {
    const node = this.#scope.document.follow(value);
    if (isMap(node)) return new FieldReader(this.#scope, node, path, redacted, span);
    this.#wrongShape(value, path, "an object", redacted);
    return null;
  }

  #wrongShape(value: Node, path: string, wanted: string, redacted = this.#redacted): void {
    const complaint = { message: `must be ${wanted}, but is ${this.#shapeOf(value, redacted)}` };
    this.#scope.report("error", spanOf(value), path, complaint, redacted);
  }

  #shapeOf(value: Node, redacted: boolean): string {
    const node = this.#scope.document.follow(value);
    if (isMap(node)) return "an object";
    if (isSeq(node)) return "a list";
    return redacted ? "a single value" : `the value ${shorten(String((node as Scalar).value))}`;
  }

  #parse<T>(value: Node, path: string, parse: ParseValue<T>): T | null {
    const node = this.#scope.document.follow(value);
    if (!isScalar(node)) {
      this.#wrongShape(value, path, "a single value");
      return null;
    }
    const written = String(node.value);
    if (written.length > (this.#redacted ? LONGEST_SECRET : LONGEST_VALUE)) {
      this.#scope.report(
        "error",
        spanOf(value),
        path,
        { message: `has ${written.length} characters, which is too long` },
        this.#redacted,
      );
      return null;
    }
    const unquoted = isPlain(node) ? unquoteTypographic(written) : null;
    if (unquoted !== null) this.#scope.report("warning", spanOf(value), path, TYPOGRAPHIC, this.#redacted);
    const scalar = readScalar(unquoted ?? written, unquoted !== null || !isPlain(node));
    const warn = (complaint: Complaint) =>
      this.#scope.report("warning", this.#spanIn(value, node, complaint), path, complaint, this.#redacted);
    const parsed = parse(scalar, warn);
    if (parsed.ok) return parsed.value;
    this.#scope.report("error", this.#spanIn(value, node, parsed.error), path, parsed.error, this.#redacted);
    return null;
  }

  /** Where in the file the part of a scalar is that a complaint means; the whole of it when it is not found as written. */
  #spanIn(value: Node, node: Scalar, complaint: Complaint): Span {
    const [start, end] = spanOf(value);
    const written = String(node.value);
    const first = isPlain(node) ? start : start + 1;
    if (complaint.at === undefined || !this.#scope.source.text.startsWith(written, first)) return [start, end];
    const at = Math.min(first + complaint.at, end);
    return [at, at + 1];
  }

  #report(severity: "error" | "warning", field: string | null, complaint: Complaint): void {
    const path = field === null ? this.#path || null : this.#pathOf(field);
    this.#scope.report(severity, this.#spanOfField(field), path, complaint, this.#redacted);
  }

  #spanOfField(field: string | null): Span {
    const found = field === null ? undefined : this.#fields.get(field);
    return found?.value ? spanOf(found.value) : (found?.key ?? this.span);
  }

  #pathOf(field: string): string {
    if (this.#path === "") return field;
    return /^[A-Za-z0-9]+$/.test(field) ? `${this.#path}.${field}` : `${this.#path}["${field}"]`;
  }
}

const TYPOGRAPHIC: Complaint = { message: "typographic quotes are read as plain ones", remedy: "write \" or '" };

function isPlain(node: Scalar): boolean {
  return node.type === undefined || node.type === Scalar.PLAIN;
}

function spanOf(node: Node): Span {
  return [node.range?.[0] ?? 0, node.range?.[1] ?? 0];
}

function shorten(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
