import { parseIpAddress } from "../../../protocol/net/text.js";
import { err, ok } from "../../../protocol/result.js";
import type { ParseValue } from "../field-reader.js";
import type { PeerIp } from "../resource-set.js";
import { found } from "./scalars.js";

const ALLOWED = "an IPv4 or IPv6 address, IPv4:port or [IPv6]:port, with a port from 1 to 65535";

/** The address of a neighbour with an optional TCP port (reference 1.1); brackets only around IPv6 with a port. */
export const peerIp: ParseValue<PeerIp> = (scalar) => {
  const written = scalar.text;
  if (written === "") return ok(null);
  const alone = parseIpAddress(written);
  if (alone.ok) return ok({ address: alone.value, port: null });
  if (/^\[[^\]]*\]$/.test(written)) return refuse(`${found(written)} has brackets but no port`, `write ${written.slice(1, -1)}`);
  const parts = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d*)$/.exec(written);
  if (!parts) return refuse(whyNoAddress(written, alone.error));
  const address = parseIpAddress(parts[1] ?? parts[2]!);
  const port = /^\d{1,5}$/.test(parts[3]!) ? Number(parts[3]) : Number.NaN;
  if (!address.ok) return refuse(whyNoAddress(parts[1] ?? parts[2]!, address.error));
  if ((parts[1] !== undefined) !== (address.value.version === 6))
    return refuse(`${found(written)} has brackets around an IPv4 address`);
  if (!(port >= 1 && port <= 65535)) return refuse(`${found(written)} has no port from 1 to 65535`);
  return ok({ address: address.value, port });
};

function refuse(message: string, remedy?: string) {
  return err(remedy ? { message, allowed: ALLOWED, remedy } : { message, allowed: ALLOWED });
}

function whyNoAddress(text: string, reason: string): string {
  return /^(?=.*[a-z])[a-z0-9-]+(\.[a-z0-9-]+)*\.?$/i.test(text) ? `${found(text)} is a host name; an address is needed` : reason;
}
