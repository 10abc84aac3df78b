import type { RouteSource } from "../policy/policy.js";
import { AttributeFlag } from "../store/attribute-facts.js";
import type { ExportProfile } from "./export-profile.js";

/** Facts of the peer that a path was learned from, as far as they decide whom it may be told to. */
export interface PathSource {
  readonly source: RouteSource;
  readonly internal: boolean; // an iBGP session
  readonly rrClient: boolean; // it is a client of ours
}

/** Why a path may not be told to the peers of a profile. */
export const Refusal = {
  NoAdvertise: "it carries NO_ADVERTISE (RFC 1997)",
  NoExport: "it carries NO_EXPORT, and the peer is external (RFC 1997)",
  NoExportSubconfed: "it carries NO_EXPORT_SUBCONFED, and the peer is external (RFC 1997)",
  NotReflected: "it was learned over iBGP, the peer is internal, and we are no route reflector (RFC 4271 §9.2)",
  NonClients: "it was learned from an internal non-client, and the peer is no client (RFC 4456 §6)",
} as const;
export type Refusal = (typeof Refusal)[keyof typeof Refusal];

/**
 * May a path be told to the peers of this profile, before policy is asked? What a community forbids holds for routes of our own
 * too, if they carry it: communities added by the export policy are for the peer to heed.
 *
 * @param flags `AttributeSetTable.flags` of the path's attributes before policy
 * @returns null: it may
 */
export function advertiseTo(from: PathSource, flags: number, to: ExportProfile): Refusal | null {
  if ((flags & AttributeFlag.NoAdvertise) !== 0) return Refusal.NoAdvertise;
  if (!to.internal) {
    if ((flags & AttributeFlag.NoExport) !== 0) return Refusal.NoExport;
    return (flags & AttributeFlag.NoExportSubconfed) !== 0 ? Refusal.NoExportSubconfed : null;
  }
  if (from.source !== "bgp" || !from.internal) return null;
  if (to.clusterId === null) return Refusal.NotReflected;
  return from.rrClient || to.rrClient ? null : Refusal.NonClients;
}
