import { err, ok, type Result } from "../../../protocol/result.js";
import type { LargeCommunity } from "../resource-set.js";

/** A standard community (RFC 1997) as one number, or a large one (RFC 8092) as three. */
export type Community = number | LargeCommunity;

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

export const ALLOWED_COMMUNITY = '"aa:nn" with both up to 65535, or "aa:nn:mm" with all up to 4294967295';
