import { BGP_PORT, type ClusterNode } from "./cluster-view.js";
import type { Peering } from "./explicit-peerings.js";
import type { SessionPlan } from "./node-plan.js";

/** A session as one of its ends plans it, with the nodes at both. */
export interface SessionEnd {
  readonly node: ClusterNode;
  readonly peer: ClusterNode;
  readonly peering: Peering | null; // null: of the mesh
  readonly session: SessionPlan;
}

/** What two nodes expect of one another, each as its own resources have it, that does not fit. */
export interface Mismatch {
  readonly type: "one-sided" | "families" | "two-sessions" | "as-number" | "password" | "ttl-security" | "nobody-dials";
  readonly here: SessionEnd;
  readonly there: SessionEnd | null; // null: there is none
}

/** Compares what two nodes plan for one another in one family. */
export function compareEnds(here: readonly SessionEnd[], there: readonly SessionEnd[]): readonly Mismatch[] {
  const [one, other] = [lowestPort(here), lowestPort(there)];
  if (one === null || other === null) {
    const end = one ?? other;
    return end === null ? [] : [{ type: "one-sided", here: end, there: null }];
  }
  return [...twoSessions(here), ...twoSessions(there), ...comparePair(one, other)];
}

/** Between two addresses one session can come up, whatever the ports. */
function twoSessions(ends: readonly SessionEnd[]): readonly Mismatch[] {
  const [first, second] = [...ends].sort((a, b) => a.session.port - b.session.port);
  return first && second ? [{ type: "two-sessions", here: first, there: second }] : [];
}

function comparePair(one: SessionEnd, other: SessionEnd): readonly Mismatch[] {
  const [first, second] = inOrder(one, other);
  const oneWay = [
    [first, second],
    [second, first],
  ] as const;
  const found = (type: Mismatch["type"], here: SessionEnd, there: SessionEnd): Mismatch => ({ type, here, there });
  return [
    ...oneWay
      .filter(([here, there]) => here.session.asNumber !== there.session.localAsNumber)
      .map((ends) => found("as-number", ...ends)),
    ...oneWay
      .filter(([here, there]) => hasTtlSecurity(here) && !hasTtlSecurity(there))
      .map((ends) => found("ttl-security", ...ends)),
    ...(passwordOf(one) === passwordOf(other) ? [] : [found("password", first, second)]),
    ...(arrives(one) || arrives(other) ? [] : [found("nobody-dials", first, second)]),
  ];
}

/** What stands for the resource that asks for an end of a session. */
export function originOf({ peering }: SessionEnd): string {
  return peering === null ? "mesh" : `BGPPeer ${peering.peer.name}`;
}

/** What has no direction is told of the end that a BGPPeer asks for: of two, the one of the lower name. */
function inOrder(one: SessionEnd, other: SessionEnd): readonly [SessionEnd, SessionEnd] {
  const key = (end: SessionEnd) => `${originOf(end)} ${end.node.name}`; // "BGPPeer" is lower than "mesh"
  return key(one) < key(other) ? [one, other] : [other, one];
}

function hasTtlSecurity({ session }: SessionEnd): boolean {
  return session.ttlSecurity !== null;
}

function passwordOf({ session }: SessionEnd): string | null {
  return session.password?.digest ?? null;
}

/** Whether the peer hears our dialling. */
function arrives({ session, peer }: SessionEnd): boolean {
  return !session.passive && session.port === (peer.listenPort ?? BGP_PORT);
}

function lowestPort(ends: readonly SessionEnd[]): SessionEnd | null {
  return ends.reduce<SessionEnd | null>((low, end) => (low === null || end.session.port < low.session.port ? end : low), null);
}
