import { type FaultPlace, faultAt, type ResourceFault, wholeFile } from "../resources/resource-fault.js";
import { BGP_PORT, type ClusterNode } from "./cluster-view.js";
import { type Mismatch, originOf, type SessionEnd } from "./compare-ends.js";
import type { Shadow } from "./explicit-peerings.js";
import { placeOf } from "./fault.js";
import type { Cause, PlanFault } from "./node-plan.js";

/** Equal for mismatches of the same sort that the same resources cause. */
export function mismatchKey({ type, here, there }: Mismatch): string {
  return [type, originOf(here), there === null ? "nothing" : originOf(there)].join("\n");
}

/** @param more nodes like the one named, that it may concern too */
export function mismatchFault(mismatch: Mismatch, more: number): ResourceFault {
  const { here, there } = mismatch;
  const [message, remedy] = there === null ? oneSided(here) : WORDS[mismatch.type](here, there);
  return faultAt("warning", causePlace(here.session.cause), { message: `${message}${likewise(more)}`, remedy });
}

export function shadowKey({ winner, loser }: Shadow): string {
  return ["shadow", winner.peer.name, loser.peer.name].join("\n");
}

export function shadowFault({ winner, loser }: Shadow, node: ClusterNode, more: number): ResourceFault {
  const other = `BGPPeer ${winner.peer.name} (${placeOf(winner.peer.cause)})`;
  const rule = winner.type === loser.type ? "the lower name comes first" : "a global BGPPeer comes before others";
  const message = `on ${node.name} it is shadowed by ${other} for ${loser.end.text}: ${rule}${likewise(more)}`;
  return faultAt("warning", causePlace(loser.peer.cause), {
    message,
    remedy: "remove one of them, or let them select other nodes",
  });
}

/** What stops a part of a node's plan, which Calico's API accepts all the same. */
export function planFaultOf({ message, cause }: PlanFault): ResourceFault {
  const subject = cause === null ? "" : `${cause.kind} ${cause.name}: `;
  const words = message.startsWith(subject) ? message.slice(subject.length) : message;
  return faultAt("warning", causePlace(cause), { message: words });
}

/** Where a resource begins. */
export function causePlace(cause: Cause | null): FaultPlace {
  if (cause === null) return wholeFile("all files");
  const { file, line, kind, name } = cause;
  return { file, line, column: 1, kind, name, field: null, excerpt: null };
}

type Words = readonly [message: string, remedy: string];

const WORDS: { readonly [type in Mismatch["type"]]: (here: SessionEnd, there: SessionEnd) => Words } = {
  "one-sided": oneSided,
  families: (here, there) => [
    `${sessionText(here)} goes over ${version(here)}, but ${nodeText(there)} has one with ${here.node.name} over ${version(there)} alone`,
    "let both name addresses of the same family",
  ],
  "two-sessions": (here, there) => [
    `${sessionText(here)} goes to port ${here.session.port}, and another to port ${there.session.port} (${originText(there)}): between two addresses only one comes up`,
    "remove one of them",
  ],
  "as-number": (here, there) => [
    `${sessionText(here)} expects AS ${here.session.asNumber}, but ${nodeText(there)} says AS ${there.session.localAsNumber}: it is refused as Bad Peer AS`,
    "let the asNumber of one side be what the other says; a localASNumber needs a BGPPeer for each side",
  ],
  password: (here, there) => [
    `${sessionText(here)} has ${passwordText(here)}, but ${nodeText(there)} has ${hasPassword(here) && hasPassword(there) ? "another" : passwordText(there)}: neither hears the other`,
    "let both sides use the same key of the same Secret",
  ],
  "ttl-security": (here, there) => [
    `${sessionText(here)} has ttlSecurity ${here.session.ttlSecurity}, but ${nodeText(there)} has none: its packets are dropped`,
    "set ttlSecurity on both sides",
  ],
  "nobody-dials": (here, there) => [
    `${sessionText(here)} never comes up: ${dialling(here)}, and ${dialling(there)} (${originText(there)})`,
    "name the port on which the other listens; a BGPPeer with node or nodeSelector always dials",
  ],
};

function oneSided(here: SessionEnd): Words {
  const { node, peer, session } = here;
  const waits = session.passive ? `, and ${node.name} waits for it to dial` : "";
  const message = `${sessionText(here)} never comes up: ${peer.name} (${placeOf(peer.cause)}) has none with ${node.name}${waits}`;
  return [message, oneSidedRemedy(here)];
}

function oneSidedRemedy({ peer, session, peering }: SessionEnd): string {
  const write = `write a BGPPeer that gives ${peer.name} the session`;
  const port = peer.listenPort ?? BGP_PORT;
  if (peering?.peer.spec.reversePeering === "Manual") return `remove reversePeering: Manual, or ${write}`;
  if (session.asNumber !== peer.asNumber) return `set asNumber to ${peer.asNumber}, the AS of ${peer.name}, or ${write}`;
  return session.port === port ? write : `set the port to ${port}, on which ${peer.name} listens, or ${write}`;
}

function sessionText({ node, peer, session }: SessionEnd): string {
  return `the session of ${node.name} with ${peer.name} (${session.address})`;
}

function nodeText(end: SessionEnd): string {
  return `${end.node.name} (${originText(end)})`;
}

function originText({ peering }: SessionEnd): string {
  return peering === null ? "node-to-node mesh" : `BGPPeer ${peering.peer.name}, ${placeOf(peering.peer.cause)}`;
}

function version({ session }: SessionEnd): string {
  return `IPv${session.address.version}`;
}

function hasPassword({ session }: SessionEnd): boolean {
  return session.password !== null && !session.password.missing;
}

function passwordText(end: SessionEnd): string {
  return hasPassword(end) ? "a password" : "no password";
}

function dialling({ node, peer, session }: SessionEnd): string {
  if (session.passive) return `${node.name} waits for ${peer.name} to dial`;
  return `${node.name} dials port ${session.port}, on which ${peer.name} does not listen`;
}

function likewise(more: number): string {
  return more <= 0 ? "" : `; the same may go for ${more} more ${more === 1 ? "node" : "nodes"}`;
}
