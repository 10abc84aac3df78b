import type { Capability } from "../../protocol/capabilities/capability.js";
import type { Negotiated } from "../../protocol/capabilities/negotiate.js";
import { familyOf } from "../../protocol/net/address-family.js";
import { formatRouterId } from "../../protocol/net/router-id.js";
import type { PeerStatus } from "../peer/peer-status.js";
import type { RoutingSession } from "../peer/routing-session.js";
import type { SessionPlan } from "../plan/node-plan.js";
import type { GracefulRestartView, SessionView } from "./views.js";

/** How many routes a session carries, by stage. */
export interface SessionRoutes {
  readonly received: number;
  readonly accepted: number;
  readonly stale: number;
  readonly advertised: number;
  readonly excessPaths: number;
}

export function sessionView(
  plan: SessionPlan,
  status: PeerStatus,
  routes: SessionRoutes,
  { faults, negotiated, retainedUntil }: Pick<RoutingSession, "faults" | "negotiated" | "retainedUntil">,
): SessionView {
  const { name, type, port, asNumber, localAsNumber, ibgp, rrClient, passive, family, importFilters, exportFilters, cause } =
    plan;
  return {
    ...{ name, type, address: plan.address.toString(), port, asNumber, localAsNumber, ibgp, rrClient, passive, family },
    state: status.phase,
    bgpState: status.state,
    since: new Date(status.since).toISOString(),
    info: status.info,
    lastError: status.lastError,
    localAddress: status.localAddress?.toString() ?? null,
    remoteRouterId: status.remoteRouterId === null ? null : formatRouterId(status.remoteRouterId),
    holdTimeSeconds: status.negotiated?.holdTimeSeconds ?? null,
    keepaliveSeconds: status.negotiated?.keepaliveSeconds ?? null,
    capabilities: status.negotiated?.peerCapabilities.map(capabilityText) ?? [],
    messagesIn: { ...status.messagesIn },
    messagesOut: { ...status.messagesOut },
    resets: status.resets,
    faults: Object.fromEntries(Object.entries(faults).filter(([, count]) => count > 0)),
    ...routes,
    gracefulRestart: gracefulRestartView(plan, negotiated, retainedUntil),
    ...{ importFilters, exportFilters, cause },
  };
}

function gracefulRestartView(
  { restartTimeSeconds, family }: SessionPlan,
  negotiated: Negotiated | null,
  retainedUntil: number | null,
): GracefulRestartView {
  const capability = negotiated?.gracefulRestart ?? null;
  const isHelped = capability?.families.some(({ afi, safi }) => familyOf(afi, safi) === family);
  return {
    restartTimeSeconds,
    negotiated: capability !== null,
    peerRestartTimeSeconds: isHelped ? capability!.restartTimeSeconds : null,
    notification: capability?.notification ?? false,
    peerRestarting: retainedUntil !== null,
    staleUntil: retainedUntil === null ? null : new Date(retainedUntil).toISOString(),
  };
}

function capabilityText(capability: Capability): string {
  switch (capability.type) {
    case "multiprotocol":
      return `multiprotocol ${capability.afi}/${capability.safi}`;
    case "four-octet-as":
      return `four-octet-as ${capability.asNumber}`;
    case "graceful-restart":
      return `graceful-restart ${capability.restartTimeSeconds} s`;
    case "add-path":
      return `add-path ${capability.families.map(({ afi, safi, mode }) => `${afi}/${safi} ${mode}`).join(", ")}`;
    case "role":
      return `role ${capability.role}`;
    case "fqdn":
      return `fqdn ${[capability.hostname, capability.domain].filter(Boolean).join(".")}`;
    case "software-version":
      return `software-version ${capability.version}`;
    case "unknown":
      return `unknown ${capability.code}`;
    default:
      return capability.type;
  }
}
