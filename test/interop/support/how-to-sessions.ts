import type { SessionView } from "../../../src/api/views.js";
import { ADDRESSES, BORDER, CLUSTER_AS, NAMES, type NodeName } from "./how-to-places.js";

/** A session as section 8 of the reference writes it: session, peer, port, peer AS, i/e, type, passive, RR client, source. */
export type SessionRow = string;
export type RowsByNode = ReadonlyMap<NodeName, readonly SessionRow[]>;

interface RowFacts {
  readonly asNumber?: number;
  readonly ibgp?: boolean;
  readonly clusterId?: string; // of the reflector whose client the peer is
}

export function meshRow(at: NodeName, peer: NodeName, facts: RowFacts = {}): SessionRow {
  const passive = ADDRESSES[peer] > ADDRESSES[at]; // as text
  return row("Mesh", at, ADDRESSES[peer], "mesh", passive, facts);
}

export function nodeRow(at: NodeName, address: string, facts: RowFacts = {}): SessionRow {
  return row("Node", at, address, "node", false, facts);
}

export function globalRow(at: NodeName, address: string, facts: RowFacts = {}): SessionRow {
  return row("Global", at, address, "global", false, facts);
}

function row(prefix: string, at: NodeName, address: string, type: string, passive: boolean, facts: RowFacts): SessionRow {
  const { asNumber = CLUSTER_AS, ibgp = asNumber === CLUSTER_AS, clusterId = "-" } = facts;
  const session = `${prefix}_${address.replaceAll(".", "_")}`;
  return cells([session, address, 179, asNumber, ibgp, type, passive, clusterId, ADDRESSES[at]]);
}

function cells(values: readonly (string | number | boolean | null)[]): SessionRow {
  const [session, address, port, asNumber, ibgp, type, passive, client, source] = values;
  return [session, address, port, asNumber, ibgp ? "i" : "e", type, passive ? "yes" : "no", client, source].join(" | ");
}

/** What a node tells of a session; `clusterId` is the node's own. */
export function rowOf(session: SessionView, clusterId: string | null): SessionRow {
  const { name, address, port, asNumber, ibgp, type, passive, rrClient, localAddress } = session;
  return cells([name, address, port, asNumber, ibgp, type, passive, rrClient ? clusterId : "-", localAddress]);
}

/** These for each node, and the one of my-node with BIRD. */
export function sessionRows(of: (at: NodeName) => readonly SessionRow[], border: RowFacts = {}): RowsByNode {
  const withBorder = (at: NodeName) => [...of(at), ...(at === "my-node" ? [nodeRow(at, BORDER.address, border)] : [])];
  return new Map(NAMES.map((at) => [at, withBorder(at)]));
}

/** The mesh that these nodes have with one another. */
export function meshRows(at: NodeName, members: readonly NodeName[] = NAMES): readonly SessionRow[] {
  if (!members.includes(at)) return [];
  return members.filter((peer) => peer !== at).map((peer) => meshRow(at, peer));
}

/** When each session came up, by node and address of the peer. */
export type UpSince = ReadonlyMap<string, string>;

/** Which sessions have stayed up from the one moment to the other. */
export function keptUp(before: UpSince, after: UpSince): string[] {
  return [...before].filter(([session, since]) => after.get(session) === since).map(([session]) => session);
}
