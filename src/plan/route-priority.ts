import type { BgpConfigurationSpec } from "../resources/resource-set.js";
import type { NormalPriority } from "./node-plan.js";

/**
 * The priority of a route is its kernel metric, and LOCAL_PREF is the difference to this (reference 5.5): the better route has
 * the lower priority and the higher LOCAL_PREF. Calico does so since 3.32, unless the operator says otherwise so do we.
 */
const MOST = 2147483647;

export function normalPriority(configuration: BgpConfigurationSpec): NormalPriority {
  return { "ipv4-unicast": configuration.ipv4NormalRoutePriority, "ipv6-unicast": configuration.ipv6NormalRoutePriority };
}

/** LOCAL_PREF of a route of this priority. */
export function localPrefOf(priority: number): number {
  return Math.max(0, MOST - priority);
}

/** The priority of a route with this LOCAL_PREF; at least 1, as the metric 0 means "none given" to IPv6. */
export function priorityOf(localPref: number): number {
  return Math.max(1, MOST - localPref);
}
