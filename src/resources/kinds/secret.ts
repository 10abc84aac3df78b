import { err, ok } from "../../../protocol/result.js";
import type { ParseValue } from "../field-reader.js";
import { SecretValue } from "../secret-value.js";
import { boolean, text } from "../values/scalars.js";
import type { KindReader } from "./kind-reader.js";

/** A Kubernetes Secret: base64 in `data`, plain text in `stringData`, which wins. Nothing of it is ever quoted. */
export const secret: KindReader<"Secret"> = {
  kind: "Secret",
  apiVersions: ["v1"],
  namespaced: true,
  read(resource, _metadata, scope) {
    const errors = scope.errors;
    const data = resource.map("data", base64, true);
    const plain = resource.map("stringData", plainText, true);
    resource.optional("type", text);
    resource.optional("immutable", boolean);
    return scope.errors === errors ? { values: new Map([...data, ...plain]) } : null;
  },
};

const plainText: ParseValue<SecretValue> = (scalar) => {
  if (scalar.type !== "text") return err({ message: "is no text", remedy: "put the value in quotes" });
  return ok(new SecretValue(scalar.text));
};

const base64: ParseValue<SecretValue> = (scalar, warn) => {
  const encoded = scalar.written.replace(/[\r\n]/g, "");
  if (encoded.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(encoded)) {
    return err({ message: "is no base64", remedy: "encode it (printf %s PASSWORD | base64), or write it under stringData" });
  }
  const value = Buffer.from(encoded, "base64").toString("utf8");
  if (/[\r\n]$/.test(value))
    warn({
      message: "ends with a line break, which counts as part of the value",
      remedy: "encode without it: printf %s PASSWORD | base64",
    });
  return ok(new SecretValue(value));
};
