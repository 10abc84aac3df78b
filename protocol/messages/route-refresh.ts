/**
 * The ROUTE-REFRESH message (RFC 2918): a plain request, or begin and end of a refresh (BoRR and EoRR, RFC 7313).
 * A subtype that we do not know must be ignored (RFC 7313 §5).
 */
export interface RouteRefreshMessage {
  readonly type: "route-refresh";
  readonly afi: number;
  readonly safi: number;
  readonly subtype: "request" | "begin" | "end" | "unknown";
}
