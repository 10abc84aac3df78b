import { stringify } from "yaml";
import { ResourceText, type WrittenResource } from "../resources/edit/resource-text.js";
import { isValueMap, type Value, type ValueMap } from "../resources/edit/value.js";
import { decodeText } from "../resources/parse-file.js";
import type { ResourceFile } from "../resources/resource-file.js";
import { unifiedDiff } from "./unified-diff.js";

/** Files and what they are called. */
export interface NamedFiles {
  readonly name: string; // e.g. "generation 7"
  readonly files: readonly ResourceFile[];
}

/**
 * What differs between two sets, resource by resource, each as YAML with its fields in order: how and where it is written means
 * nothing. Of Secrets is told which values differ, not what they are.
 *
 * @returns lines as `diff -u` prints them; none: nothing differs
 */
export function resourceDiff(before: NamedFiles, after: NamedFiles): readonly string[] {
  const [old, fresh] = [changedResources(before, after), changedResources(after, before)];
  const keys = [...new Set([...old.keys(), ...fresh.keys()])].sort();
  return keys.flatMap((key) => {
    const [was, is] = [old.get(key), fresh.get(key)];
    const lines = unifiedDiff(textOf(was, null), textOf(is, was ?? null));
    if (lines.length === 0) return [];
    return [head("---", key, was, before), head("+++", key, is, after), ...lines];
  });
}

function head(mark: string, key: string, resource: WrittenResource | undefined, { name }: NamedFiles): string {
  return resource === undefined ? `${mark} (not in ${name})` : `${mark} ${key} (${name})`;
}

/** The resources in files that the other set has not, by kind and name. */
function changedResources({ files }: NamedFiles, other: NamedFiles): ReadonlyMap<string, WrittenResource> {
  const known = new Set(other.files.map(({ path, digest }) => `${digest} ${path}`));
  const changed = files.filter(({ path, digest }) => !known.has(`${digest} ${path}`));
  const resources = changed.flatMap(({ content }) => ResourceText.parse(decodeText(content) ?? "").resources);
  return new Map(resources.map((resource) => [keyOf(resource), resource]));
}

/** A node may be told of by Calico and by Kubernetes. */
function keyOf({ kind, apiVersion, name, namespace }: WrittenResource): string {
  const isKubernetes = kind === "Node" && apiVersion === "v1";
  return `${kind} ${namespace === null ? name : `${namespace}/${name}`}${isKubernetes ? " (v1)" : ""}`;
}

/** @param before to tell other values of a Secret by */
function textOf(resource: WrittenResource | undefined, before: WrittenResource | null): string {
  if (resource === undefined) return "";
  const value = resource.kind === "Secret" ? masked(resource.value, before?.value ?? null) : resource.value;
  return stringify(value, { sortMapEntries: true, lineWidth: 0, aliasDuplicateObjects: false });
}

/** Only what is known to hold no secret is kept as it is: annotations may repeat the whole resource. */
function masked({ apiVersion, kind, metadata, type, data, stringData }: ValueMap, before: ValueMap | null): object {
  const { name, namespace, labels } = isValueMap(metadata) ? metadata : {};
  const shown = { apiVersion, kind, type, metadata: { name, namespace, labels } };
  return { ...shown, data: hidden(data, before?.["data"]), stringData: hidden(stringData, before?.["stringData"]) };
}

function hidden(values: Value | undefined, before: Value | undefined): object | undefined {
  if (!isValueMap(values)) return undefined;
  const known = isValueMap(before) ? before : {};
  const mark = (key: string) => (Object.hasOwn(known, key) && known[key] !== values[key] ? "[another secret]" : "[secret]");
  return Object.fromEntries(Object.keys(values).map((key) => [key, mark(key)]));
}
