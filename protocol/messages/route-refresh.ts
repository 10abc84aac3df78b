/** The ROUTE-REFRESH message (RFC 2918, RFC 7313): plain request, or begin and end of a refresh (BoRR, EoRR). */
export interface RouteRefreshMessage {
  readonly type: "route-refresh";
  readonly afi: number;
  readonly safi: number;
  readonly subtype: "request" | "begin" | "end";
}
