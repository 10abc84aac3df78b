import { stringify } from "yaml";
import { isValueMap, type Value, type ValueMap } from "../../resources/edit/value.js";
import { ordered } from "./edits.js";

/** The form of `get`'s answer. */
export type GetOutput =
  | { readonly type: "table"; readonly wide: boolean; readonly headings: readonly string[] | null }
  | { readonly type: "name" | "json" | "yaml" };

const HIDDEN = "[secret]"; // no base64: what is printed cannot be applied by mistake

/** A resource as it may be shown: what it says, without the values of a Secret. */
export function shown(resource: ValueMap): ValueMap {
  const textual = withTexts(resource);
  if (textual["kind"] !== "Secret") return textual;
  const names = [...namesIn(textual["data"]), ...namesIn(textual["stringData"])];
  const { stringData: _, data: __, ...rest } = textual;
  const metadata = withoutSecretAnnotations(rest["metadata"] as ValueMap);
  return { ...rest, metadata, data: Object.fromEntries(names.map((name) => [name, HIDDEN])) };
}

/** kubectl keeps the whole Secret, values and all, in an annotation. */
function withoutSecretAnnotations(metadata: ValueMap): ValueMap {
  const { annotations: _, ...rest } = metadata;
  return rest;
}

/** Labels and annotations are text, however they are written. */
function withTexts(resource: ValueMap): ValueMap {
  const metadata = resource["metadata"];
  if (!isValueMap(metadata)) return resource;
  const fields = Object.entries(metadata).map(([field, value]) => {
    if ((field !== "labels" && field !== "annotations") || !isValueMap(value)) return [field, value] as const;
    return [
      field,
      Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, entry === null ? "" : String(entry)])),
    ] as const;
  });
  return { ...resource, metadata: Object.fromEntries(fields) };
}

function namesIn(value: Value | undefined): string[] {
  return isValueMap(value) ? Object.keys(value) : [];
}

/** JSON with the type first, as calicoctl's; YAML with the fields of every object in order of their names, as calicoctl's. */
export function structuredText(output: "json" | "yaml", value: Value): string {
  if (output === "json") return `${JSON.stringify(typeFirst(value), null, 2)}\n`;
  return stringify(ordered(value), { version: "1.1", lineWidth: 0, indentSeq: false });
}

const TYPE_FIRST = ["kind", "apiVersion", "metadata"];
const NAME_FIRST = ["name", "namespace"];

function typeFirst(value: Value): Value {
  if (Array.isArray(value)) return value.map(typeFirst);
  if (!isValueMap(value)) return value;
  const metadata = isValueMap(value["metadata"]) ? { metadata: fieldsFirst(value["metadata"], NAME_FIRST) } : {};
  const items = Array.isArray(value["items"]) ? { items: value["items"].map(typeFirst) } : {};
  return fieldsFirst({ ...value, ...metadata, ...items }, TYPE_FIRST);
}

function fieldsFirst(value: ValueMap, first: readonly string[]): ValueMap {
  const names = Object.keys(value);
  const order = [...first.filter((name) => names.includes(name)), ...names.filter((name) => !first.includes(name))];
  return Object.fromEntries(order.map((name) => [name, value[name] as Value]));
}
