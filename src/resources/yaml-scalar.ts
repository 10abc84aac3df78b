/**
 * A YAML scalar as Calico's tools read it: the types of YAML 1.1 without sexagesimal numbers and dates, so that
 * `64512:100` and `2026-01-01` stay text. The library's own resolution is not used: it knows no such dialect, and
 * it would lose what was written.
 */
export interface YamlScalar {
  readonly type: "null" | "boolean" | "integer" | "float" | "text";
  readonly text: string; // what a text field gets: "true" for an unquoted `yes`, "16" for `0x10`
  readonly written: string; // without quotes
}

const TRUE = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const NULL = /^(?:|~|null|Null|NULL)$/;
const INTEGER = /^[-+]?(?:0x[0-9a-fA-F_]+|0o?[0-7_]+|0b[01_]+|0|[1-9][0-9_]*)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

/** @param quoted in any way, block scalars included: always text */
export function readScalar(written: string, quoted: boolean): YamlScalar {
  if (quoted) return { type: "text", text: written, written };
  if (NULL.test(written)) return { type: "null", text: "", written };
  if (TRUE.test(written)) return { type: "boolean", text: "true", written };
  if (FALSE.test(written)) return { type: "boolean", text: "false", written };
  if (INTEGER.test(written)) return { type: "integer", text: integerText(written), written };
  if (FLOAT.test(written)) return { type: "float", text: String(Number(written)), written };
  return { type: "text", text: written, written };
}

function integerText(written: string): string {
  const negative = written.startsWith("-");
  const digits = written.replace(/^[-+]/, "").replaceAll("_", "");
  const octal = /^0o?([0-7]+)$/.exec(digits);
  if (digits.length > 400) return written;
  const value = BigInt(octal ? `0o${octal[1]}` : /^0[xb]?$/.test(digits) ? "0" : digits);
  return String(negative ? -value : value);
}
