import { formatRouterId } from "../../protocol/net/router-id.js";
import type { HostRoute, KernelRule, ListenAddress, NodePlan, SessionPlan, WireguardNode } from "./node-plan.js";
import { onlyIn } from "./originated-prefixes.js";
import type { Effect, FieldChange, PlanStep } from "./plan-step.js";
import { policyMeaning, statementsOnlyIn } from "./policy-meaning.js";

/** A session together with what the node as a whole says in it. */
interface Side {
  readonly session: SessionPlan;
  readonly routerId: number;
  readonly clusterId: number | null;
}

interface FieldRule {
  readonly field: string;
  readonly value: (side: Side) => string | number | boolean | null; // equal: nothing to do
  readonly effects: readonly Effect[];
  readonly why: string;
  readonly applies?: (before: Side, after: Side) => boolean; // false: the change has no effect
  readonly show?: (side: Side, other: Side) => string; // what people see instead of `value`
}

/**
 * What a change of each field asks for. Only what stands in the OPEN or belongs to the TCP connection resets a session.
 *
 *   address, family   another session: never two sides of one
 *   ibgp              follows from the two AS numbers
 *   import/exportFilters  names only: what they do stands in the policies
 *   cause             for people
 */
const FIELD_RULES: readonly FieldRule[] = [
  {
    field: "port",
    value: ({ session }) => session.port,
    effects: ["reset"],
    why: "the connection goes to the port that was dialled",
    // A connection that the peer made has nothing to do with the port that we would dial.
    applies: (before, after) => !before.session.passive && !after.session.passive,
  },
  { field: "asNumber", value: ({ session }) => session.asNumber, effects: ["reset"], why: "the peer's OPEN is checked for it" },
  { field: "localAsNumber", value: ({ session }) => session.localAsNumber, effects: ["reset"], why: "it stands in our OPEN" },
  { field: "routerId", value: ({ routerId }) => formatRouterId(routerId), effects: ["reset"], why: "it stands in our OPEN" },
  {
    field: "sourceAddress",
    value: ({ session }) => session.sourceAddress?.toString() ?? null,
    effects: ["reset"],
    why: "the connection is bound to it",
  },
  { field: "ttl", value: ({ session }) => session.ttl, effects: ["reset"], why: "both ends change it together" },
  { field: "ttlSecurity", value: ({ session }) => session.ttlSecurity, effects: ["reset"], why: "both ends change it together" },
  {
    field: "password",
    value: ({ session }) => session.password?.digest ?? null, // another reference to the same password is no change
    effects: ["rekey"],
    why: "the connection goes on with the new key",
    show: ({ session }) => passwordText(session),
  },
  {
    field: "holdTimeSeconds",
    value: ({ session }) => session.holdTimeSeconds,
    effects: ["reset"],
    why: "it is negotiated in the OPEN",
  },
  { field: "addPath", value: ({ session }) => session.addPath, effects: ["reset"], why: "it is negotiated in the OPEN" },
  {
    field: "restartTimeSeconds",
    value: ({ session }) => session.restartTimeSeconds,
    effects: ["next-open"],
    why: "it stands in our OPEN, and matters to the peer only when the session ends",
  },
  { field: "keepaliveSeconds", value: ({ session }) => session.keepaliveSeconds, effects: ["timers"], why: "it is ours alone" },
  { field: "passive", value: ({ session }) => session.passive, effects: ["dial"], why: "an established session does not dial" },
  {
    field: "importPolicy",
    value: ({ session }) => policyMeaning(session.importPolicy),
    effects: ["import"],
    why: "what the peer sent is kept",
    show: ({ session }, other) => statementsOnlyIn(session.importPolicy, other.session.importPolicy),
  },
  { field: "allowOwnAs", value: ({ session }) => session.allowOwnAs, effects: ["import"], why: "what the peer sent is kept" },
  {
    field: "exportPolicy",
    value: ({ session }) => policyMeaning(session.exportPolicy),
    effects: ["export"],
    why: "routes are advertised anew",
    show: ({ session }, other) => statementsOnlyIn(session.exportPolicy, other.session.exportPolicy),
  },
  { field: "nextHop", value: ({ session }) => session.nextHop, effects: ["export"], why: "routes are advertised anew" },
  {
    field: "rrClient",
    value: ({ session }) => session.rrClient,
    effects: ["export", "reflect"],
    why: "routes are reflected anew",
  },
  {
    field: "clusterId",
    value: ({ session, clusterId }) => (session.ibgp && clusterId !== null ? formatRouterId(clusterId) : null),
    effects: ["import", "export"],
    why: "CLUSTER_LIST is written and checked with it (RFC 4456)",
  },
  { field: "type", value: ({ session }) => session.type, effects: ["name"], why: "another resource asks for it" },
  { field: "name", value: ({ session }) => session.name, effects: ["name"], why: "another resource asks for it" },
];

/** What to do so that a node that follows `before` follows `after`; null: a node that does nothing yet. */
export function diffPlans(before: NodePlan | null, after: NodePlan): readonly PlanStep[] {
  const sessions = sessionSteps(before, after);
  const ofType = (...types: readonly PlanStep["type"][]) => sessions.filter(({ type }) => types.includes(type));
  return [
    ...without(before?.listen ?? [], after.listen, listenKey).map((listen) => ({ type: "listen-remove", listen }) as const),
    ...ofType("session-remove"),
    ...(before === null ? [] : speakerSteps(before, after)),
    ...kernelSteps(before, after),
    ...wireguardSteps(before?.wireguardNodes ?? [], after.wireguardNodes),
    ...originationSteps(before, after),
    ...hostRouteSteps(before?.hostRoutes ?? [], after.hostRoutes),
    ...ofType("session-reset", "session-live"),
    ...without(after.listen, before?.listen ?? [], listenKey).map((listen) => ({ type: "listen-add", listen }) as const),
    ...ofType("session-add"),
  ];
}

/** Sessions are the same when address and port are, else when the address is: a name may change without a reset. */
function sessionSteps(before: NodePlan | null, after: NodePlan): readonly PlanStep[] {
  const [old, now] = before === null ? [[], after.sessions] : differentSessions(before, after);
  const exact = pair(old, now, (session) => `${session.address} ${session.port}`);
  const moved = pair(exact.onlyBefore, exact.onlyAfter, (session) => session.address.toString());
  const kept = before === null ? [] : [...exact.pairs, ...moved.pairs].sort(([, a], [, b]) => (a.name < b.name ? -1 : 1));
  return [
    ...moved.onlyBefore.map((session) => ({ type: "session-remove", session }) as const),
    ...kept.flatMap(([was, is]) => changeSteps(sideOf(before!, was), sideOf(after, is))),
    ...moved.onlyAfter.map((session) => ({ type: "session-add", session }) as const),
  ];
}

/** The sessions of both without those that are one object in both, unless what a plan as a whole says has to do with them. */
function differentSessions(before: NodePlan, after: NodePlan): readonly [readonly SessionPlan[], readonly SessionPlan[]] {
  if (before.routerId !== after.routerId || before.clusterId !== after.clusterId) return [before.sessions, after.sessions];
  const old = before.sessions.filter((session, index) => session !== after.sessions[index]); // most stand where they stood
  const now = after.sessions.filter((session, index) => session !== before.sessions[index]);
  const [stood, stand] = [new Set(old), new Set(now)];
  return [old.filter((session) => !stand.has(session)), now.filter((session) => !stood.has(session))];
}

interface Pairing {
  readonly pairs: readonly (readonly [SessionPlan, SessionPlan])[];
  readonly onlyBefore: readonly SessionPlan[];
  readonly onlyAfter: readonly SessionPlan[];
}

/** Pairs sessions of equal key, each at most once, in the order of the lists. */
function pair(before: readonly SessionPlan[], after: readonly SessionPlan[], keyOf: (session: SessionPlan) => string): Pairing {
  const waiting = new Map<string, SessionPlan[]>();
  for (const session of before) {
    const key = keyOf(session);
    const others = waiting.get(key);
    if (others === undefined) waiting.set(key, [session]);
    else others.push(session);
  }
  const pairs: (readonly [SessionPlan, SessionPlan])[] = [];
  const onlyAfter: SessionPlan[] = [];
  for (const session of after) {
    const was = waiting.get(keyOf(session))?.shift();
    if (was === undefined) onlyAfter.push(session);
    else pairs.push([was, session]);
  }
  return { pairs, onlyBefore: [...waiting.values()].flat(), onlyAfter };
}

function changeSteps(before: Side, after: Side): readonly PlanStep[] {
  const changes = FIELD_RULES.flatMap((rule) => changesBy(rule, before, after));
  if (changes.length === 0) return [];
  const effects = [...new Set(changes.map(({ effect }) => effect))];
  const type = effects.includes("reset") ? "session-reset" : "session-live";
  changes.sort((a, b) => Number(b.effect === "reset") - Number(a.effect === "reset"));
  return [{ type, before: before.session, after: after.session, changes, effects }];
}

function changesBy(rule: FieldRule, before: Side, after: Side): readonly FieldChange[] {
  const [was, is] = [rule.value(before), rule.value(after)];
  if (was === is || rule.applies?.(before, after) === false) return [];
  const from = rule.show?.(before, after) ?? String(was ?? "none");
  const to = rule.show?.(after, before) ?? String(is ?? "none");
  return rule.effects.map((effect) => ({ field: rule.field, from, to, effect, why: rule.why }));
}

function sideOf(plan: NodePlan, session: SessionPlan): Side {
  return { session, routerId: plan.routerId, clusterId: plan.clusterId };
}

function passwordText({ password }: SessionPlan): string {
  if (password === null) return "none";
  return `${password.secret}/${password.key}${password.missing ? " (missing)" : ""}`;
}

function speakerSteps(before: NodePlan, after: NodePlan): readonly PlanStep[] {
  const fields = ["asNumber", "routerId", "clusterId"] as const;
  const text = (field: (typeof fields)[number], value: number | null) =>
    value === null ? "none" : field === "asNumber" ? String(value) : formatRouterId(value);
  return fields
    .filter((field) => before[field] !== after[field])
    .map((field) => ({ type: "speaker", field, from: text(field, before[field]), to: text(field, after[field]) }));
}

function kernelSteps(before: NodePlan | null, after: NodePlan): readonly PlanStep[] {
  const steps: PlanStep[] = [];
  const rules = before?.kernelRules ?? [];
  if (rulesMeaning(rules) !== rulesMeaning(after.kernelRules)) {
    steps.push({ type: "kernel-rules", before: rules, after: after.kernelRules });
  }
  const localRoutes = before?.localRoutes ?? null;
  if (JSON.stringify(localRoutes) !== JSON.stringify(after.localRoutes)) {
    steps.push({ type: "local-routes", before: localRoutes, after: after.localRoutes });
  }
  return steps;
}

function rulesMeaning(rules: readonly KernelRule[]): string {
  return rules.map(({ cidr, action, subnet }) => `${cidr} ${action} ${subnet}`).join("\n");
}

function wireguardSteps(before: readonly WireguardNode[], after: readonly WireguardNode[]): readonly PlanStep[] {
  const keyOf = ({ address }: WireguardNode) => address.toString();
  return [
    ...without(before, after, keyOf).map((node) => ({ type: "wireguard-remove", node }) as const),
    ...without(after, before, keyOf).map((node) => ({ type: "wireguard-add", node }) as const),
  ];
}

function originationSteps(before: NodePlan | null, after: NodePlan): readonly PlanStep[] {
  const old = before?.originated ?? [];
  const gone = onlyIn(old, after.originated);
  const come = onlyIn(after.originated, old);
  return [
    ...gone.map((originated) => ({ type: "withdraw", originated }) as const),
    ...come.map((originated) => ({ type: "originate", originated }) as const),
  ];
}

function hostRouteSteps(before: readonly HostRoute[], after: readonly HostRoute[]): readonly PlanStep[] {
  const keyOf = ({ prefix, gateway }: HostRoute) => `${prefix} ${gateway}`;
  return [
    ...without(before, after, keyOf).map((route) => ({ type: "host-route-remove", route }) as const),
    ...without(after, before, keyOf).map((route) => ({ type: "host-route-add", route }) as const),
  ];
}

function without<T>(items: readonly T[], others: readonly T[], keyOf: (item: T) => string): readonly T[] {
  const keys = new Set(others.map(keyOf));
  return items.filter((item) => !keys.has(keyOf(item)));
}

function listenKey({ address, port }: ListenAddress): string {
  return `${address} ${port}`;
}
