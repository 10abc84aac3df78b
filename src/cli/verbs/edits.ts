import { createHash } from "node:crypto";
import { err, ok } from "../../../protocol/result.js";
import type { ResourceId, ResourceTexts, StoredResource } from "../../resources/edit/resource-texts.js";
import type { Edit } from "../../resources/edit/run-edits.js";
import { isValueMap, sameValue, type Value, type ValueMap } from "../../resources/edit/value.js";
import { nameOf } from "./error-text.js";
import type { InputResource } from "./input.js";

/** Changes when a resource does: what stands for Calico's resourceVersion. */
export function resourceVersion(value: ValueMap): string {
  const digest = createHash("sha256")
    .update(JSON.stringify(ordered(canonical(value))))
    .digest();
  return String(digest.readUIntBE(0, 6));
}

export function createEdit(input: InputResource, skipExisting: boolean): Edit {
  return (texts) => {
    if (input.resourceVersion !== null)
      return err(
        `error with field metadata.resourceVersion = '${input.resourceVersion}' (must not be set for a resource to be created)`,
      );
    const stored = texts.find(input.id);
    if (stored && skipExisting) return ok(undefined);
    if (stored) return err(`resource already exists: ${nameOf(input.id)} with error: it stands in ${placeOf(stored)}`);
    texts.add(input.id, input);
    return ok(undefined);
  };
}

export function applyEdit(input: InputResource): Edit {
  return (texts) => {
    const stored = texts.find(input.id);
    if (stored) return replaceStored(texts, stored, input);
    texts.add(input.id, input);
    return ok(undefined);
  };
}

export function replaceEdit(input: InputResource): Edit {
  return (texts) => {
    const stored = texts.find(input.id);
    return stored ? replaceStored(texts, stored, input) : err(missing(input.id));
  };
}

/** A Node takes along what concerns it alone, as Calico's client does. @param along gets the names of that */
export function deleteEdit(id: ResourceId, skipMissing: boolean, along: string[] = []): Edit {
  return (texts) => {
    along.length = 0;
    const stored = findNamed(texts, id);
    if (!stored) return skipMissing ? ok(undefined) : err(missing(id));
    texts.remove(stored);
    if (id.kind !== "Node") return ok(undefined);
    const kubernetes = texts.find({ ...id, fromKubernetes: true });
    if (kubernetes) texts.remove(kubernetes);
    for (const { kind, name } of dependentsOf(texts, id.name)) {
      const dependent = { kind, name, namespace: null, fromKubernetes: false };
      texts.remove(texts.find(dependent)!);
      along.push(nameOf(dependent));
    }
    return ok(undefined);
  };
}

/** The resource that a name on the command line means: of two Nodes of a name, Calico's. */
export function findNamed(texts: ResourceTexts, id: ResourceId): StoredResource | null {
  return texts.find(id) ?? (id.kind === "Node" ? texts.find({ ...id, fromKubernetes: true }) : null);
}

export function missing(id: ResourceId): string {
  return `resource does not exist: ${nameOf(id)} with error: there is no ${id.kind} of this name`;
}

function replaceStored(texts: ResourceTexts, stored: StoredResource, input: InputResource) {
  if (input.resourceVersion !== null && input.resourceVersion !== resourceVersion(stored.value))
    return err(`update conflict: ${nameOf(input.id)}: it has changed since resourceVersion ${input.resourceVersion} was read`);
  if (!sameValue(canonical(stored.value), canonical(input.value))) texts.replace(stored, input.value);
  return ok(undefined);
}

/** Labels and annotations are text, however they are written: `yes` is "true". */
function canonical(value: ValueMap): ValueMap {
  const metadata = value["metadata"];
  if (!isValueMap(metadata)) return value;
  const fields = Object.entries(metadata).map(([field, entry]) => [
    field,
    isTextual(field) && isValueMap(entry) ? texts(entry) : entry,
  ]);
  return { ...value, metadata: Object.fromEntries(fields) as ValueMap };
}

function isTextual(field: string): boolean {
  return field === "labels" || field === "annotations";
}

function texts(map: ValueMap): ValueMap {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, value === null ? "" : String(value)]));
}

/** The same with the fields of every object in bytewise order. */
export function ordered(value: Value): Value {
  if (Array.isArray(value)) return value.map(ordered);
  if (!isValueMap(value)) return value;
  const fields = Object.keys(value).sort();
  return Object.fromEntries(fields.map((field) => [field, ordered(value[field] as Value)]));
}

function dependentsOf(texts: ResourceTexts, node: string): StoredResource[] {
  const peers = texts.list("BGPPeer").filter(({ value }) => isValueMap(value["spec"]) && value["spec"]["node"] === node);
  return [...peers, ...texts.list("BGPConfiguration").filter(({ name }) => name === `node.${node}`)];
}

function placeOf({ file, line }: StoredResource): string {
  return `${file}:${line}`;
}
