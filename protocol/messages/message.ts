import type { KeepaliveMessage } from "./header.js";
import type { NotificationMessage } from "./notification.js";
import type { OpenMessage } from "./open.js";
import type { RouteRefreshMessage } from "./route-refresh.js";
import type { UpdateMessage } from "./update.js";

/** A BGP message as objects. */
export type Message = OpenMessage | UpdateMessage | NotificationMessage | KeepaliveMessage | RouteRefreshMessage;
