import { describe, expect, it } from "vitest";
import { type PlanView, planView, type SessionView } from "../../src/plan/plan-view.js";
import { resolve } from "../../src/plan/resolve.js";
import { parseEndpointStatus } from "../../src/workloads/endpoint-status.js";
import type { WorkloadEndpoints } from "../../src/workloads/endpoint-status-loader.js";
import { type Given, loadGiven, readCases } from "./given.js";
import { must } from "./typed-set.js";

interface Case extends Given {
  readonly name: string;
  readonly node: string;
  readonly sessions?: string;
  readonly workloads?: readonly Readonly<Record<string, unknown>>[]; // endpoint statuses
  readonly hostRoutes?: readonly string[];
  readonly faults?: readonly string[];
  readonly refused?: string;
}

const TYPE_NAMES: { readonly [type: string]: string } = {
  mesh: "mesh",
  global: "global",
  node: "node specific",
  workload: "local workload",
};

/** The columns of the case files. */
function rowOf(session: SessionView, plan: PlanView): readonly string[] {
  return [
    session.name,
    session.address,
    String(session.port),
    String(session.asNumber),
    session.ibgp ? "i" : "e",
    TYPE_NAMES[session.type]!,
    session.passive ? "yes" : "no",
    session.clusterId ?? "-",
    session.sourceAddress ?? "unbound",
    extrasOf(session, plan).sort().join("; ") || "-",
  ];
}

function extrasOf(session: SessionView, plan: PlanView): string[] {
  const { localAsNumber, allowOwnAs, ttlSecurity, restartTimeSeconds, keepaliveSeconds, nextHop, password } = session;
  const filters = [...new Set([...session.importFilters, ...session.exportFilters])].join(", ");
  return [
    localAsNumber === plan.asNumber ? "" : `local AS ${localAsNumber}`,
    allowOwnAs === 0 ? "" : `allow local AS ${allowOwnAs}`,
    ttlSecurity === null ? "" : `TTL security ${ttlSecurity}`,
    restartTimeSeconds === 120 ? "" : `GR time ${restartTimeSeconds}`,
    keepaliveSeconds === null ? "" : `keepalive ${keepaliveSeconds}`,
    nextHop === "auto" ? "" : `next hop ${nextHop}`,
    password === null || password.missing ? "" : "password",
    filters === "" ? "" : `filters ${filters}`,
  ].filter((extra) => extra !== "");
}

function endpointsOf(statuses: NonNullable<Case["workloads"]>): WorkloadEndpoints {
  const endpoints = statuses.map((status, index) => must(parseEndpointStatus(`${index}`, JSON.stringify(status))));
  return { endpoints: endpoints.filter((endpoint) => endpoint !== null), faults: [] };
}

function expectedRow(line: string): readonly string[] {
  const cells = line.split("|").map((cell) => cell.trim());
  return [...cells.slice(0, -1), cells.at(-1)!.split("; ").sort().join("; ")];
}

const cases = [...(await readCases<Case[]>("derivation.yaml")), ...(await readCases<Case[]>("derivation-ours.yaml"))];

describe("resolve plans the sessions of the worked examples (reference 8.1)", () => {
  it.each(cases.map((row) => [row.name, row] as const))(
    "%s",
    (_name, { node, sessions = "", workloads = [], hostRoutes = [], faults = [], refused, ...given }) => {
      const loaded = loadGiven(given);
      const errors = loaded.faults.filter(({ severity }) => severity === "error").map((fault) => JSON.stringify(fault));
      if (refused !== undefined) {
        expect(errors).toEqual([expect.stringContaining(refused)]);
        return;
      }
      expect(errors).toEqual([]);
      const plan = planView(must(resolve(loaded.set, node, {}, endpointsOf(workloads))));
      expect(plan.sessions.map((session) => rowOf(session, plan))).toEqual(
        sessions.trim().split("\n").filter(Boolean).map(expectedRow),
      );
      expect(plan.hostRoutes.map(({ prefix, gateway }) => `${prefix} via ${gateway}`)).toEqual(hostRoutes);
      expect(plan.faults.map(({ message }) => message)).toEqual(faults.map((part) => expect.stringContaining(part)));
      for (const { ttl, ttlSecurity } of plan.sessions) expect(ttl).toBe(ttlSecurity === null ? 64 : 255);
    },
  );
});
