import type { Negotiated } from "../../protocol/capabilities/negotiate.js";
import type { SessionEnd } from "../../protocol/fsm/session-end.js";
import type { RouteRefreshMessage } from "../../protocol/messages/route-refresh.js";
import type { IpAddress } from "../../protocol/net/ip-address.js";
import type { BgpError } from "../../protocol/wire/bgp-error.js";

/** An Established session as the routing side sees it; valid from `established` until `closed`. */
export interface EstablishedSession {
  readonly negotiated: Negotiated;
  readonly localAddress: IpAddress;
  readonly localPort: number;
  readonly remoteAddress: IpAddress;
  readonly remotePort: number;
  /** Bytes written that the socket has not taken yet. */
  readonly backlog: number;
  /**
   * Sends whole messages.
   *
   * @param bytes not changed until `flushed`
   * @param flushed called when the kernel has the bytes; not called when the session ends before
   */
  write(bytes: Uint8Array, flushed?: () => void): void;
  sendRouteRefresh(message: RouteRefreshMessage): void;
}

/** What a peer does with routes: the port between sessions and tables. Calls come in the order of the messages. */
export interface SessionHandler {
  established(session: EstablishedSession): void;
  /**
   * An UPDATE message, header included, at `bytes[start, end)`; valid during the call only.
   *
   * @returns the error that ends the session (RFC 7606 session-reset), or null
   */
  update(bytes: Uint8Array, start: number, end: number): BgpError | null;
  routeRefresh(message: RouteRefreshMessage): void;
  /** @param retainsRoutes the peer restarts gracefully: its routes stay, marked stale (RFC 4724 §4.2, RFC 8538 §4.1) */
  closed(end: SessionEnd, retainsRoutes: boolean): void;
}
