import { describe, expect, it } from "vitest";
import type { RouteSource } from "../../rib/policy/policy.js";
import type { NodePlan } from "../../src/plan/node-plan.js";
import { resolve } from "../../src/plan/resolve.js";
import { type CaseRoute, evaluatePolicy } from "./evaluated-policy.js";
import { loadGiven, readCases } from "./given.js";
import { ip, must, prefix } from "./typed-set.js";

interface PolicyCase {
  readonly name: string;
  readonly given?: string;
  readonly route: string;
  readonly ibgp?: "accept" | "reject";
  readonly ebgp?: "accept" | "reject";
  readonly import?: "accept" | "reject";
  readonly kernel?: string;
  readonly tags?: readonly string[];
}

const M = 2147483647;

function routeOf(text: string): CaseRoute {
  const [cidr, source, ...rest] = text.split(" ");
  const after = (word: string) => (rest.includes(word) ? rest[rest.indexOf(word) + 1]! : null);
  const fromPeer = source === "bgp";
  return {
    prefix: prefix(cidr!),
    source: source as RouteSource,
    interface: after("dev"),
    nextHop: after("via") === null ? null : ip(after("via")!),
    localPref: fromPeer ? 100 : M - Number(after("metric") ?? 1024),
  };
}

/** What a reader of the rules does with a route; an own block is a blackhole where a route would be programmed plainly, one of a Service is nothing. */
function kernelOutcome(plan: NodePlan, route: CaseRoute): string {
  const rule = plan.kernelRules.find(({ cidr }) => cidr.contains(route.prefix));
  const own = plan.originated.find((originated) => originated.prefix.equals(route.prefix));
  if (own !== undefined) return own.type === "service" || rule?.action === "skip" ? "skip" : "blackhole";
  if (rule === undefined) return "program";
  switch (rule.action) {
    case "tunnel":
      return "tunl0";
    case "tunnel-unless-subnet":
      return rule.subnet!.containsAddress(route.nextHop!) ? "plain" : "tunl0";
    default:
      return rule.action;
  }
}

const { given: common, cases } = await readCases<{ given: string; cases: PolicyCase[] }>("derivation-policies.yaml");

describe("resolve makes policies and kernel rules that decide as reference 5.8 does", () => {
  it.each(cases.map((row) => [row.name, row] as const))("%s", (_name, { given = "", route: text, tags = [], ...expected }) => {
    const loaded = loadGiven({ given: `${common}${given}` });
    expect(loaded.faults.filter(({ severity }) => severity === "error")).toEqual([]);
    const plan = must(resolve(loaded.set, "n1", { routerId: "hash" }));
    const route = routeOf(text);
    const session = (ibgp: boolean) => plan.sessions.find((candidate) => candidate.ibgp === ibgp)!;
    for (const [column, ibgp] of [
      ["ibgp", true],
      ["ebgp", false],
    ] as const) {
      if (expected[column] === undefined) continue;
      const outcome = evaluatePolicy(session(ibgp).exportPolicy, route);
      expect({ [column]: outcome.verdict }).toEqual({ [column]: expected[column] });
      if (outcome.verdict === "accept") expect([...outcome.tags].sort()).toEqual([...tags].sort());
    }
    if (expected.import !== undefined) {
      expect(evaluatePolicy(session(false).importPolicy, route).verdict).toBe(expected.import);
    }
    if (expected.kernel !== undefined) expect(kernelOutcome(plan, route)).toBe(expected.kernel);
  });

  it("names the resource, the rule and the place of what decides", () => {
    const given = `${common}BGPPeer tor: {peerIP: 192.0.2.1, asNumber: 65000, filters: [f]}
      BGPFilter f: {exportV4: [{action: Reject, interface: eth1}, {action: Accept, interface: eth0}]}`.replaceAll(
      "\n      ",
      "\n",
    );
    const plan = must(resolve(loadGiven({ given }).set, "n1"));
    const decidedBy = (text: string) =>
      evaluatePolicy(plan.sessions.find(({ ibgp }) => !ibgp)!.exportPolicy, routeOf(text)).decidedBy;
    expect(decidedBy("10.0.0.0/24 direct dev eth0")).toMatch(/^BGPFilter f exportV4 rule 2 \(\S+\.yaml:\d+\)$/);
    expect(decidedBy("10.50.0.0/24 bgp")).toMatch(/^IPPool p2 disableBGPExport 10\.50\.0\.0\/16 \(\S+\.yaml:\d+\)$/);
    expect(decidedBy("10.244.1.9/32 kernel dev cali0")).toMatch(/^own block 10\.244\.1\.0\/26 \(\S+\.yaml:\d+\): inside$/);
    expect(decidedBy("10.9.0.0/24 bgp")).toBeNull();
  });

  it("are shared by sessions of the same family, peer type and filters", () => {
    const nodes = Array.from({ length: 5 }, (_, index) => `Node n${index}: {bgp: {ipv4Address: 10.0.0.${index + 1}/24}}`);
    const plan = must(resolve(loadGiven({ given: nodes.join("\n") }).set, "n0"));
    expect(plan.sessions).toHaveLength(4);
    expect(new Set(plan.sessions.map(({ exportPolicy }) => exportPolicy)).size).toBe(1);
  });
});
