import type { Capability } from "../../protocol/capabilities/capability.js";
import { SESSION_DEFAULTS } from "../../protocol/fsm/session-config.js";
import { afiOf, Safi } from "../../protocol/net/address-family.js";
import type { IpAddress } from "../../protocol/net/ip-address.js";
import type { RouterId } from "../../protocol/net/router-id.js";
import type { SessionPlan } from "../plan/node-plan.js";
import type { PeerConfig } from "./peer-config.js";

/** What the next OPEN says of us (RFC 4724 §3). */
export interface RestartFlags {
  readonly restarting: boolean; // R: we have restarted, and are not to be waited for
  readonly forwardingPreserved: boolean; // F: the kernel still forwards what we announced before
}

/**
 * What a planned session asks of its peer.
 *
 * @param key unique among the peers, and the same for as long as the session is
 * @param md5Key the password itself, which a plan never holds; null: none
 */
export function peerConfigOf(
  key: string,
  plan: SessionPlan,
  routerId: RouterId,
  md5Key: string | null,
  restart: RestartFlags,
): PeerConfig {
  return {
    name: key,
    remoteAddress: plan.address,
    remotePort: plan.port,
    localAddress: plan.sourceAddress,
    ttl: plan.ttl,
    minTtl: plan.ttlSecurity === null ? null : 256 - plan.ttlSecurity, // RFC 5082 §3, reference 4.11
    md5Key,
    session: {
      ...SESSION_DEFAULTS,
      passive: plan.passive,
      open: {
        asNumber: plan.localAsNumber,
        holdTimeSeconds: plan.holdTimeSeconds,
        keepaliveSeconds: plan.keepaliveSeconds,
        routerId,
        peerAs: plan.asNumber,
        capabilities: capabilitiesOf(plan, restart),
        loopback: isLoopback(plan.address),
      },
    },
  };
}

/** Speakers on one host peer over 127/8 or ::1; only from them may such a next hop come. */
function isLoopback({ version, w0, w1, w2, w3 }: IpAddress): boolean {
  return version === 4 ? w0 >>> 24 === 127 : (w0 | w1 | w2) === 0 && w3 === 1;
}

/** What the rest of this speaker can keep the promise of. */
function capabilitiesOf(plan: SessionPlan, { restarting, forwardingPreserved }: RestartFlags): readonly Capability[] {
  const family = { afi: afiOf(plan.family), safi: Safi.Unicast };
  const addPath: Capability = { type: "add-path", families: [{ ...family, mode: "both" }] };
  return [
    { type: "multiprotocol", ...family },
    { type: "route-refresh" },
    { type: "extended-message" },
    { type: "four-octet-as", asNumber: plan.localAsNumber },
    ...(plan.addPath ? [addPath] : []),
    {
      type: "graceful-restart",
      restarting,
      notification: true,
      restartTimeSeconds: plan.restartTimeSeconds,
      families: [{ ...family, forwardingPreserved }],
    },
  ];
}
