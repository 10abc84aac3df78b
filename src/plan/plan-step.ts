import type {
  HostRoute,
  KernelRule,
  ListenAddress,
  LocalRoutesPlan,
  OriginatedPrefix,
  SessionPlan,
  WireguardNode,
} from "./node-plan.js";

/**
 * One thing to do so that a running node follows another plan. In the order in which `diffPlans()` gives them they can
 * be done one by one. Causes and the names of policy statements are no part of a plan's meaning: where only they differ
 * there is no step, and explain reads them from the newest plan.
 */
export type PlanStep =
  | { readonly type: "listen-remove" | "listen-add"; readonly listen: ListenAddress }
  | { readonly type: "session-remove" | "session-add"; readonly session: SessionPlan }
  | {
      readonly type: "session-reset" | "session-live";
      readonly before: SessionPlan;
      readonly after: SessionPlan;
      readonly changes: readonly FieldChange[]; // what made it so first; never empty
      readonly effects: readonly Effect[]; // of all the changes, each once; a reset makes the others needless
    }
  /** What the RIB and every later OPEN say of this node; the sessions that it touches have steps of their own. */
  | {
      readonly type: "speaker";
      readonly field: "asNumber" | "routerId" | "clusterId";
      readonly from: string;
      readonly to: string;
    }
  | { readonly type: "withdraw" | "originate"; readonly originated: OriginatedPrefix }
  | { readonly type: "host-route-add" | "host-route-remove"; readonly route: HostRoute }
  | { readonly type: "kernel-rules"; readonly before: readonly KernelRule[]; readonly after: readonly KernelRule[] }
  | { readonly type: "wireguard-add" | "wireguard-remove"; readonly node: WireguardNode }
  | { readonly type: "local-routes"; readonly before: LocalRoutesPlan | null; readonly after: LocalRoutesPlan };

export interface FieldChange {
  readonly field: string; // of SessionPlan, or of the NodePlan around it
  readonly from: string;
  readonly to: string;
  readonly effect: Effect;
  readonly why: string; // the reason for the effect, for people
}

export type Effect =
  | "reset" // end the session and open it anew
  | "import" // run import policy and loop checks again over what the peer sent; no ROUTE-REFRESH needed
  | "export" // advertise to the peer anew
  | "reflect" // advertise what this peer sent anew to every internal peer
  | "dial" // begin or stop to dial; an established session stays
  | "rekey" // put the TCP-MD5 key on the listeners and on the connection that stands
  | "timers" // restart the keepalive timer with the new interval
  | "next-open" // say it in the next OPEN, whenever that is
  | "name"; // show it under another name

/** Of more originations, or withdrawals, only their number is told: a node may have tens of thousands of them. */
const MOST_TOLD = 20;

/** Steps in lines, for the log. */
export function describeSteps(steps: readonly PlanStep[]): readonly { readonly type: PlanStep["type"]; readonly text: string }[] {
  const lines = (["withdraw", "originate"] as const).flatMap((type) => {
    const count = steps.filter((step) => step.type === type).length;
    return count > MOST_TOLD ? [{ type, text: `${type}: ${count} prefixes` }] : [];
  });
  const told = new Set<PlanStep["type"]>(lines.map(({ type }) => type));
  return [
    ...lines,
    ...steps.filter(({ type }) => !told.has(type)).map((step) => ({ type: step.type, text: describeStep(step) })),
  ];
}

/** A step in one line. */
export function describeStep(step: PlanStep): string {
  switch (step.type) {
    case "listen-remove":
    case "listen-add":
      return `${step.type}: ${step.listen.address} port ${step.listen.port}`;
    case "session-remove":
    case "session-add": {
      const { name, cause } = step.session;
      return `${step.type}: ${name} (${cause.kind} ${cause.name}, ${cause.file}:${cause.line})`;
    }
    case "session-reset":
    case "session-live":
      return `${step.type}: ${step.after.name}: ${step.changes.map(describeChange).join("; ")}`;
    case "speaker":
      return `speaker: ${step.field} ${step.from} → ${step.to}`;
    case "withdraw":
    case "originate":
      return `${step.type}: ${step.originated.prefix}`;
    case "kernel-rules":
      return `kernel-rules: ${step.before.length} → ${step.after.length}`;
    case "host-route-add":
    case "host-route-remove":
      return `${step.type}: ${step.route.prefix} via ${step.route.gateway} (${step.route.cause.kind} ${step.route.cause.name})`;
    case "wireguard-add":
    case "wireguard-remove":
      return `${step.type}: routes via ${step.node.address} (${step.node.cause.kind} ${step.node.cause.name})`;
    case "local-routes":
      return "local-routes: changed";
  }
}

function describeChange({ field, from, to, effect, why }: FieldChange): string {
  return `${field} ${from} → ${to} (${effect}: ${why})`;
}
