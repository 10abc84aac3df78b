import { err, ok } from "../../../protocol/result.js";
import type { ParseValue } from "../field-reader.js";
import { anyText, found } from "./scalars.js";

const DNS_LABEL = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?";
const DNS_SUBDOMAIN = new RegExp(`^${DNS_LABEL}(?:\\.${DNS_LABEL})*$`);
const LABEL_WORD = /^[A-Za-z0-9](?:[-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?$/;
const INTERFACE_GLOB = /^[A-Za-z0-9_.*-]{1,15}$/;

/** The name of a resource: a lower-case DNS subdomain. Empty is unset. */
export const resourceName: ParseValue<string> = (scalar) => {
  if (scalar.text === "") return ok(null);
  if (scalar.text.length <= 253 && DNS_SUBDOMAIN.test(scalar.text)) return ok(scalar.text);
  const allowed = 'up to 253 lower-case letters, digits, "-" and "."; a letter or digit at both ends and beside every "."';
  const lower = scalar.text.toLowerCase().replaceAll("_", "-");
  const complaint = { message: `${found(scalar.text)} is no resource name`, allowed };
  return err(lower.length <= 253 && DNS_SUBDOMAIN.test(lower) ? { ...complaint, remedy: `did you mean ${lower}?` } : complaint);
};

/** The value of a label; may be empty. */
export const labelValue: ParseValue<string> = (scalar, warn) => {
  anyText(scalar, warn);
  if (scalar.text === "" || LABEL_WORD.test(scalar.text)) return ok(scalar.text);
  return err({
    message: `${found(scalar.text)} is no label value`,
    allowed: 'up to 63 letters, digits, "-", "_" and "."; a letter or digit at both ends',
  });
};

/** A Kubernetes qualified name: `[dns-prefix/]word`. */
export function isLabelKey(key: string): boolean {
  const slash = key.indexOf("/");
  const prefix = key.slice(0, Math.max(slash, 0));
  const prefixed = slash >= 0 ? prefix.length <= 253 && DNS_SUBDOMAIN.test(prefix) : true;
  return prefixed && LABEL_WORD.test(key.slice(slash + 1));
}

/** An interface name with `*` anywhere. */
export const interfaceGlob: ParseValue<string> = (scalar) => {
  if (scalar.text === "" || INTERFACE_GLOB.test(scalar.text)) return ok(scalar.text || null);
  return err({
    message: `${found(scalar.text)} is no interface name`,
    allowed: '1 to 15 letters, digits, "_", ".", "-", and "*" for any characters',
  });
};
