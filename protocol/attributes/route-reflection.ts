import { type RouterId, routerId } from "../net/router-id.js";
import { UpdateSubcode } from "../wire/bgp-error.js";
import { AttributeCode } from "../wire/iana.js";
import { type AttributeCodec, attributeDiscard, OPTIONAL_NON_TRANSITIVE, u32At } from "./attribute-codec.js";
import { checkFourOctets, checkMultiple } from "./value-length.js";
import { readWords, writeWords } from "./word-list.js";

/** ORIGINATOR_ID (RFC 4456 §8). */
export const originatorId: AttributeCodec<"originatorId"> = {
  code: AttributeCode.OriginatorId,
  name: "ORIGINATOR_ID",
  flags: OPTIONAL_NON_TRANSITIVE,
  key: "originatorId",
  flagsFault: "treat-as-withdraw",
  // RFC 7606 §7.9
  check(_bytes, start, end, options) {
    if (!options.internal) {
      return attributeDiscard(UpdateSubcode.OptionalAttributeError, "ORIGINATOR_ID from an external peer");
    }
    return checkFourOctets("ORIGINATOR_ID", start, end);
  },
  read: (bytes, start): RouterId => routerId(u32At(bytes, start)),
  encode: (value, writer) => writer.u32(value),
};

/** CLUSTER_LIST (RFC 4456 §8): cluster ids, the latest reflector's first. */
export const clusterList: AttributeCodec<"clusterList"> = {
  code: AttributeCode.ClusterList,
  name: "CLUSTER_LIST",
  flags: OPTIONAL_NON_TRANSITIVE,
  key: "clusterList",
  flagsFault: "treat-as-withdraw",
  // RFC 7606 §7.10
  check(_bytes, start, end, options) {
    if (!options.internal) {
      return attributeDiscard(UpdateSubcode.OptionalAttributeError, "CLUSTER_LIST from an external peer");
    }
    return checkMultiple("CLUSTER_LIST", 4, start, end);
  },
  read: readWords,
  encode: writeWords,
};
