import type { NotificationMessage } from "../messages/notification.js";

/** How a connection ended. One shape from the machine to the status line, the log and the fate of the peer's routes. */
export type SessionEnd =
  /** We sent the NOTIFICATION (or would have: it was too early, or we stop silently). */
  | { readonly by: "us"; readonly notification: NotificationMessage | null; readonly detail: string }
  | { readonly by: "peer"; readonly notification: NotificationMessage; readonly detail: string }
  /** The TCP connection failed or was closed without a NOTIFICATION. */
  | { readonly by: "tcp"; readonly notification: null; readonly detail: string };
