import type { Negotiated } from "../capabilities/negotiate.js";
import type { KeepaliveMessage } from "../messages/header.js";
import type { NotificationMessage } from "../messages/notification.js";
import type { OpenMessage } from "../messages/open.js";
import type { RouteRefreshMessage } from "../messages/route-refresh.js";
import type { SessionEnd } from "./session-end.js";
import type { State } from "./state.js";

/** The timers of RFC 4271 §8 and RFC 9687 §4.1. */
export type TimerName =
  | "ConnectRetryTimer"
  | "HoldTimer"
  | "KeepaliveTimer"
  | "DelayOpenTimer"
  | "IdleHoldTimer"
  | "SendHoldTimer";

/** Everything the machine may ask of its driver. */
export type Action =
  | { readonly type: "connect" } // initiate a TCP connection; answered by Tcp_CR_Acked or TcpConnectionFails
  | { readonly type: "send"; readonly message: OpenMessage | KeepaliveMessage | NotificationMessage }
  | { readonly type: "drop-connection"; readonly end: SessionEnd } // after what was sent has left; ends an attempt to connect too
  | { readonly type: "start-timer"; readonly timer: TimerName; readonly seconds: number } // or restart; the driver adds jitter (§10)
  | { readonly type: "stop-timer"; readonly timer: TimerName }
  | { readonly type: "guard-sending"; readonly seconds: number } // from now on the SendHoldTimer runs while bytes wait to be sent
  | { readonly type: "session-negotiated"; readonly negotiated: Negotiated } // what arrives from now on is read by its rules
  | { readonly type: "session-up"; readonly negotiated: Negotiated }
  | { readonly type: "session-down"; readonly negotiated: Negotiated; readonly end: SessionEnd }
  | { readonly type: "route-refresh"; readonly message: RouteRefreshMessage };

/** The next state, and what to do, in order. */
export interface Transition {
  readonly state: State;
  readonly actions: readonly Action[];
}
