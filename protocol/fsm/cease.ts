import type { Negotiated } from "../capabilities/negotiate.js";
import { type NotificationMessage, shutdownCommunication } from "../messages/notification.js";
import { CeaseSubcode, ErrorCode } from "../wire/bgp-error.js";
import type { Cease } from "./event.js";
import type { SessionConfig } from "./session-config.js";
import { bothNotifyGracefully } from "./session-end.js";

/** Subcodes after which the peer shall forget our routes, even one that restarts gracefully on a NOTIFICATION (RFC 8538 §5.1). */
const HARD: ReadonlySet<number> = new Set([
  CeaseSubcode.MaximumPrefixesReached,
  CeaseSubcode.AdministrativeShutdown,
  CeaseSubcode.PeerDeConfigured,
  CeaseSubcode.AdministrativeReset,
  CeaseSubcode.BfdDown,
]);

/**
 * The NOTIFICATION of a Cease (RFC 4486), with the operator's words (RFC 9003).
 *
 * @param negotiated of the session, if it has come so far: where both sides set the N bit, a Cease that means to end
 *   forwarding too travels inside a Hard Reset (RFC 8538 §3.1)
 */
export function ceaseNotification(cease: Cease, negotiated: Negotiated | null, config: SessionConfig): NotificationMessage {
  const data = dataOf(cease);
  if (negotiated === null || !HARD.has(cease.subcode) || !bothNotifyGracefully(negotiated, config))
    return notification(cease.subcode, data);
  return notification(CeaseSubcode.HardReset, Uint8Array.of(ErrorCode.Cease, cease.subcode, ...data));
}

function dataOf({ subcode, text }: Cease): Uint8Array {
  const carriesText = subcode === CeaseSubcode.AdministrativeShutdown || subcode === CeaseSubcode.AdministrativeReset;
  return text !== undefined && carriesText ? shutdownCommunication(text) : new Uint8Array(0);
}

function notification(subcode: number, data: Uint8Array): NotificationMessage {
  return { type: "notification", code: ErrorCode.Cease, subcode, data };
}
