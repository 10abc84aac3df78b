import { type BgpError, UpdateSubcode } from "../wire/bgp-error.js";
import { treatAsWithdraw } from "./attribute-codec.js";

/** Null when the value has four octets. */
export function checkFourOctets(name: string, start: number, end: number): BgpError | null {
  if (end - start === 4) return null;
  return treatAsWithdraw(UpdateSubcode.AttributeLengthError, `${name} has ${end - start} octets, not 4`);
}

/** Null when the value holds one or more items of `size` octets and nothing else. */
export function checkMultiple(name: string, size: number, start: number, end: number): BgpError | null {
  const length = end - start;
  if (length > 0 && length % size === 0) return null;
  return treatAsWithdraw(UpdateSubcode.AttributeLengthError, `${name} has ${length} octets, no multiple of ${size} above 0`);
}
