import type { FieldReader } from "../field-reader.js";
import type { Metadata } from "../metadata.js";
import type { ResourceScope } from "../resource-scope.js";
import type { Kind, SpecOf } from "../resource-set.js";
import type { Labels } from "../selector.js";

/** How one kind is read. */
export interface KindReader<K extends Kind> {
  readonly kind: K;
  readonly apiVersions: readonly string[];
  readonly namespaced: boolean;
  /** A kind of Kubernetes with more fields than concern us: those are not checked. */
  readonly isForeign?: true;
  /** The name in the set, where it is not simply that of the metadata. */
  nameOf?(metadata: Metadata): string;
  /** The labels that selectors see, where they are not simply those of the metadata. */
  labels?(metadata: Metadata): Labels;
  /**
   * Reads everything of the resource but apiVersion, kind and metadata; faults go to the readers.
   * @returns null when the resource counts for nothing: faulty, or one that is to be ignored
   */
  read(resource: FieldReader, metadata: Metadata, scope: ResourceScope): SpecOf[K] | null;
}

export const CALICO_API_VERSIONS = ["projectcalico.org/v3", "crd.projectcalico.org/v1"] as const;

/** A `spec` that must be there; null after reporting that it is not. */
export function requiredSpec(resource: FieldReader): FieldReader | null {
  const spec = resource.object("spec");
  if (!spec && !resource.has("spec")) resource.complain("spec", { message: "is required" });
  return spec;
}

/** The name of a resource among those of its kind in all namespaces, as kubectl writes it: `default/web`. */
export function qualifiedName({ namespace, name }: Pick<Metadata, "namespace" | "name">): string {
  return `${namespace ?? "default"}/${name}`;
}
