import { isMap, isSeq, type Node } from "yaml";
import { FieldReader } from "./field-reader.js";
import { type AnyKindReader, chooseKind } from "./kinds/kinds.js";
import type { Metadata } from "./metadata.js";
import { readMetadata } from "./metadata.js";
import type { FaultPlace } from "./resource-fault.js";
import { type FaultList, ResourceScope, type Span } from "./resource-scope.js";
import type { Resource, SpecOf } from "./resource-set.js";
import type { SourceFile } from "./source-file.js";
import { text } from "./values/scalars.js";
import type { YamlDocument } from "./yaml-document.js";

export type AnyResource = { [K in keyof SpecOf]: Resource<SpecOf[K]> & { readonly kind: K } }[keyof SpecOf];

/** A resource with what only the gathering of all files needs to know. */
export interface ReadResource {
  readonly kind: keyof SpecOf;
  readonly name: string;
  readonly namespace: string | null;
  readonly fromKubernetes: boolean; // such as a Node of apiVersion v1
  readonly resource: AnyResource | null; // null: faulty, or one that counts for nothing
  readonly places: ReadonlyMap<string, FaultPlace>; // of fields that other resources have a say in
}

interface TypeMeta {
  readonly kind: string;
  readonly apiVersion: string;
}

/** Reads the resources of one file, or of a part of it: single ones, `…List`s, top-level sequences. */
export class ResourceReader {
  readonly resources: ReadResource[] = [];
  readonly #source: SourceFile;
  readonly #faults: FaultList;

  constructor(source: SourceFile, faults: FaultList) {
    this.#source = source;
    this.#faults = faults;
  }

  readDocument(document: YamlDocument): void {
    if (!document.root) return;
    const root = document.follow(document.root);
    if (isSeq(root)) for (const item of root.items) this.#readOne(document, item as Node);
    else this.#readOne(document, root);
  }

  /** @param list the list it stands in, whose type an item may leave out */
  #readOne(document: YamlDocument, node: Node, list?: TypeMeta): void {
    const scope = new ResourceScope(this.#source, document, this.#faults);
    const map = document.follow(node);
    const span: Span = [node.range?.[0] ?? 0, node.range?.[1] ?? 1];
    if (!isMap(map)) {
      this.#reportNoResource(scope, document, map, span);
      return;
    }
    const secretive = /^Secret/.test(String(map.get("kind") ?? list?.kind ?? ""));
    const reader = new FieldReader(scope, map, "", secretive);
    const type = readTypeMeta(reader, scope, list);
    if (!type) return;
    if (!type.kind.endsWith("List") || !reader.fields().includes("items")) this.#readKind(reader, scope, type);
    else if (list) reader.complain("kind", { message: "a list cannot stand in a list" });
    else this.#readItems(document, reader, type);
  }

  #readItems(document: YamlDocument, reader: FieldReader, { kind, apiVersion }: TypeMeta): void {
    const itemType = kind === "List" ? { kind: "", apiVersion: "" } : { kind: kind.slice(0, -"List".length), apiVersion };
    for (const item of reader.nodes("items")) this.#readOne(document, item, itemType);
    reader.ignore("metadata");
    reader.finish();
  }

  #readKind(reader: FieldReader, scope: ResourceScope, { kind, apiVersion }: TypeMeta): void {
    const choice = chooseKind(kind, apiVersion);
    if (choice.type === "mistaken") {
      const [field, allowed] = choice.meant === kind ? ["apiVersion", choice.apiVersions.join(", ")] : ["kind", null];
      const complaint = {
        message: `there is no kind ${kind} of apiVersion ${JSON.stringify(apiVersion)}`,
        remedy: `did you mean kind: ${choice.meant}?`,
      };
      reader.complain(field!, allowed ? { message: complaint.message, allowed } : complaint);
    } else if (choice.type === "read") this.#read(reader, scope, choice.reader);
    else warnOfKind(reader, kind, apiVersion, choice.type === "not-used");
  }

  #read(reader: FieldReader, scope: ResourceScope, kindReader: AnyKindReader): void {
    scope.kind = kindReader.kind;
    const errors = scope.errors;
    const metadata = readMetadata(reader, scope, kindReader);
    if (!metadata) return;
    const { namespace } = metadata;
    const name = metadata.name === "" ? "" : (kindReader.nameOf?.(metadata) ?? metadata.name);
    if (name !== "") scope.name = name;
    const spec = kindReader.read(reader, metadata, scope);
    const fromKubernetes = kindReader.isForeign ?? false;
    if (!fromKubernetes) reader.finish();
    if (name === "") return;
    const sound = spec !== null && scope.errors === errors;
    const resource = sound ? buildResource(kindReader, name, metadata, spec, scope, reader) : null;
    this.resources.push({ kind: kindReader.kind, name, namespace, fromKubernetes, resource, places: scope.places });
  }

  #reportNoResource(scope: ResourceScope, document: YamlDocument, node: Node, span: Span): void {
    if (isEmpty(node, document)) return;
    const redacted = this.#source.mayShowSecrets();
    scope.report(
      "error",
      span,
      null,
      { message: "this is no resource", allowed: "an object with apiVersion, kind, metadata and spec" },
      redacted,
    );
  }
}

function warnOfKind(reader: FieldReader, kind: string, apiVersion: string, known: boolean): void {
  const what = known ? `${kind} is not used by this version` : `${kind} of ${apiVersion || "no apiVersion"} is no kind we know`;
  reader.warn("kind", { message: `${what}; every ${kind} in this file is ignored`, oncePerFile: true });
}

function isEmpty(node: Node, document: YamlDocument): boolean {
  const value = (document.follow(node) as { value?: unknown }).value;
  return value === "" || value === null || value === "~" || value === "null";
}

function readTypeMeta(reader: FieldReader, scope: ResourceScope, list?: TypeMeta): TypeMeta | null {
  const errors = scope.errors;
  const kind = reader.optional("kind", text) || list?.kind;
  const apiVersion = reader.optional("apiVersion", text) || list?.apiVersion;
  if (scope.errors !== errors) return null;
  if (!kind)
    reader.complain("kind", { message: "is required", remedy: "is this a resource? It needs apiVersion, kind and metadata" });
  else if (!apiVersion && kind !== "List") {
    scope.kind = kind;
    reader.complain("apiVersion", {
      message: "is required",
      allowed: "projectcalico.org/v3; v1 for Node, Secret and Service of Kubernetes, discovery.k8s.io/v1 for EndpointSlice",
    });
  }
  return kind && (apiVersion || kind === "List") ? { kind, apiVersion: apiVersion ?? "v1" } : null;
}

function buildResource(
  kindReader: AnyKindReader,
  name: string,
  metadata: Metadata,
  spec: unknown,
  scope: ResourceScope,
  reader: FieldReader,
): AnyResource {
  const labels = kindReader.labels?.(metadata) ?? metadata.labels;
  const cause = scope.causeAt(reader.span[0]);
  // The table of kinds ties each reader to its spec; TypeScript cannot follow that through a union.
  return { kind: kindReader.kind, name, labels, spec, cause } as AnyResource;
}
