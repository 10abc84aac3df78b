import { isValueMap, type Value, type ValueMap } from "./value.js";

/** The fields of all kinds that hold a boolean. */
const BOOLEANS = new Set([
  "nodeToNodeMeshEnabled",
  "keepOriginalNextHop",
  "natOutgoing",
  "disabled",
  "disableBGPExport",
  "deleted",
]);

/** `"false"` in the place of a boolean made the boolean. @param warn gets the path of each */
export function unquoteBooleans(value: ValueMap, warn: (path: string, word: string) => void, path = ""): ValueMap {
  const fields = Object.entries(value).map(([field, entry]) => {
    const at = path === "" ? field : `${path}.${field}`;
    return [field, isValueMap(entry) ? unquoteBooleans(entry, warn, at) : unquoted(field, entry, at, warn)] as const;
  });
  return Object.fromEntries(fields);
}

function unquoted(field: string, value: Value, path: string, warn: (path: string, word: string) => void): Value {
  if (!BOOLEANS.has(field) || typeof value !== "string" || !/^(?:true|false)$/i.test(value)) return value;
  warn(path, value);
  return value.toLowerCase() === "true";
}
