import { UpdateSubcode } from "../wire/bgp-error.js";
import { AttributeCode } from "../wire/iana.js";
import { type AttributeCodec, treatAsWithdraw, WELL_KNOWN } from "./attribute-codec.js";
import type { Origin } from "./attribute-set.js";

/** ORIGIN (RFC 4271 §5.1.1). */
export const origin: AttributeCodec<"origin"> = {
  code: AttributeCode.Origin,
  name: "ORIGIN",
  flags: WELL_KNOWN,
  key: "origin",
  flagsFault: "treat-as-withdraw",
  // RFC 7606 §7.1
  check(bytes, start, end) {
    if (end - start !== 1) return treatAsWithdraw(UpdateSubcode.AttributeLengthError, `ORIGIN has ${end - start} octets`);
    const value = bytes[start]!;
    return value <= 2 ? null : treatAsWithdraw(UpdateSubcode.InvalidOrigin, `ORIGIN ${value} is not 0, 1 or 2`);
  },
  read: (bytes, start) => bytes[start] as Origin,
  encode: (value, writer) => writer.u8(value),
};
