import { asn } from "../net/asn.js";
import { UpdateSubcode } from "../wire/bgp-error.js";
import { AttributeCode } from "../wire/iana.js";
import { type AttributeCodec, OPTIONAL_TRANSITIVE, treatAsWithdraw, u32At } from "./attribute-codec.js";
import { checkFourOctets } from "./value-length.js";

/** ONLY_TO_CUSTOMER (RFC 9234 §5). */
export const onlyToCustomer: AttributeCodec<"onlyToCustomer"> = {
  code: AttributeCode.OnlyToCustomer,
  name: "ONLY_TO_CUSTOMER",
  flags: OPTIONAL_TRANSITIVE,
  key: "onlyToCustomer",
  flagsFault: "treat-as-withdraw",
  check(bytes, start, end) {
    const fault = checkFourOctets("ONLY_TO_CUSTOMER", start, end);
    if (fault) return fault;
    // AS 0 names nobody (RFC 7607), so no path can be held to it
    return u32At(bytes, start) === 0 ? treatAsWithdraw(UpdateSubcode.OptionalAttributeError, "ONLY_TO_CUSTOMER is AS 0") : null;
  },
  read: (bytes, start) => asn(u32At(bytes, start)),
  encode: (value, writer) => writer.u32(value),
};
