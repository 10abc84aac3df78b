/**
 * The priority of a route is its kernel metric, and LOCAL_PREF is the difference to this (reference 5.5): the better route has
 * the lower priority and the higher LOCAL_PREF.
 */
const MOST = 2147483647;

/** LOCAL_PREF of a route of this priority. */
export function localPrefOf(priority: number): number {
  return Math.max(0, MOST - priority);
}

/** The priority of a route with this LOCAL_PREF; at least 1, as the metric 0 means "none given" to IPv6. */
export function priorityOf(localPref: number): number {
  return Math.max(1, MOST - localPref);
}
