import { bothEnds } from "../plan/both-ends.js";
import { planFaultText } from "../plan/fault.js";
import type { Cause, NodePlan } from "../plan/node-plan.js";
import { type PlanView, type PolicyView, planView, type SessionView } from "../plan/plan-view.js";
import { resolve } from "../plan/resolve.js";
import { type Loaded, loadResources } from "../resources/load.js";
import { renderFaults } from "../resources/render-fault.js";
import { compareFaults } from "../resources/resource-fault.js";
import { EndpointStatusLoader } from "../workloads/endpoint-status-loader.js";
import { endpointStatusDirectory } from "../workloads/workloads.js";
import { calicoEnvironment } from "./calico-environment.js";
import { CommandFailure, UsageError } from "./fail.js";
import { type Output, plainTable, structured } from "./render.js";
import type { InputArguments } from "./verbs/input.js";
import { validateFiles } from "./verbs/validate.js";

interface ValidateArguments extends InputArguments {
  readonly directories?: readonly string[] | undefined;
  readonly output: Output;
}

/**
 * `peregrine validate DIR…`: each set, and its nodes with one another; `-f FILE`: each resource by itself. Exit code 1 when one has
 * an error.
 */
export async function validate(args: ValidateArguments): Promise<number> {
  const { directories = [], output } = args;
  if (directories.length > 0 === (args.filename !== undefined)) throw new UsageError("Name a directory, or a file with -f.");
  if (args.filename) return validateFiles(args);
  const results = await Promise.all(directories.map(async (directory) => ({ directory, loaded: await checked(directory) })));
  if (output === "json" || output === "yaml") {
    const views = results.map(({ directory, loaded }) => ({
      directory,
      valid: isValid(loaded),
      resources: countOf(loaded),
      faults: loaded.faults,
    }));
    process.stdout.write(`${structured(output, views)}\n`);
  } else {
    for (const { directory, loaded } of results) reportValidity(directory, loaded);
  }
  return results.every(({ loaded }) => isValid(loaded)) ? 0 : 1;
}

async function checked(directory: string): Promise<Loaded> {
  const environment = calicoEnvironment();
  const loaded = await loadResources(directory, environment);
  if (!isValid(loaded)) return loaded;
  return { set: loaded.set, faults: [...loaded.faults, ...bothEnds(loaded.set, environment)].sort(compareFaults) };
}

interface PlanArguments {
  readonly node: string;
  readonly resources: string;
  readonly output: Output;
  readonly strictSecrets: boolean;
  readonly routePriorities: "on" | "off";
}

/** `peregrine plan`: what the resources ask of one node. */
export async function plan({ node, resources, output, strictSecrets, routePriorities }: PlanArguments): Promise<number> {
  const environment = calicoEnvironment();
  const loaded = await loadResources(resources, environment);
  if (!isValid(loaded)) throw new CommandFailure(renderFaults(loaded.faults));
  const { workloads } = await new EndpointStatusLoader(endpointStatusDirectory(environment.endpointStatusPrefix)).load();
  const options = { strictSecrets, routePriorities: routePriorities === "on", ...environment };
  const planned = resolve(loaded.set, node, options, workloads);
  if (!planned.ok) throw new CommandFailure(planned.error.map(planFaultText).join("\n"));
  const view = planView(planned.value);
  process.stdout.write(
    `${output === "json" || output === "yaml" ? structured(output, view) : planText(view, planned.value, output === "wide")}\n`,
  );
  return 0;
}

function isValid(loaded: Loaded): boolean {
  return loaded.faults.every((fault) => fault.severity !== "error");
}

function countOf({ set }: Loaded): number {
  return Object.values(set).reduce((sum, kind) => sum + kind.size, 0);
}

/** Faults to stderr, success in calicoctl's words to stdout. */
function reportValidity(directory: string, loaded: Loaded): void {
  if (loaded.faults.length > 0) process.stderr.write(`${renderFaults(loaded.faults)}\n`);
  if (isValid(loaded)) process.stdout.write(`Successfully validated ${countOf(loaded)} resource(s) in ${directory}\n`);
}

function planText(view: PlanView, plan: NodePlan, wide: boolean): string {
  const head = [
    "SESSION",
    "TYPE",
    "PEER",
    "PORT",
    "AS",
    "LOCAL AS",
    "SOURCE",
    "PASSIVE",
    "RR CLIENT",
    "FILTERS",
    ...(wide ? ["TTL", "NEXT HOP", "PASSWORD", "ASKED FOR BY"] : []),
  ];
  const filtered = new Set(view.sessions.flatMap(policiesOfFilters));
  const rows = view.sessions.map((s) => [
    ...[s.name, s.type, s.address, String(s.port), String(s.asNumber), String(s.localAsNumber), s.sourceAddress ?? "unbound"],
    ...[s.passive ? "yes" : "no", s.clusterId ?? "-", [...s.importFilters, ...s.exportFilters].join(",") || "-"],
    ...(wide ? [String(s.ttlSecurity ?? s.ttl), s.nextHop, s.password ? "yes" : "-", causeText(s.cause)] : []),
  ]);
  return [
    `Node ${view.node}: AS ${view.asNumber}, router id ${view.routerId}`,
    `Listens on ${view.listen.map(({ address, port }) => (address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`)).join(", ") || "nothing"}`,
    "",
    rows.length > 0 ? plainTable(head, rows) : "No sessions.",
    "",
    ...view.policies.filter(({ name }) => wide || filtered.has(name)).map(policyText),
    wide ? originatedTable(view) : `Originates: ${view.originated.map(({ prefix }) => prefix).join(", ") || "nothing"}`,
    ...view.hostRoutes.map(({ prefix, gateway, cause }) => `Host route: ${prefix} via ${gateway} (${cause.kind} ${cause.name})`),
    ...plan.faults.map(planFaultText),
  ].join("\n");
}

function originatedTable({ originated }: PlanView): string {
  if (originated.length === 0) return "Originates nothing.";
  const rows = originated.map(({ prefix, type, cause }) => [prefix, type, causeText(cause)]);
  return plainTable(["ORIGINATES", "TYPE", "ASKED FOR BY"], rows);
}

function causeText({ kind, name, file, line }: Cause): string {
  return `${kind} ${name} (${file}:${line})`;
}

/** The names of those policies of a session that filters have a part in. */
function policiesOfFilters({ importFilters, importPolicy, exportFilters, exportPolicy }: SessionView): readonly string[] {
  return [...(importFilters.length > 0 ? [importPolicy] : []), ...(exportFilters.length > 0 ? [exportPolicy] : [])];
}

/** A paragraph: a line a statement, with what it is for, what it does, and where it stands. */
function policyText({ name, statements, otherwise }: PolicyView): string {
  const lines = statements.map((statement) => {
    const conditions = statement.conditions.join(" and ") || "every route";
    return `  ${conditions}: ${[...statement.modifications, statement.verdict].join(", ")}  [${statement.name}]`;
  });
  return [`Policy ${name}:`, ...lines, `  otherwise: ${otherwise}`, ""].join("\n");
}
