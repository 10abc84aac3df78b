import { err, ok } from "../../../protocol/result.js";
import type { ParseValue } from "../field-reader.js";
import { Selector } from "../selector.js";
import { hasTypographicQuotes, straighten } from "../typographic-quotes.js";

/** A label selector; empty is unset. One that only parses with its typographic quotes made straight is taken so, with a warning. */
export const selector: ParseValue<Selector> = (scalar, warn) => {
  if (scalar.text === "") return ok(null);
  const parsed = Selector.parse(scalar.text);
  if (parsed.ok) return parsed;
  const complaint = { message: `is no selector: ${parsed.error.message}`, at: parsed.error.at };
  if (!hasTypographicQuotes(scalar.text)) return err(complaint);
  const straightened = Selector.parse(straighten(scalar.text));
  if (!straightened.ok) return err({ ...complaint, remedy: "typographic quotes do not count as quotes; write ' or \"" });
  warn({ message: "typographic quotes are read as plain ones", remedy: `write ${straighten(scalar.text)}`, at: parsed.error.at });
  return straightened;
};
