import type { Family } from "../../protocol/net/address-family.js";
import { formatRouterId } from "../../protocol/net/router-id.js";
import type { Rib } from "../../rib/rib.js";
import type { HeldSession } from "../peer/sessions.js";
import type { NodePlan } from "../plan/node-plan.js";
import type { RecoveryStatus } from "../recovery.js";
import { VERSION } from "../version.js";
import { type SessionRoutes, sessionView } from "./session-view.js";
import type { KernelStatusView, ResourcesView, SessionView, StatusView, TableView } from "./views.js";

export interface StatusParts {
  readonly plan: NodePlan;
  readonly startedAt: Date;
  readonly listen: readonly string[];
  readonly resources: ResourcesView;
  readonly recovery: RecoveryStatus;
  readonly kernel: KernelStatusView;
  readonly rib: Rib;
  readonly sessions: Iterable<HeldSession>;
}

export function statusView(parts: StatusParts): StatusView {
  const { plan, startedAt, listen, resources, recovery, kernel, rib, sessions } = parts;
  return {
    node: plan.node,
    version: VERSION,
    asNumber: plan.asNumber,
    routerId: formatRouterId(plan.routerId),
    clusterId: plan.clusterId === null ? null : formatRouterId(plan.clusterId),
    startedAt: startedAt.toISOString(),
    uptimeSeconds: Math.floor((Date.now() - startedAt.getTime()) / 1000),
    listen,
    resources,
    recovery: { ...recovery, until: recovery.until === null ? null : new Date(recovery.until).toISOString() },
    kernel,
    tables: tableViews(rib),
    sessions: sessionViews(rib, sessions),
  };
}

export function sessionViews(rib: Rib, sessions: Iterable<HeldSession>): readonly SessionView[] {
  return [...sessions].map(({ plan, peer, routing }) =>
    sessionView(plan, peer.status(), routesOf(rib, plan.family, routing), routing),
  );
}

function routesOf(rib: Rib, family: Family, { peer, membership, excessPaths }: HeldSession["routing"]): SessionRoutes {
  const table = rib.table(family);
  return {
    received: peer === null ? 0 : table.routeCount(peer),
    accepted: peer === null ? 0 : table.acceptedCount(peer),
    stale: peer === null ? 0 : table.staleCount(peer),
    advertised: membership?.advertisedCount ?? 0,
    excessPaths,
  };
}

function tableViews(rib: Rib): readonly TableView[] {
  return rib.families.map((family) => {
    const table = rib.table(family);
    return {
      family,
      prefixes: table.prefixCount,
      paths: rib.activePeers().reduce((sum, peer) => sum + table.routeCount(peer), 0),
    };
  });
}
