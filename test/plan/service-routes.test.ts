import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffPlans } from "../../src/plan/diff.js";
import type { NodePlan } from "../../src/plan/node-plan.js";
import { Resolver, resolve } from "../../src/plan/resolve.js";
import type { ResourceSet } from "../../src/resources/resource-set.js";
import { documentsOf, loadDocuments, loadGiven, readCases } from "./given.js";
import { must, prefix } from "./typed-set.js";

interface ServiceCase {
  readonly name: string;
  readonly given?: string;
  readonly env?: string;
  readonly ranges?: readonly string[];
  readonly routes: readonly string[];
  readonly kernel?: readonly string[];
}

const RANGES = ["10.96.0.0/12", "50.1.0.0/24", "80.15.0.0/24"];

const { given: common, cases } = await readCases<{ given: string; cases: ServiceCase[] }>("services.yaml");

function planOf(set: ResourceSet, env?: string): NodePlan {
  return must(resolve(set, "n1", { advertiseClusterIps: env === undefined ? null : prefix(env) }));
}

/** Service routes by what asked for them. */
function originatedBy({ originated }: NodePlan, isAsker: (kind: string) => boolean): readonly string[] {
  return originated
    .filter(({ type, cause }) => type === "service" && isAsker(cause.kind))
    .map(({ prefix: own }) => own.toString())
    .sort();
}

describe("resolve originates the addresses of Services as reference 5.7 does", () => {
  it.each(cases.map((row) => [row.name, row] as const))("%s", (_name, { given = "", env, routes, ranges = RANGES, kernel }) => {
    const loaded = loadGiven({ given: `${common}${given}` });
    expect(loaded.faults.filter(({ severity }) => severity === "error")).toEqual([]);
    const plan = planOf(loaded.set, env);
    expect(originatedBy(plan, (kind) => kind === "Service")).toEqual([...routes].sort());
    expect(originatedBy(plan, (kind) => kind !== "Service")).toEqual([...ranges].sort());
    expect(plan.kernelRules.map(({ cidr, action }) => `${cidr} ${action}`).sort()).toEqual(
      [...(kernel ?? ranges)].map((range) => `${range} skip`).sort(),
    );
    expect(plan.faults).toEqual([]);
  });

  it("names the Service, its file and its line; of several Services with one address always the first by name", () => {
    const { set } = loadGiven({ given: `${common}${cases.find(({ name }) => name.startsWith("S17 an address"))!.given}` });
    const causes = planOf(set).originated.map(({ prefix: own, cause }) => `${own} ${cause.kind} ${cause.name}`);
    expect(causes).toEqual([
      "10.96.0.0/12 BGPConfiguration default",
      "10.96.0.0/24 BGPConfiguration default",
      "10.96.0.11/32 Service default/a",
      "10.96.0.12/32 Service default/b",
    ]);
    expect(planOf(set).originated.at(-1)!.cause).toEqual({
      kind: "Service",
      name: "default/b",
      file: set.services.get("default/b")!.cause.file,
      line: 1,
    });
  });

  it("does not depend on the order of files and of entries in them", () => {
    fc.assert(
      fc.property(fc.constantFrom(...cases), fc.infiniteStream(fc.nat()), ({ given = "", env }, numbers) => {
        const documents = documentsOf({ given: `${common}${given}` });
        const order = new Map(documents.map((document) => [document, numbers.next().value as number]));
        const shuffled = [...documents].sort((a, b) => order.get(a)! - order.get(b)!);
        const [plan, other] = [documents, shuffled].map((texts) => planOf(loadDocuments(texts).set, env));
        expect(routesOf(other!)).toEqual(routesOf(plan!));
        expect(diffPlans(plan!, other!)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a Resolver, given one set after the other", () => {
  it("gives the plans that each set gives by itself", () => {
    const resolver = new Resolver("n1");
    for (const { given = "" } of cases.filter(({ env }) => env === undefined)) {
      const { set } = loadGiven({ given: `${common}${given}` });
      expect(must(resolver.resolve(set))).toEqual(must(resolve(set, "n1")));
    }
  });

  it("keeps what Services have no part in: routes when only peers change, policies while no address is outside the ranges", () => {
    const resolver = new Resolver("n1");
    const peer = "BGPPeer tor: {peerIP: 192.0.2.1, asNumber: 65000}\n";
    const { set } = loadGiven({ given: `${common}${peer}${cases.find(({ name }) => name.startsWith("S2 "))!.given}` });
    const first = must(resolver.resolve(set));
    const noSlices = { ...set, endpointSlices: new Map() };
    const without = must(resolver.resolve(noSlices));
    expect(without.originated).toHaveLength(first.originated.length - 2);
    const policiesOf = ({ sessions }: NodePlan) => sessions.map(({ exportPolicy }) => exportPolicy);
    expect(policiesOf(without).every((policy, index) => policy === policiesOf(first)[index])).toBe(true);
    const later = must(resolver.resolve({ ...noSlices, bgpPeers: new Map() }));
    expect(later.sessions.length).toBeLessThan(first.sessions.length);
    expect(later.originated.every((own, index) => own === without.originated[index])).toBe(true);
  });

  it("makes the policies anew for an address outside the ranges", () => {
    const resolver = new Resolver("n1");
    const row = cases.find(({ name }) => name.startsWith("cluster IPs are announced wherever"))!;
    const { set } = loadGiven({ given: `${common}${row.given}` });
    must(resolver.resolve({ ...set, endpointSlices: new Map() }));
    expect(must(resolver.resolve(set))).toEqual(must(resolve(set, "n1")));
  });
});

function routesOf({ originated }: NodePlan): readonly string[] {
  return originated.map(({ type, prefix: own, cause }) => `${type} ${own} ${cause.kind} ${cause.name}`);
}

describe("diffPlans: a change of Services and their endpoints", () => {
  const ready = "[{nodeName: n1}]";
  const gone = "[{nodeName: n1, conditions: {ready: false}}]";
  const given = (clusterIp: string, endpoints: string) => `${common}BGPPeer tor: {peerIP: 192.0.2.1, asNumber: 65000}
Service default/web: {type: LoadBalancer, externalTrafficPolicy: Local, clusterIP: ${clusterIp}}
EndpointSlice default/web-a: {labels: {kubernetes.io/service-name: web}, addressType: IPv4, endpoints: ${endpoints}}
`;
  const stepsBetween = (clusterIp: string, before: string, after: string) => {
    const [was, is] = [before, after].map((endpoints) => planOf(loadGiven({ given: given(clusterIp, endpoints) }).set));
    return diffPlans(was!, is!).map((step) => [step.type, ...("originated" in step ? [step.originated.prefix.toString()] : [])]);
  };

  it("inside a range is an origination and nothing else: no session has another policy", () => {
    expect(stepsBetween("10.96.0.11", gone, ready)).toEqual([["originate", "10.96.0.11/32"]]);
    expect(stepsBetween("10.96.0.11", ready, gone)).toEqual([["withdraw", "10.96.0.11/32"]]);
  });

  it("outside every range changes the export policies as well, live", () => {
    expect(stepsBetween("172.20.0.5", gone, ready)).toEqual([["originate", "172.20.0.5/32"], ["session-live"], ["session-live"]]);
  });
});
