import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { loadTexts } from "../../src/resources/load.js";
import { SecretValue } from "../../src/resources/secret-value.js";
import { FIELD_CASES, type FieldCase } from "./cases/calico-fields.js";
import { resource } from "./given.js";

/** The reference of Calico's fields, where the repository stands beside it. */
const REFERENCE = fileURLToPath(new URL("../../../shared/reference/calico-fields.tsv", import.meta.url));

/** Files that are no resources and have readers of their own. */
const ELSEWHERE = new Set(["endpoint-status file"]);

const SURROUNDINGS = resource("BGPFilter", "{}", "f");

/** The resource of a case as JSON, with its field at `value`. */
function documentOf({ kind, base, field }: FieldCase, value?: unknown): string {
  const [, name, apiVersion = "projectcalico.org/v3"] = /^(\w+)(?: \((.*)\))?$/.exec(kind)!;
  const document = structuredClone({ apiVersion, kind: name, metadata: {}, ...base }) as Record<string, unknown>;
  const usual = name === "BGPConfiguration" ? "default" : name === "Node" ? "a" : "tor";
  const metadata = { name: usual, ...(document["metadata"] as object) };
  const complete = { ...document, metadata };
  if (value !== undefined) for (const path of pathsOf(field)) put(complete, path, value);
  return JSON.stringify(complete);
}

/** `spec.{a,b}[].c` is two paths; `[]` is the first entry of a list, and text in brackets a key with dots. */
function pathsOf(field: string): readonly (readonly string[])[] {
  const braces = /^(.*)\{(.*)\}(.*)$/.exec(field);
  if (braces) return braces[2]!.split(",").flatMap((part) => pathsOf(`${braces[1]}${part}${braces[3]}`));
  return [Array.from(field.matchAll(/\["([^"]*)"\]|\[\]|[^.[\]]+/g), ([part, key]) => key ?? part)];
}

function put(target: Record<string, unknown>, [first, ...rest]: readonly string[], value: unknown): void {
  const isList = rest[0] === "[]";
  if (rest.length === 0) target[first!] = value;
  else if (isList && rest.length === 1) target[first!] = [value];
  else if (isList) {
    const [entry = {}] = (target[first!] as Record<string, unknown>[] | undefined) ?? [];
    put(entry, rest.slice(1), value);
    target[first!] = [entry];
  } else {
    target[first!] ??= {};
    put(target[first!] as Record<string, unknown>, rest, value);
  }
}

function loaded(text: string) {
  const { set, faults } = loadTexts({ "surroundings.yaml": SURROUNDINGS, "case.json": text });
  return { meaning: JSON.stringify(set, meaningOf), faults };
}

/** What a set means, as text: not where it stands. */
function meaningOf(key: string, value: unknown): unknown {
  if (key === "cause") return undefined;
  if (value instanceof SecretValue) return value.digest();
  if (value instanceof Map) return [...value];
  const isOwn = typeof value === "object" && value !== null && !Array.isArray(value) && value.constructor !== Object;
  return isOwn ? String(value) : value;
}

describe("a field of Calico's is known, and", () => {
  test.each(FIELD_CASES.map((row) => [`${row.kind} ${row.field}`, row.outcome, row] as const))(
    "%s: %s",
    (_name, outcome, row) => {
      const [without, having] = [loaded(documentOf(row)), loaded(documentOf(row, row.value))];
      const errors = having.faults.filter(({ severity }) => severity === "error").map(({ message }) => message);
      if (outcome === "refused") expect(errors).toEqual([row.reason]);
      else expect(errors).toEqual([]);
      if (outcome === "effect") expect(having.meaning).not.toBe(without.meaning);
      if (outcome === "none") expect(having.meaning).toBe(without.meaning);
      if (outcome !== "effect") expect(row.reason).toMatch(/./);
    },
  );
});

test("the fields tried are those of the reference, none left out", () => {
  const tried = FIELD_CASES.filter(({ outcome }) => outcome !== "refused").map(({ kind, field }) => `${kind} ${field}`);
  expect(new Set(tried).size).toBe(tried.length);
  expect(tried.length).toBeGreaterThan(150);
  if (!existsSync(REFERENCE)) return;
  const rows = readFileSync(REFERENCE, "utf8").trim().split("\n").slice(1);
  const known = rows.map((row) => row.split("\t")).filter(([kind]) => !ELSEWHERE.has(kind!));
  expect(tried.sort()).toEqual(known.map(([kind, field]) => `${kind} ${field}`).sort());
});
