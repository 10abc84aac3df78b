import { type Asn, isReservedAsn } from "../../../protocol/net/asn.js";
import { parseAsn } from "../../../protocol/net/text.js";
import { err, ok } from "../../../protocol/result.js";
import type { ParseValue } from "../field-reader.js";
import { found } from "./scalars.js";

const ALLOWED = 'a whole number from 1 to 4294967295, or "high.low" in quotes with both below 65536';

/**
 * An AS number as integer or text (reference 2.1).
 * @param zero AS 0 is never a usable number (RFC 7607); "unset" where Calico gives it that meaning
 */
export function asNumber(zero: "unset" | "refuse"): ParseValue<Asn> {
  return (scalar, warn) => {
    if (scalar.type === "float" && /^\d+\.\d+$/.test(scalar.written)) {
      const remedy = `write "${scalar.written}" in quotes`;
      return err({
        message: `${scalar.written} without quotes is a decimal fraction, not an AS number`,
        allowed: ALLOWED,
        remedy,
      });
    }
    const parsed = scalar.type === "boolean" || scalar.type === "float" ? null : parseAsn(scalar.text);
    if (!parsed?.ok) return err(notAnAsNumber(scalar.written));
    if (parsed.value === 0) return zero === "unset" ? ok(null) : err({ message: "AS 0 cannot be used", allowed: ALLOWED });
    if (isReservedAsn(parsed.value))
      warn({ message: `AS ${parsed.value} is reserved (RFC 6793, RFC 7300); other speakers may refuse it` });
    return parsed;
  };
}

function notAnAsNumber(written: string) {
  const complaint = { message: `${found(written)} is no AS number`, allowed: ALLOWED };
  const digits = /^(?:AS)?\s*(\d+(?:\.\d+)?)\s*$/i.exec(written)?.[1];
  return digits && digits !== written
    ? { ...complaint, remedy: `write ${digits.includes(".") ? `"${digits}"` : digits}` }
    : complaint;
}
