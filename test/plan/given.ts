import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Document, parse, parseDocument } from "yaml";
import { type Loaded, loadTexts } from "../../src/resources/load.js";

/** What a case of `test/resources/cases/derivation*.yaml` starts from; the shorthand is explained there. */
export interface Given {
  readonly nodes?: "F3";
  readonly given?: string;
  readonly secrets?: { readonly [name: string]: { readonly [key: string]: string } };
}

const F3 = ["node-a", "node-b", "node-c"].map((name, index) => `Node ${name}: {bgp: {ipv4Address: 10.0.0.1${index + 1}/24}}`);

/** Reads one of the case files. */
export async function readCases<T>(file: string): Promise<T> {
  const path = fileURLToPath(new URL(`../resources/cases/${file}`, import.meta.url));
  return parse(await readFile(path, "utf8")) as T;
}

/** Loads the resources of a case. */
export function loadGiven(given: Given): Loaded {
  return loadDocuments(documentsOf(given));
}

/** Loads documents, each as a file of its own. */
export function loadDocuments(documents: readonly string[]): Loaded {
  return loadTexts(Object.fromEntries(documents.map((text, index) => [`${1000 + index}.yaml`, text])));
}

/** The resources of a case as YAML documents; of two lines for the same resource the later one counts. */
export function documentsOf({ nodes, given = "", secrets = {} }: Given): readonly string[] {
  const lines = [...(nodes === "F3" ? F3 : []), ...given.split("\n").filter((line) => line.trim() !== "")];
  const documents = new Map(lines.map((line) => [line.slice(0, line.indexOf(": ")), resourceText(line)]));
  return [...documents.values(), ...Object.entries(secrets).map(([name, values]) => secretText(name, values))];
}

const KUBERNETES: { readonly [kind: string]: string } = { Service: "v1", EndpointSlice: "discovery.k8s.io/v1" };

/** Scalars keep the way they were written: whether `yes` has quotes is for the loader to judge. */
function resourceText(line: string): string {
  const [, kind, , namespace, name, body] = /^(\w+) ((\S+)\/)?(\S+): (.*)$/.exec(line)!;
  const spec = parseDocument(body!);
  const metadata = namespace === undefined ? { name } : { name, namespace };
  const document = new Document({ apiVersion: KUBERNETES[kind!] ?? "projectcalico.org/v3", kind, metadata });
  for (const [field, path] of [
    ["labels", ["metadata", "labels"]],
    ["status", ["status"]],
    ["addressType", ["addressType"]],
    ["endpoints", ["endpoints"]],
  ] as const) {
    if (!spec.has(field)) continue;
    document.setIn(path, spec.get(field, true));
    spec.delete(field);
  }
  document.set("spec", spec.contents);
  return document.toString();
}

function secretText(name: string, values: { readonly [key: string]: string }): string {
  const metadata = { name, namespace: "kube-system" };
  return new Document({ apiVersion: "v1", kind: "Secret", metadata, stringData: values }).toString();
}
