import type { Capability } from "../capabilities/capability.js";
import type { Asn } from "../net/asn.js";
import type { RouterId } from "../net/router-id.js";

/** The OPEN message (RFC 4271 §4.2). */
export interface OpenMessage {
  readonly type: "open";
  readonly version: number;
  readonly myAs: Asn; // the 2-octet field: AS_TRANS when the real number stands in the capability
  readonly holdTimeSeconds: number; // 0, or 3..65535
  readonly routerId: RouterId; // BGP Identifier
  readonly capabilities: readonly Capability[]; // in order; RFC 5492, RFC 9072
}
