import { AttributeCode } from "../wire/iana.js";
import { type AttributeCodec, OPTIONAL_NON_TRANSITIVE, u32At } from "./attribute-codec.js";
import { checkFourOctets } from "./value-length.js";

/** MULTI_EXIT_DISC (RFC 4271 §5.1.4). */
export const multiExitDisc: AttributeCodec<"multiExitDisc"> = {
  code: AttributeCode.MultiExitDisc,
  name: "MULTI_EXIT_DISC",
  flags: OPTIONAL_NON_TRANSITIVE,
  key: "multiExitDisc",
  flagsFault: "treat-as-withdraw",
  check: (_bytes, start, end) => checkFourOctets("MULTI_EXIT_DISC", start, end), // RFC 7606 §7.4
  read: (bytes, start) => u32At(bytes, start),
  encode: (value, writer) => writer.u32(value),
};
