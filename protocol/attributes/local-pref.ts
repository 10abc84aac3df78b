import { UpdateSubcode } from "../wire/bgp-error.js";
import { AttributeCode } from "../wire/iana.js";
import { type AttributeCodec, attributeDiscard, u32At, WELL_KNOWN } from "./attribute-codec.js";
import { checkFourOctets } from "./value-length.js";

/** LOCAL_PREF (RFC 4271 §5.1.5). */
export const localPref: AttributeCodec<"localPref"> = {
  code: AttributeCode.LocalPref,
  name: "LOCAL_PREF",
  flags: WELL_KNOWN,
  key: "localPref",
  flagsFault: "treat-as-withdraw",
  // RFC 7606 §7.5: of no meaning from an external peer, whatever its length
  check(_bytes, start, end, options) {
    if (!options.internal) {
      return attributeDiscard(UpdateSubcode.MalformedAttributeList, "LOCAL_PREF from an external peer");
    }
    return checkFourOctets("LOCAL_PREF", start, end);
  },
  read: (bytes, start) => u32At(bytes, start),
  encode: (value, writer) => writer.u32(value),
};
