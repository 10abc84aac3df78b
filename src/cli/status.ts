import type { SessionView, StatusView, TrialView } from "../api/views.js";
import { borderedTable } from "./render.js";

const TYPES = { mesh: "node-to-node mesh", global: "global", node: "node specific", workload: "local workload" } as const;
const TYPE_ORDER = ["mesh", "global", "node", "workload"];
const HEAD = ["PEER ADDRESS", "PEER TYPE", "STATE", "SINCE", "INFO"];
const RECENT_MS = 20 * 3600 * 1000;

/**
 * The text of `calicoctl node status`, line for line, with more lines on top when something needs attention.
 *
 * @param now ms since the epoch, for the choice between time and date in SINCE
 */
export function renderStatus(status: StatusView, now: number): string {
  return [
    "Peregrine process is running.",
    ...attention(status),
    "",
    ...familyBlock(status, "IPv4", now),
    "",
    ...familyBlock(status, "IPv6", now),
    "",
  ].join("\n");
}

function attention(status: StatusView): string[] {
  return [...recovering(status), ...concerning(status)];
}

function recovering({ recovery: { phase, waitingFor, until } }: StatusView): string[] {
  if (phase !== "deferring") return [];
  return [`Graceful restart recovery in progress: waiting for ${waitingFor.join(", ")} until ${until} at the latest.`];
}

function concerning({ resources }: StatusView): string[] {
  const { state, faults, acceptedAt, generation, directory, trial, history } = resources;
  const inForce = `${generation === null ? "those" : `those of generation ${generation},`} accepted at ${acceptedAt} stay in force`;
  const errors = faults.filter((fault) => fault.severity === "error");
  return [
    ...(state === "refused" ? [`WARNING: the resources in ${directory} are refused; ${inForce}:`] : []),
    ...errors.map((fault) => `  ${fault.message}`),
    ...(state === "set-aside"
      ? [`WARNING: the resources in ${directory} were returned from and are not followed until they change; ${inForce}.`]
      : []),
    ...(trial === null ? [] : [trialLine(trial)]),
    ...(history.trouble === null ? [] : [`WARNING: no history is kept, so nothing can be rolled back: ${history.trouble}`]),
  ];
}

function trialLine({ returnTo, deadline, isConfirmed }: TrialView): string {
  const unless = isConfirmed ? "sessions that were up before it come back" : '"peregrine confirm" is run';
  return `WARNING: a change is on trial: generation ${returnTo} comes back at ${deadline} unless ${unless}.`;
}

function familyBlock(status: StatusView, version: "IPv4" | "IPv6", now: number): string[] {
  const family = version === "IPv4" ? "ipv4-unicast" : "ipv6-unicast";
  const sessions = status.sessions.filter((session) => session.family === family).sort(byTypeThenAddress);
  if (sessions.length === 0) return [`${version} BGP status`, `No ${version} peers found.`];
  return [
    `${version} BGP status`,
    borderedTable(
      HEAD,
      sessions.map((session) => row(session, now)),
    ),
  ];
}

function row(session: SessionView, now: number): string[] {
  return [session.address, TYPES[session.type], session.state, since(session.since, now), session.info];
}

/** HH:MM:SS (local time) under 20 hours of age, else YYYY-MM-DD. */
export function since(iso: string, now: number): string {
  const date = new Date(iso);
  const two = (value: number) => String(value).padStart(2, "0");
  if (now - date.getTime() < RECENT_MS) return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function byTypeThenAddress(a: SessionView, b: SessionView): number {
  return TYPE_ORDER.indexOf(a.type) - TYPE_ORDER.indexOf(b.type) || a.address.localeCompare(b.address, "en", { numeric: true });
}
