import type { NotificationMessage } from "../messages/notification.js";
import type { OpenMessage } from "../messages/open.js";
import type { RouteRefreshMessage } from "../messages/route-refresh.js";
import type { BgpError } from "../wire/bgp-error.js";

/** Why we end a session: the Cease that says so, and for 6/2 and 6/4 the text for the other operator (RFC 9003). */
export interface Cease {
  readonly subcode: number; // of CeaseSubcode
  readonly text?: string;
}

/** The events of RFC 4271 §8.1 under their names and in their order, and the later ones. */
export type Event =
  | { readonly type: "ManualStart" } // Event 1
  | { readonly type: "ManualStop"; readonly cease: Cease | null } // Event 2; null: no NOTIFICATION, so that the peer keeps our routes (RFC 4724)
  | { readonly type: "AutomaticStart" } // Event 3
  | { readonly type: "ManualStart_with_PassiveTcpEstablishment" } // Event 4
  | { readonly type: "AutomaticStart_with_PassiveTcpEstablishment" } // Event 5
  | { readonly type: "AutomaticStart_with_DampPeerOscillations" } // Event 6
  | { readonly type: "AutomaticStart_with_DampPeerOscillations_and_PassiveTcpEstablishment" } // Event 7
  | { readonly type: "AutomaticStop"; readonly cease: Cease } // Event 8
  | { readonly type: "ConnectRetryTimer_Expires" } // Event 9
  | { readonly type: "HoldTimer_Expires" } // Event 10
  | { readonly type: "KeepaliveTimer_Expires" } // Event 11
  | { readonly type: "DelayOpenTimer_Expires" } // Event 12
  | { readonly type: "IdleHoldTimer_Expires" } // Event 13
  | { readonly type: "TcpConnection_Valid" } // Event 14
  | { readonly type: "Tcp_CR_Invalid" } // Event 15
  | { readonly type: "Tcp_CR_Acked" } // Event 16: our connection stands
  | { readonly type: "TcpConnectionConfirmed" } // Event 17: the peer's connection stands
  | { readonly type: "TcpConnectionFails"; readonly detail: string } // Event 18; detail: "Connection refused"
  | { readonly type: "BGPOpen"; readonly open: OpenMessage } // Event 19; its content is judged by the machine (§6.2)
  | { readonly type: "BGPOpen_with_DelayOpenTimer_running"; readonly open: OpenMessage } // Event 20
  | { readonly type: "BGPHeaderErr"; readonly error: BgpError } // Event 21
  | { readonly type: "BGPOpenMsgErr"; readonly error: BgpError } // Event 22
  | { readonly type: "OpenCollisionDump" } // Event 23
  | { readonly type: "NotifMsgVerErr"; readonly notification: NotificationMessage } // Event 24
  | { readonly type: "NotifMsg"; readonly notification: NotificationMessage } // Event 25
  | { readonly type: "KeepAliveMsg" } // Event 26
  | { readonly type: "UpdateMsg" } // Event 27
  | { readonly type: "UpdateMsgErr"; readonly error: BgpError } // Event 28
  | { readonly type: "SendHoldTimer_Expires" } // Event 29 (RFC 9687 §4.2)
  | { readonly type: "RouteRefreshMsg"; readonly message: RouteRefreshMessage } // RFC 2918
  | { readonly type: "RouteRefreshMsgErr"; readonly error: BgpError }; // RFC 7313 §5

export type EventType = Event["type"];
