import type { FieldReader } from "../field-reader.js";
import type { SecretKeyReference } from "../resource-set.js";
import { boolean, text } from "../values/scalars.js";

/** Reads `{secretKeyRef: {name, key, optional}}`. What stands there wrongly may be the password itself, so it is never quoted. */
export function readSecretKeyReference(owner: FieldReader, field: string): SecretKeyReference | null {
  const source = owner.object(field, true);
  if (!source) return null;
  if (!source.has("secretKeyRef")) {
    source.complain(null, { message: "has no secretKeyRef", remedy: `write ${field}: {secretKeyRef: {name: SECRET, key: KEY}}` });
  }
  const reference = source.object("secretKeyRef");
  source.finish();
  return reference ? readReference(reference) : null;
}

function readReference(reference: FieldReader): SecretKeyReference | null {
  const name = reference.optional("name", text) ?? "";
  const key = reference.required("key", text);
  reference.optional("optional", boolean);
  reference.finish();
  return key === null ? null : { name, key };
}
