import type {
  AdvertisedView,
  AttributesView,
  CandidateView,
  ExplainView,
  ExportView,
  GracefulRestartView,
  KernelRouteView,
  RouteView,
  SessionView,
  StatusView,
} from "../api/views.js";
import { ask, askLines } from "./control-client.js";
import { type Output, plainTable, structured } from "./render.js";
import { renderStatus } from "./status.js";

interface Asking {
  readonly control: string;
  readonly output: Output;
}

/** Rows of a table that are laid out together; a longer answer starts a new table with the same columns. */
const ROWS_A_TABLE = 10_000;

/** Characters of a long answer that are printed together. */
const WRITTEN_AT_ONCE = 65_536;

/** `peregrine status` */
export async function status({ control, output }: Asking): Promise<number> {
  const view = await ask<StatusView>(control, "/v1/status");
  print(output === "table" || output === "wide" ? renderStatus(view, Date.now()) : structured(output, view));
  return 0;
}

/** `peregrine peer [ADDR]` */
export async function peer({ control, output, address }: Asking & { readonly address?: string | undefined }): Promise<number> {
  const sessions = await ask<SessionView[]>(
    control,
    address === undefined ? "/v1/peers" : `/v1/peers?address=${encodeURIComponent(address)}`,
  );
  if (output === "json" || output === "yaml") print(structured(output, sessions));
  else if (address === undefined) print(peerTable(sessions, output === "wide"));
  else print(sessions.map(peerBlock).join("\n\n"));
  return 0;
}

/** `peregrine routes [PREFIX]` */
export async function routes(args: Asking & RouteQuery): Promise<number> {
  const rows = askLines<unknown>(args.control, `/v1/routes?${routeQuery(args)}`);
  if (args.output === "json") await printJson(rows);
  else if (args.output === "yaml") print(structured("yaml", await collect(rows)));
  else await printRows(rows, layoutOf(args));
  return 0;
}

async function collect(rows: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

/** A JSON array, one element a line, printed as it comes. */
async function printJson(rows: AsyncIterable<unknown>): Promise<void> {
  let text = "[";
  let separator = "\n";
  for await (const row of rows) {
    text += separator + JSON.stringify(row);
    separator = ",\n";
    if (text.length < WRITTEN_AT_ONCE) continue;
    await write(text);
    text = "";
  }
  print(separator === "\n" ? "[]" : `${text}\n]`);
}

async function printRows(rows: AsyncIterable<unknown>, { head, row }: Layout): Promise<void> {
  let batch: string[][] = [];
  for await (const view of rows) {
    batch.push(row(view as never));
    if (batch.length < ROWS_A_TABLE) continue;
    await write(`${plainTable(head, batch)}\n`);
    batch = [];
  }
  if (batch.length > 0) print(plainTable(head, batch));
}

/** `peregrine explain PREFIX` */
export async function explain({
  control,
  output,
  prefix,
  peer,
}: Asking & { prefix: string; peer?: string | undefined }): Promise<number> {
  const query = new URLSearchParams({ prefix, ...(peer === undefined ? {} : { peer }) });
  const view = await ask<ExplainView>(control, `/v1/explain?${query}`);
  print(output === "json" || output === "yaml" ? structured(output, view) : explainText(view));
  return 0;
}

interface RouteQuery {
  readonly prefix?: string | undefined;
  readonly in?: string | undefined;
  readonly out?: string | undefined;
  readonly kernel?: boolean | undefined;
  readonly all: boolean;
}

function routeQuery(args: RouteQuery): URLSearchParams {
  const query = new URLSearchParams();
  if (args.prefix !== undefined) query.set("prefix", args.prefix);
  if (args.in !== undefined) query.set("in", args.in);
  if (args.out !== undefined) query.set("out", args.out);
  if (args.kernel) query.set("kernel", "1");
  if (args.all) query.set("all", "1");
  return query;
}

interface Layout {
  readonly head: readonly string[];
  readonly row: (view: never) => string[];
}

function layoutOf(args: RouteQuery & Asking): Layout {
  const wide = args.output === "wide";
  if (args.kernel) return { head: ["PREFIX", "TYPE", "METRIC", "HOPS", "STATE", "ERROR"], row: kernelRow };
  const attributes = wide ? [...ATTRIBUTE_HEAD, ...WIDE_HEAD] : ATTRIBUTE_HEAD;
  const cells = (view: AttributesView) => (wide ? [...attributeCells(view), ...wideCells(view)] : attributeCells(view));
  if (args.out !== undefined)
    return {
      head: ["PREFIX", "PATH ID", ...attributes],
      row: (view: AdvertisedView) => [view.prefix, text(view.pathId), ...cells(view.attributes)],
    };
  const isEachPath = args.all || args.in !== undefined;
  return {
    head: ["", "PREFIX", "FROM", ...(isEachPath ? ["PATH ID"] : []), ...attributes],
    row: (view: RouteView) => {
      const path = isEachPath ? [text(view.pathId)] : [];
      return [routeMark(view), view.prefix, view.peer, ...path, ...cells(view.attributes)];
    },
  };
}

/** `*` chosen, `=` equal path used as well, `x` refused or not eligible; `s` behind it: stale. */
function routeMark(view: RouteView): string {
  const mark = view.best ? "*" : view.multipath ? "=" : view.accepted ? " " : "x";
  return view.stale ? `${mark}s` : mark;
}

const ATTRIBUTE_HEAD = ["NEXT HOP", "LOCAL PREF", "MED", "AS PATH", "ORIGIN"];
const WIDE_HEAD = ["COMMUNITIES", "ORIGINATOR", "CLUSTERS", "INTERFACE"];

function attributeCells(view: AttributesView): string[] {
  return [view.nextHop ?? "-", text(view.localPref), text(view.med), view.asPath, view.origin];
}

function wideCells(view: AttributesView): string[] {
  const communities = [...view.communities, ...view.largeCommunities].join(" ");
  return [communities || "-", view.originatorId ?? "-", view.clusterList.join(" ") || "-", view.interface ?? "-"];
}

function kernelRow(view: KernelRouteView): string[] {
  return [view.prefix, view.type, String(view.metric), view.hops.join(", "), view.state, view.error ?? ""];
}

function peerTable(sessions: readonly SessionView[], wide: boolean): string {
  const head = [
    "PEER",
    "AS",
    "STATE",
    "SINCE",
    "RECEIVED",
    "ACCEPTED",
    "SENT",
    "INFO",
    ...(wide ? ["NAME", "ROUTER ID", "HOLD", "RESETS"] : []),
  ];
  return plainTable(
    head,
    sessions.map((s) => [
      ...[s.address, String(s.asNumber), s.state, s.since, String(s.received), String(s.accepted), String(s.advertised), s.info],
      ...(wide ? [s.name, s.remoteRouterId ?? "-", text(s.holdTimeSeconds), String(s.resets)] : []),
    ]),
  );
}

function peerBlock(s: SessionView): string {
  const kind = s.ibgp ? (s.rrClient ? "iBGP, route-reflector client" : "iBGP") : "eBGP";
  const lines: [string, string][] = [
    ["Session", `${s.name} (${s.type}, ${kind}${s.passive ? ", passive" : ""})`],
    ["Asked for by", causeText(s.cause)],
    ["Peer", `${s.address} port ${s.port}, AS ${s.asNumber}, router id ${s.remoteRouterId ?? "not known yet"}`],
    ["Local", `${s.localAddress ?? "not bound yet"}, AS ${s.localAsNumber}`],
    ["State", `${s.bgpState} since ${s.since}; ${s.resets} resets`],
    ["Last error", s.lastError ?? "none"],
    ["Timers", s.holdTimeSeconds === null ? "not negotiated" : `hold ${s.holdTimeSeconds} s, keepalive ${s.keepaliveSeconds} s`],
    ["Capabilities", s.capabilities.join(", ") || "none received"],
    ["Restart", gracefulRestart(s.gracefulRestart, s.stale)],
    ["Routes", `${s.received} received, ${s.accepted} accepted, ${s.advertised} advertised (${s.family})`],
    ["Filters", `import ${s.importFilters.join(", ") || "none"}; export ${s.exportFilters.join(", ") || "none"}`],
    ["Messages in", counts(s.messagesIn)],
    ["Messages out", counts(s.messagesOut)],
    ["Faults", counts(s.faults) || "none"],
  ];
  return lines.map(([name, value]) => `${`${name}:`.padEnd(14)}${value}`).join("\n");
}

function gracefulRestart(view: GracefulRestartView, stale: number): string {
  const ours = `graceful, ${view.restartTimeSeconds} s for us`;
  if (!view.negotiated) return `${ours}; not known to the peer`;
  const theirs =
    view.peerRestartTimeSeconds === null ? "the peer keeps no forwarding" : `${view.peerRestartTimeSeconds} s for the peer`;
  const over = view.notification ? ", over NOTIFICATIONs too" : "";
  const now = view.peerRestarting ? `; ${stale} stale routes until ${view.staleUntil}` : "";
  return `${ours}, ${theirs}${over}${now}`;
}

function counts(map: Readonly<Record<string, number>>): string {
  return Object.entries(map)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
}

function explainText(view: ExplainView): string {
  const paths =
    view.candidates.length === 0
      ? ["  none: no peer has announced it and it is no route of ours"]
      : view.candidates.flatMap(candidateLines);
  const hops = view.kernel.hops.map((hop) => `    ${hop}`);
  return [
    view.prefix,
    "Paths, best first:",
    ...paths,
    "Kernel:",
    `  ${view.kernel.state}: ${view.kernel.reason}${view.kernel.metric === null ? "" : ` (metric ${view.kernel.metric})`}`,
    ...hops,
    "Sent to:",
    ...view.exports.flatMap(exportLines),
  ].join("\n");
}

function candidateLines(candidate: CandidateView): string[] {
  const mark = candidate.best ? "*" : candidate.multipath ? "=" : " ";
  const { nextHop, localPref, asPath, origin, med } = candidate.attributes;
  return [
    `${mark} from ${candidate.peer}${pathText(candidate)} (${candidate.source}): next hop ${nextHop ?? "-"}, local pref ${text(localPref)}, path "${asPath}", origin ${origin}, MED ${text(med)}`,
    `    ${candidate.reason}`,
    ...(candidate.stale ? ["    stale: the session went down, and the peer may restart gracefully (RFC 4724)"] : []),
    ...(candidate.cause === null ? [] : [`    asked for by ${causeText(candidate.cause)}`]),
    ...candidate.importPolicy.map((statement) => `    import: ${statement}`),
  ];
}

function exportLines(view: ExportView): string[] {
  return [
    `  ${view.peer} (${view.session}): ${view.sent ? "sent" : "not sent"}: ${view.reason}`,
    ...(view.pathId === null ? [] : [`    path ${view.pathId}, from ${view.from}`]),
    ...view.policy.map((statement) => `    export: ${statement}`),
  ];
}

/** Which of several paths by one peer it is (RFC 7911). */
function pathText({ pathId }: { readonly pathId: number | null }): string {
  return pathId === null ? "" : ` path ${pathId}`;
}

function causeText({ kind, name, file, line }: NonNullable<CandidateView["cause"]>): string {
  return `${kind} ${name} (${file}:${line})`;
}

function text(value: number | null): string {
  return value === null ? "-" : String(value);
}

/** Waits while the reader of our output is slower than we are. */
async function write(value: string): Promise<void> {
  if (!process.stdout.write(value)) await new Promise((resolve) => process.stdout.once("drain", resolve));
}

function print(value: string): void {
  process.stdout.write(`${value}\n`);
}
