import type { CodecOptions } from "../../protocol/messages/codec-options.js";
import type { IpAddress } from "../../protocol/net/ip-address.js";
import type { RouterId } from "../../protocol/net/router-id.js";
import type { ExportProfile } from "../../rib/export/export-profile.js";
import type { SessionPlan } from "../plan/node-plan.js";

/** This speaker as its sessions see it. */
export interface Speaker {
  readonly routerId: RouterId;
  readonly clusterId: RouterId | null;
}

/** What the export to a peer depends on besides the plan. */
export interface ExportTerms {
  readonly localAddress: IpAddress;
  readonly internal: boolean;
  readonly send: Pick<CodecOptions, "fourOctetAs" | "maxMessageLength" | "extendedNextHop" | "addPath">;
}

export function exportProfileOf(
  plan: SessionPlan,
  { routerId, clusterId }: Speaker,
  { localAddress, internal, send }: ExportTerms,
): ExportProfile {
  return {
    family: plan.family,
    internal,
    rrClient: plan.rrClient,
    localAs: plan.localAsNumber,
    nextHop: plan.nextHop,
    selfAddress: localAddress,
    policy: plan.exportPolicy,
    fourOctetAs: send.fourOctetAs,
    maxMessageLength: send.maxMessageLength,
    extendedNextHop: send.extendedNextHop,
    addPath: send.addPath.has(plan.family),
    clusterId,
    routerId,
  };
}
