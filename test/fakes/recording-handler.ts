import type { SessionEnd } from "../../protocol/fsm/session-end.js";
import type { RouteRefreshMessage } from "../../protocol/messages/route-refresh.js";
import type { BgpError } from "../../protocol/wire/bgp-error.js";
import type { EstablishedSession, SessionHandler } from "../../src/peer/session-handler.js";

/** The routing side of a session, which writes down what it is told. */
export class RecordingHandler implements SessionHandler {
  readonly log: string[] = [];
  readonly updates: Uint8Array[] = [];
  session: EstablishedSession | null = null;
  end: SessionEnd | null = null;
  /** What `update()` answers. */
  answer: BgpError | null = null;

  established(session: EstablishedSession): void {
    this.session = session;
    this.log.push("established");
  }

  update(bytes: Uint8Array, start: number, end: number): BgpError | null {
    this.updates.push(bytes.slice(start, end));
    this.log.push("update");
    return this.answer;
  }

  routeRefresh(message: RouteRefreshMessage): void {
    this.log.push(`refresh ${message.afi}/${message.safi}`);
  }

  closed(end: SessionEnd, retainsRoutes: boolean): void {
    this.session = null;
    this.end = end;
    this.log.push(retainsRoutes ? "closed, routes stay" : "closed");
  }
}
