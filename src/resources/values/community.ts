import { err, ok, type Result } from "../../../protocol/result.js";
import type { ParseValue } from "../field-reader.js";
import type { Community } from "../resource-set.js";
import { found } from "./scalars.js";

/** What is written with digits and colons is a literal, never a name. */
export function looksLikeCommunity(text: string): boolean {
  return /^\d+:\d+(:\d+)?$/.test(text);
}

/** Parses `aa:nn` (16 bits each) or `aa:nn:mm` (32 bits each). */
export function parseCommunity(text: string): Result<Community, string> {
  const parts = /^\d{1,10}(:\d{1,10}){1,2}$/.test(text) ? text.split(":").map(Number) : [];
  const [a, b, c] = parts as [number, number, number | undefined];
  if (parts.length === 2 && a <= 0xffff && b <= 0xffff) return ok(a * 0x10000 + b);
  if (parts.length === 3 && parts.every((part) => part <= 0xffffffff)) return ok([a, b, c!]);
  return err(`"${text}" is no community`);
}

/** A literal, never a name. */
export const literalCommunity: ParseValue<Community> = ({ written }) => {
  const community = parseCommunity(written);
  return community.ok ? community : err({ message: `${found(written)} is no community`, allowed: ALLOWED_COMMUNITY });
};

/** As Calico has it in filters: without leading zeros, which it takes in prefixAdvertisements. */
export const filterCommunity: ParseValue<Community> = (scalar, warn) => {
  const zeros = /(^|:)0+(?=\d)/;
  const community = literalCommunity(scalar, warn);
  if (!community.ok || !zeros.test(scalar.written)) return community;
  const remedy = `write ${scalar.written.replaceAll(new RegExp(zeros, "g"), "$1")}`;
  return err({ message: `${found(scalar.written)} has leading zeros`, allowed: ALLOWED_COMMUNITY, remedy });
};

export const ALLOWED_COMMUNITY = '"aa:nn" with both up to 65535, or "aa:nn:mm" with all up to 4294967295';
