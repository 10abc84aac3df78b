import type { CodecOptions } from "../../protocol/messages/codec-options.js";
import { Family } from "../../protocol/net/address-family.js";

/** An external session with both families and four-octet AS numbers, as most are. */
export const EXTERNAL: CodecOptions = {
  fourOctetAs: true,
  internal: false,
  addPath: new Set(),
  families: new Set(Object.values(Family)),
  extendedNextHop: true,
  maxMessageLength: 4096,
};

export const INTERNAL: CodecOptions = { ...EXTERNAL, internal: true };

/** A session with a speaker that knows two-octet AS numbers only (RFC 6793). */
export const TWO_OCTET: CodecOptions = { ...EXTERNAL, fourOctetAs: false };
