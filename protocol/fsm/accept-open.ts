import type { Capability, Role } from "../capabilities/capability.js";
import { encodeCapability } from "../capabilities/capability-codec.js";
import { type Negotiated, negotiate, peerAsOf } from "../capabilities/negotiate.js";
import type { OpenMessage } from "../messages/open.js";
import { formatRouterId } from "../net/router-id.js";
import { err, ok, type Result } from "../result.js";
import { type BgpError, ErrorCode, OpenSubcode, sessionReset } from "../wire/bgp-error.js";
import { ByteWriter } from "../wire/byte-writer.js";
import type { SessionConfig } from "./session-config.js";

const VERSION = 4;

/**
 * Judges the peer's OPEN (RFC 4271 §6.2) and, when it is acceptable, what both OPENs mean together.
 *
 * @returns an error in the RFC's order: 2/1 version (data: ours), 2/2 AS number, 2/3 BGP Identifier, 2/6 hold time,
 *   2/7 no address family in common (data: the capabilities we need, RFC 5492 §5), 2/11 role (RFC 9234 §4.2)
 */
export function acceptOpen(open: OpenMessage, config: SessionConfig): Result<Negotiated, BgpError> {
  const fault = checkVersion(open) ?? checkAs(open, config) ?? checkIdentifier(open, config) ?? checkHoldTime(open);
  if (fault) return err(fault);
  const negotiated = negotiate(config.open, open);
  const mismatch = checkFamilies(negotiated, config) ?? checkRole(negotiated, config);
  return mismatch ? err(mismatch) : ok(negotiated);
}

function refuse(subcode: number, detail: string, data?: Uint8Array): BgpError {
  return sessionReset(ErrorCode.OpenMessage, subcode, detail, data);
}

function checkVersion(open: OpenMessage): BgpError | null {
  if (open.version === VERSION) return null;
  return refuse(OpenSubcode.UnsupportedVersionNumber, `version ${open.version} is not ${VERSION}`, Uint8Array.of(0, VERSION));
}

function checkAs(open: OpenMessage, config: SessionConfig): BgpError | null {
  const peerAs = peerAsOf(open);
  if (peerAs === 0) return refuse(OpenSubcode.BadPeerAs, "AS 0 is no AS number"); // RFC 7607 §2
  if (peerAs === config.open.peerAs) return null;
  return refuse(OpenSubcode.BadPeerAs, `the peer is in AS ${peerAs}, not ${config.open.peerAs}`);
}

/** RFC 6286 §2.2: zero is refused, and within an AS our own. */
function checkIdentifier(open: OpenMessage, { open: local }: SessionConfig): BgpError | null {
  if (open.routerId === 0) return refuse(OpenSubcode.BadBgpIdentifier, "the BGP Identifier is zero");
  if (open.routerId !== local.routerId || local.asNumber !== local.peerAs) return null;
  return refuse(OpenSubcode.BadBgpIdentifier, `the BGP Identifier ${formatRouterId(open.routerId)} is ours`);
}

function checkHoldTime(open: OpenMessage): BgpError | null {
  if (open.holdTimeSeconds !== 1 && open.holdTimeSeconds !== 2) return null;
  return refuse(OpenSubcode.UnacceptableHoldTime, `a hold time of ${open.holdTimeSeconds} s is too short`);
}

function checkFamilies(negotiated: Negotiated, config: SessionConfig): BgpError | null {
  if (negotiated.families.length > 0) return null;
  const needed = new ByteWriter();
  for (const capability of config.open.capabilities) {
    if (capability.type === "multiprotocol") encodeCapability(capability, needed);
  }
  return refuse(OpenSubcode.UnsupportedCapability, "no address family in common", needed.toBytes());
}

/** Roles that may face each other (RFC 9234 §4.2, table 2). */
const COUNTERPART: Readonly<Record<Role, Role>> = {
  provider: "customer",
  customer: "provider",
  "route-server": "route-server-client",
  "route-server-client": "route-server",
  peer: "peer",
};

function checkRole(negotiated: Negotiated, config: SessionConfig): BgpError | null {
  const [ours] = rolesIn(config.open.capabilities);
  if (ours === undefined || negotiated.internal) return null; // roles are about eBGP only
  const theirs = new Set(rolesIn(negotiated.peerCapabilities));
  if (theirs.size > 1) return refuse(OpenSubcode.RoleMismatch, `the peer claims several roles: ${[...theirs].join(", ")}`);
  const [role] = theirs;
  if (role === undefined) return config.requireRole ? refuse(OpenSubcode.RoleMismatch, "the peer claims no role") : null;
  if (role === COUNTERPART[ours]) return null;
  return refuse(OpenSubcode.RoleMismatch, `the peer's role ${role} does not fit ours, ${ours}`);
}

function rolesIn(capabilities: readonly Capability[]): Role[] {
  return capabilities.filter((capability) => capability.type === "role").map((capability) => capability.role);
}
