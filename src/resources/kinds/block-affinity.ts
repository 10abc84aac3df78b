import { ok } from "../../../protocol/result.js";
import type { ParseValue } from "../field-reader.js";
import { cidr } from "../values/addresses.js";
import { boolean, oneOf, text } from "../values/scalars.js";
import { CALICO_API_VERSIONS, type KindReader, requiredSpec } from "./kind-reader.js";

export const blockAffinity: KindReader<"BlockAffinity"> = {
  kind: "BlockAffinity",
  apiVersions: CALICO_API_VERSIONS,
  namespaced: false,
  read(resource, _metadata, scope) {
    const errors = scope.errors;
    const spec = requiredSpec(resource);
    if (!spec) return null;
    const block = spec.required("cidr", cidr());
    const node = spec.required("node", text);
    const state = spec.optional("state", oneOf("confirmed", "pending", "pendingDeletion")) ?? "confirmed"; // empty: old data
    const type = spec.optional("type", oneOf("host", "virtual")) ?? "host";
    const deleted = spec.optional("deleted", booleanOrText) ?? false;
    spec.finish();
    if (scope.errors !== errors || deleted || !block || !node) return null;
    return { cidr: block, node, state, type };
  },
};

/** Older custom resource definitions have a text here. */
const booleanOrText: ParseValue<boolean> = (scalar, warn) => {
  if (scalar.text === "") return ok(null);
  if (scalar.type === "text" && (scalar.text === "true" || scalar.text === "false")) return ok(scalar.text === "true");
  return boolean(scalar, warn);
};
