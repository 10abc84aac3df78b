import { err, ok, type Result } from "../../../protocol/result.js";
import { isValueMap, type Value, type ValueMap } from "./value.js";

const DIRECTIVE = "$patch";

/**
 * A strategic merge patch, as Kubernetes defines it, on resources without merge keys: objects merge field by field, null
 * removes a field, lists and single values replace, `$patch: replace` puts an object in the place of the former one and
 * `$patch: delete` removes it. `$patch: merge` is what happens anyway.
 *
 * @returns an error that names the field whose directive is none
 */
export function strategicMerge(value: ValueMap, patch: ValueMap): Result<ValueMap, string> {
  const merged = mergeMaps(value, patch, "");
  if (!merged.ok) return merged;
  return ok(merged.value ?? {});
}

/** Undefined: to be removed. */
function mergeMaps(value: ValueMap, patch: ValueMap, path: string): Result<ValueMap | undefined, string> {
  const { [DIRECTIVE]: directive, ...fields } = patch;
  if (directive === "delete") return ok(undefined);
  if (directive !== undefined && directive !== "replace" && directive !== "merge")
    return err(`${path || "the patch"}: $patch: ${JSON.stringify(directive)} is no directive; allowed: merge, replace, delete`);
  const result = new Map<string, Value>(directive === "replace" ? [] : Object.entries(value));
  for (const [field, change] of Object.entries(fields)) {
    const at = path === "" ? field : `${path}.${field}`;
    if (field.startsWith("$")) return err(`${at} is a directive that is not supported; allowed: $patch`);
    const merged = mergeField(result.get(field), change, at);
    if (!merged.ok) return merged;
    if (merged.value === undefined) result.delete(field);
    else result.set(field, merged.value);
  }
  return ok(Object.fromEntries(result));
}

function mergeField(value: Value | undefined, change: Value, path: string): Result<Value | undefined, string> {
  if (change === null) return ok(undefined);
  if (isValueMap(change)) return mergeMaps(isValueMap(value) ? value : {}, change, path);
  return ok(change);
}
