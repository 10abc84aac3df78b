import type { FieldReader } from "./field-reader.js";
import type { ResourceScope } from "./resource-scope.js";
import type { Labels } from "./selector.js";
import { isLabelKey, labelValue, resourceName } from "./values/names.js";
import { text } from "./values/scalars.js";

/** What the kinds need of a resource's `metadata`. */
export interface Metadata {
  readonly name: string; // empty after a fault in it
  readonly namespace: string | null;
  readonly labels: Labels;
  readonly annotations: FieldReader | null;
}

/** Set by an API server; means nothing in a file. */
const SERVER_MANAGED = [
  "creationTimestamp",
  "deletionGracePeriodSeconds",
  "deletionTimestamp",
  "finalizers",
  "generation",
  "managedFields",
  "ownerReferences",
  "resourceVersion",
  "selfLink",
  "uid",
];

/** Reads `metadata`, and names the scope after it so that later faults say whose they are. */
export function readMetadata(
  resource: FieldReader,
  scope: ResourceScope,
  { namespaced, isForeign = false }: { readonly namespaced: boolean; readonly isForeign?: boolean },
): Metadata | null {
  const metadata = resource.object("metadata");
  if (!metadata) {
    if (!resource.has("metadata"))
      resource.complain("metadata", { message: "is required", remedy: "give the resource a metadata.name" });
    return null;
  }
  scope.name = metadata.optional("name", text);
  const name = metadata.required("name", resourceName);
  metadata.mark("name");
  metadata.ignore(...SERVER_MANAGED);
  if (isForeign)
    metadata.ignore("generateName"); // stays beside the name that was made of it
  else metadata.refuse("generateName", { message: "is not supported", remedy: "write the whole name in metadata.name" });
  const namespace = metadata.optional("namespace", resourceName);
  if (namespace && !namespaced)
    metadata.complain("namespace", { message: "resources of this kind have no namespace", remedy: "remove it" });
  const labels = readLabels(metadata);
  const annotations = metadata.object("annotations");
  metadata.finish();
  return { name: name ?? "", namespace, labels, annotations };
}

function readLabels(metadata: FieldReader): Labels {
  const labels = new Map<string, string>();
  const reader = metadata.object("labels");
  for (const key of reader?.fields() ?? []) {
    if (!isLabelKey(key))
      reader!.complain(key, { message: "is no label name", allowed: "[DNS prefix/] and up to 63 letters, digits, -, _ and ." });
    labels.set(key, reader!.optional(key, labelValue) ?? "");
  }
  return labels;
}
