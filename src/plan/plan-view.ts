import { formatRouterId } from "../../protocol/net/router-id.js";
import type { Policy } from "../../rib/policy/policy.js";
import type { Cause, NodePlan, PasswordReference, PlanFault, SessionPlan } from "./node-plan.js";
import { conditionText, modificationText } from "./policy-words.js";

/** A NodePlan as `peregrine plan -o json` prints it: strings and numbers, and of passwords only where they are. */
export interface PlanView {
  readonly node: string;
  readonly asNumber: number;
  readonly routerId: string;
  readonly listen: readonly { readonly address: string; readonly port: number }[];
  readonly sessions: readonly SessionView[];
  readonly policies: readonly PolicyView[]; // each once, however many sessions have it
  readonly originated: readonly OriginatedView[];
  readonly hostRoutes: readonly { readonly prefix: string; readonly gateway: string; readonly cause: Cause }[];
  readonly faults: readonly PlanFault[];
}

export interface OriginatedView {
  readonly type: "block" | "service";
  readonly prefix: string;
  readonly cause: Cause;
}

export interface SessionView {
  readonly name: string;
  readonly type: string;
  readonly address: string;
  readonly port: number;
  readonly asNumber: number;
  readonly localAsNumber: number;
  readonly ibgp: boolean;
  readonly sourceAddress: string | null;
  readonly ttl: number;
  readonly ttlSecurity: number | null;
  readonly passive: boolean;
  readonly rrClient: boolean;
  readonly clusterId: string | null; // ours, towards a client
  readonly nextHop: "auto" | "self" | "keep";
  readonly allowOwnAs: number;
  readonly restartTimeSeconds: number;
  readonly keepaliveSeconds: number | null;
  readonly password: { readonly secret: string; readonly key: string; readonly missing?: true } | null;
  readonly importFilters: readonly string[];
  readonly exportFilters: readonly string[];
  readonly importPolicy: string; // the name of one of `policies`
  readonly exportPolicy: string;
  readonly addPath: boolean;
  readonly cause: Cause;
}

/** A policy in words. The first statement whose conditions all hold decides, unless its verdict is "next". */
export interface PolicyView {
  readonly name: string;
  readonly statements: readonly {
    readonly name: string; // with file and line
    readonly conditions: readonly string[]; // none: every route
    readonly modifications: readonly string[]; // of routes for which the conditions hold
    readonly verdict: "accept" | "reject" | "next";
  }[];
  readonly otherwise: "accept" | "reject";
}

export function planView(plan: NodePlan): PlanView {
  return {
    node: plan.node,
    asNumber: plan.asNumber,
    routerId: formatRouterId(plan.routerId),
    listen: plan.listen.map(({ address, port }) => ({ address: address.toString(), port })),
    sessions: plan.sessions.map((session) => sessionView(plan, session)),
    policies: policiesOf(plan).map(policyView),
    originated: plan.originated.map(({ type, prefix, cause }) => ({ type, prefix: prefix.toString(), cause })),
    hostRoutes: plan.hostRoutes.map(({ prefix, gateway, cause }) => ({ prefix: `${prefix}`, gateway: `${gateway}`, cause })),
    faults: plan.faults,
  };
}

function policiesOf({ sessions }: NodePlan): readonly Policy[] {
  const policies = sessions.flatMap(({ importPolicy, exportPolicy }) => [importPolicy, exportPolicy]);
  return [...new Map(policies.map((policy) => [policy.name, policy])).values()];
}

function policyView({ name, statements, otherwise }: Policy): PolicyView {
  const inWords = statements.map(({ conditions, modifications, ...rest }) => ({
    name: rest.name,
    conditions: conditions.map(conditionText),
    modifications: modifications.map(modificationText),
    verdict: rest.verdict,
  }));
  return { name, statements: inWords, otherwise };
}

function sessionView(plan: NodePlan, session: SessionPlan): SessionView {
  const { name, type, port, asNumber, localAsNumber, ibgp, ttl, ttlSecurity, passive, rrClient, nextHop, allowOwnAs } = session;
  const { restartTimeSeconds, keepaliveSeconds, importFilters, exportFilters, addPath, cause } = session;
  return {
    name,
    type,
    address: session.address.toString(),
    port,
    asNumber,
    localAsNumber,
    ibgp,
    sourceAddress: session.sourceAddress?.toString() ?? null,
    ttl,
    ttlSecurity,
    passive,
    rrClient,
    clusterId: rrClient && plan.clusterId !== null ? formatRouterId(plan.clusterId) : null,
    nextHop,
    allowOwnAs,
    restartTimeSeconds,
    keepaliveSeconds,
    password: passwordView(session.password),
    importFilters,
    exportFilters,
    importPolicy: session.importPolicy.name,
    exportPolicy: session.exportPolicy.name,
    addPath,
    cause,
  };
}

function passwordView(password: PasswordReference | null): SessionView["password"] {
  if (password === null) return null;
  const { secret, key, missing } = password;
  return missing ? { secret, key, missing } : { secret, key };
}
