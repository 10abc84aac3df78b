import type { Negotiated } from "../capabilities/negotiate.js";
import type { NotificationMessage } from "../messages/notification.js";
import { type Family, familyOf } from "../net/address-family.js";
import { CeaseSubcode, ErrorCode } from "../wire/bgp-error.js";
import type { SessionConfig } from "./session-config.js";

/** How a connection ended. One shape from the machine to the status line, the log and the fate of the peer's routes. */
export type SessionEnd =
  /** We ended it; `notification` is what was sent, or null: the peer was not told. */
  | { readonly by: "us"; readonly notification: NotificationMessage | null; readonly detail: string }
  | { readonly by: "peer"; readonly notification: NotificationMessage }
  /** The TCP connection failed, or the peer closed it without a word. */
  | { readonly by: "tcp"; readonly detail: string };

/**
 * Whether the routes of an Established session that ended so stay, marked stale, until the peer is back:
 * after a lost connection by RFC 4724 §4.2; after a NOTIFICATION or our HoldTimer by RFC 8538 §4.1, except a Hard Reset.
 */
export function retainsRoutes(end: SessionEnd, negotiated: Negotiated, config: SessionConfig): boolean {
  const restarts = negotiated.gracefulRestart?.families.some(({ afi, safi }) => isCarried(negotiated, familyOf(afi, safi)));
  if (restarts !== true) return false;
  if (end.by === "tcp") return true;
  return end.notification !== null && bothNotifyGracefully(negotiated, config) && !isHardReset(end.notification);
}

/** Both sides set the N bit: they keep routes over a NOTIFICATION (RFC 8538 §2). */
export function bothNotifyGracefully(negotiated: Negotiated, config: SessionConfig): boolean {
  const ours = config.open.capabilities.some((capability) => capability.type === "graceful-restart" && capability.notification);
  return ours && negotiated.gracefulRestart?.notification === true;
}

function isCarried({ families }: Negotiated, family: Family | undefined): boolean {
  return family !== undefined && families.includes(family);
}

function isHardReset({ code, subcode }: NotificationMessage): boolean {
  return code === ErrorCode.Cease && subcode === CeaseSubcode.HardReset;
}
