import { bitsOf } from "../../protocol/net/address-family.js";
import type { IpAddress } from "../../protocol/net/ip-address.js";
import { Prefix } from "../../protocol/net/prefix.js";
import { parseIpAddress, parsePrefix } from "../../protocol/net/text.js";
import { ok, type Result } from "../../protocol/result.js";
import type { Rib } from "../../rib/rib.js";
import { NO_ATTRIBUTES, NO_PREFIX } from "../../rib/store/ids.js";
import type { History } from "../generations/history.js";
import type { Forwarding } from "../kernel/forwarding.js";
import type { HeldSession, Sessions } from "../peer/sessions.js";
import type { NodePlan } from "../plan/node-plan.js";
import { planView } from "../plan/plan-view.js";
import { explainView } from "./explain-view.js";
import { generationViews } from "./generation-views.js";
import { advertisedViews, type Destination, findPrefix, locRibViews, prefixViews, receivedViews } from "./route-views.js";
import { type Answer, json, lines, type Routes, refusal } from "./server.js";
import { sessionViews } from "./status-view.js";
import type { StatusView } from "./views.js";

/** What the control API reads. */
export interface ControlParts {
  readonly rib: Rib;
  readonly sessions: Sessions;
  readonly forwarding: Forwarding;
  readonly history: History;
  readonly status: () => StatusView;
  readonly plan: () => NodePlan;
}

/** What the commands ask over the control socket. */
export function controlRoutes(parts: ControlParts): Routes {
  return {
    "/v1/status": () => json(parts.status()),
    "/v1/plan": () => json(planView(parts.plan())),
    "/v1/history": () => history(parts.history),
    "/v1/peers": (query) => peers(parts, query.get("address")),
    "/v1/routes": (query) => routes(parts, query),
    "/v1/explain": (query) => explain(parts, query),
  };
}

async function history({ generations, running }: History): Promise<Answer> {
  const listed = await generations.list();
  return listed.ok ? json(generationViews(listed.value, running)) : refusal(404, listed.error);
}

function peers({ rib, sessions }: ControlParts, address: string | null): Answer {
  if (address === null) return json(sessionViews(rib, sessions));
  const found = sessionsAt(sessions, address);
  return found.ok ? json(sessionViews(rib, found.value)) : refusal(404, found.error);
}

function routes(parts: ControlParts, query: URLSearchParams): Answer {
  const only = query.get("prefix");
  const destination = only === null ? null : parseDestination(only);
  if (destination !== null && !destination.ok) return refusal(400, destination.error);
  const rows = selectRoutes(parts, query, destination?.value ?? null);
  return rows.ok ? lines(rows.value) : refusal(404, rows.error);
}

type Row = { readonly prefix: string };
type Rows = Iterable<Row> | AsyncIterable<Row>;

/** Which table the query means: a peer's, the kernel's or the Loc-RIB. */
function selectRoutes(parts: ControlParts, query: URLSearchParams, destination: Destination | null): Result<Rows, string> {
  const { rib, sessions, forwarding } = parts;
  const peer = query.get("in") ?? query.get("out");
  if (query.has("kernel")) return ok(destination === null ? forwarding.routes() : matching(forwarding.routes(), destination));
  if (peer !== null) {
    const found = sessionsAt(sessions, peer);
    return found.ok ? ok(peerRoutes(rib, found.value, query.has("in"), destination)) : found;
  }
  const all = query.has("all");
  if (destination === null) return ok(locRibRoutes(rib, all, query.get("family")));
  const table = rib.table(destination.prefix.family);
  const id = findPrefix(table, destination, (candidate) => table.best(candidate) !== NO_ATTRIBUTES);
  return ok(id === NO_PREFIX ? [] : prefixViews(rib, table, id, all));
}

/** Made as it is read: a peer may have a million routes. */
function* peerRoutes(rib: Rib, sessions: readonly HeldSession[], isIn: boolean, destination: Destination | null): Iterable<Row> {
  for (const { plan, routing } of sessions) {
    const table = rib.table(plan.family);
    yield* isIn ? receivedViews(rib, table, routing, destination) : advertisedViews(rib, table, routing, destination);
  }
}

/** @param only the family wanted; null: every one */
function* locRibRoutes(rib: Rib, all: boolean, only: string | null): Iterable<Row> {
  for (const family of rib.families) {
    if (only === null || family === only) yield* locRibViews(rib, rib.table(family), all);
  }
}

/** The row of the prefix itself, or those of the longest prefix that holds the address. */
async function* matching(rows: Rows, { prefix, isAddress }: Destination): AsyncIterable<Row> {
  let longest: Row[] = [];
  let length = -1;
  for await (const row of rows) {
    const candidate = parsePrefix(row.prefix);
    if (!candidate.ok || !(isAddress ? candidate.value.contains(prefix) : candidate.value.equals(prefix))) continue;
    if (candidate.value.length > length) longest = [];
    if (candidate.value.length >= length) longest.push(row);
    length = Math.max(length, candidate.value.length);
  }
  yield* longest;
}

async function explain({ rib, sessions, forwarding, plan }: ControlParts, query: URLSearchParams): Promise<Answer> {
  const destination = parseDestination(query.get("prefix") ?? "");
  if (!destination.ok) return refusal(400, destination.error);
  const peer = query.get("peer");
  const concerned = peer === null ? ok(sessions) : sessionsAt(sessions, peer);
  if (!concerned.ok) return refusal(404, concerned.error);
  const { prefix } = destination.value;
  const table = rib.table(prefix.family);
  const id = findPrefix(table, destination.value, (candidate) => table.best(candidate) !== NO_ATTRIBUTES);
  const meant = id === NO_PREFIX ? prefix : table.prefixes.read(id);
  return json(explainView(rib, concerned.value, meant, await forwarding.explain(meant), plan().originated));
}

function parseDestination(text: string): Result<Destination, string> {
  if (text.includes("/")) {
    const prefix = parsePrefix(text, "clear");
    return prefix.ok ? ok({ prefix: prefix.value, isAddress: false }) : prefix;
  }
  const address = parseIpAddress(text);
  return address.ok ? ok({ prefix: hostPrefix(address.value), isAddress: true }) : address;
}

function hostPrefix(address: IpAddress): Prefix {
  return Prefix.of(address, bitsOf(address.version === 4 ? "ipv4-unicast" : "ipv6-unicast"));
}

/** The sessions with one peer, which may be several on different ports. */
function sessionsAt(sessions: Sessions, text: string): Result<readonly HeldSession[], string> {
  const address = parseIpAddress(text);
  if (!address.ok) return address;
  const found = [...sessions].filter(({ plan }) => plan.address.equals(address.value));
  if (found.length > 0) return ok(found);
  const known = [...sessions].map(({ plan }) => plan.address.toString()).join(", ");
  return { ok: false, error: `there is no session with ${text}; sessions: ${known || "none"}` };
}
