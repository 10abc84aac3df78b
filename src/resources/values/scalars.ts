import { err, ok } from "../../../protocol/result.js";
import type { ParseValue } from "../field-reader.js";
import { nearMiss } from "../near-miss.js";

/** Any text; empty is unset. Unquoted numbers and booleans become the text that Calico's tools make of them. */
export const text: ParseValue<string> = (scalar, warn) => {
  if (scalar.type === "float" && scalar.text !== scalar.written) {
    warn({
      message: `the unquoted number ${scalar.written} is read as the text "${scalar.text}"`,
      remedy: `write "${scalar.written}" in quotes`,
    });
  }
  return ok(scalar.text === "" ? null : scalar.text);
};

/** As `text`, but an empty one is a value, too: labels. */
export const anyText: ParseValue<string> = (scalar, warn) => {
  const parsed = text(scalar, warn);
  return parsed.ok ? ok(parsed.value ?? "") : parsed;
};

export const boolean: ParseValue<boolean> = (scalar, warn) => {
  if (scalar.type === "boolean") return ok(scalar.text === "true");
  const word = scalar.written.toLowerCase();
  if (scalar.type !== "text" || (word !== "true" && word !== "false")) {
    return err({ message: `${found(scalar.written)} is no boolean`, allowed: "true, false" });
  }
  warn({ message: `the text "${scalar.written}" is read as the boolean ${word}`, remedy: `write ${word} without quotes` });
  return ok(word === "true");
};

/** Unquoted whole numbers from `least` to `most`. */
export function integer(least: number, most: number): ParseValue<number> {
  const allowed = `a whole number from ${least} to ${most}`;
  return (scalar) => {
    const quoted = scalar.type === "text" && /^-?\d+$/.test(scalar.written);
    if (quoted)
      return err({
        message: `"${scalar.written}" is a text, not a number`,
        allowed,
        remedy: `write ${scalar.written} without quotes`,
      });
    const value = Number(scalar.text);
    if (scalar.type !== "integer" || value < least || value > most)
      return err({ message: `${found(scalar.written)} is not allowed`, allowed });
    return ok(value);
  };
}

/** One of a few words, exactly as written; empty is unset. */
export function oneOf<const W extends string>(...words: W[]): ParseValue<W> {
  return (scalar) => {
    if (scalar.text === "") return ok(null);
    const word = words.find((candidate) => candidate === scalar.text);
    if (word) return ok(word);
    const meant = nearMiss(scalar.text, words);
    const complaint = { message: `${found(scalar.written)} is not allowed`, allowed: words.join(", ") };
    return err(meant ? { ...complaint, remedy: `did you mean ${meant}?` } : complaint);
  };
}

/** What was found, fit for a message. */
export function found(written: string): string {
  return JSON.stringify(written.length > 60 ? `${written.slice(0, 60)}…` : written);
}
