import fc from "fast-check";
import { expect, test } from "vitest";
import { asn } from "../../protocol/net/asn.js";
import type { Prefix } from "../../protocol/net/prefix.js";
import { resolve } from "../../src/plan/resolve.js";
import { loadTexts } from "../../src/resources/load.js";
import { type CaseRoute, evaluatePolicy } from "./evaluated-policy.js";
import { ip, must, prefix } from "./typed-set.js";

/** A rule as people write it. */
interface Rule {
  readonly cidr?: string;
  readonly matchOperator?: "Equal" | "NotEqual" | "In" | "NotIn";
  readonly prefixLength?: { readonly min?: number; readonly max?: number };
  readonly source?: "RemotePeers";
  readonly interface?: string;
  readonly peerType?: "eBGP" | "iBGP";
  readonly communities?: { readonly values: readonly [string] };
  readonly asPathPrefix?: readonly number[];
  readonly priority?: number;
  readonly action: "Accept" | "Reject";
  readonly operations?: readonly Operation[];
}

interface Operation {
  readonly addCommunity?: { readonly value: string };
  readonly prependASPath?: { readonly prefix: readonly number[] };
  readonly setPriority?: { readonly value: number };
}

/** A route in words that the naive evaluator can compare. */
interface PlainRoute {
  readonly prefix: Prefix;
  readonly source: "bgp" | "kernel";
  readonly interface: string | null;
  readonly asPath: readonly number[];
  readonly communities: readonly string[];
  readonly localPref: number;
}

const M = 2147483647;
const OUR_AS = 64512;
const CIDRS = ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3/32", "10.128.0.0/9"];
const COMMUNITIES = ["65000:1", "65000:2", "0:0", "65000:1:1", "4294967295:0:1"];
const PRIORITIES = [1, 512, 1024];
const ASNS = [OUR_AS, 65001, 65002];

/** How often a rule decided that has the field, or the operation. */
const decided = new Map<string, number>();
const WORDS = [
  ...["cidr", "prefixLength", "source", "interface", "peerType", "communities", "asPathPrefix", "priority"],
  ...["addCommunity", "prependASPath", "setPriority"],
];

/** Reference 1.3, word by word, over plain values. @returns null: no rule decided */
function naive(rules: readonly Rule[], route: PlainRoute, isImport: boolean, peerType: string) {
  for (const rule of rules) {
    if (!matches(rule, route, isImport, peerType)) continue;
    for (const word of [rule, ...(rule.operations ?? [])].flatMap(Object.keys)) decided.set(word, (decided.get(word) ?? 0) + 1);
    return rule.action === "Reject" ? "reject" : (rule.operations ?? []).reduce(operate, route);
  }
  return null;
}

function matches(rule: Rule, route: PlainRoute, isImport: boolean, peerType: string): boolean {
  const { source, communities, asPathPrefix = [], priority } = rule;
  if (rule.cidr !== undefined && !matchesPrefix(rule, route.prefix)) return false;
  if (source !== undefined && !isImport && route.source !== "bgp") return false;
  if (rule.interface !== undefined && (isImport || !matchesGlob(rule.interface, route.interface))) return false;
  if (rule.peerType !== undefined && rule.peerType !== peerType) return false;
  if (communities !== undefined && !route.communities.includes(communities.values[0])) return false;
  if (asPathPrefix.some((asNumber, index) => route.asPath[index] !== asNumber)) return false;
  return priority === undefined || route.localPref === M - priority;
}

function matchesPrefix({ cidr, matchOperator, prefixLength }: Rule, route: Prefix): boolean {
  const block = prefix(cidr!);
  if (matchOperator === "Equal") return prefixLength === undefined && route.equals(block);
  if (matchOperator === "NotEqual") return prefixLength !== undefined || !route.equals(block);
  const { min = 0, max = 32 } = prefixLength ?? {};
  const isIn = block.contains(route) && route.length >= min && route.length <= max;
  return (matchOperator === "In") === isIn;
}

function matchesGlob(glob: string, name: string | null): boolean {
  return name !== null && (glob.endsWith("*") ? name.startsWith(glob.slice(0, -1)) : name === glob);
}

function operate(route: PlainRoute, { addCommunity, prependASPath, setPriority }: Operation): PlainRoute {
  if (addCommunity) return { ...route, communities: [...new Set([...route.communities, addCommunity.value])] };
  if (prependASPath) return { ...route, asPath: [...prependASPath.prefix, ...route.asPath] };
  return { ...route, localPref: M - setPriority!.value };
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.oneof(fc.constant(undefined), arbitrary);
const seldom = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
const length = fc.constantFrom(0, 8, 16, 24, 32);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.constantFrom(...COMMUNITIES).map((value) => ({ addCommunity: { value } })),
  fc.array(fc.constantFrom(...ASNS), { minLength: 1, maxLength: 10 }).map((asns) => ({ prependASPath: { prefix: asns } })),
  fc.constantFrom(...PRIORITIES).map((value) => ({ setPriority: { value } })),
);
const rule: fc.Arbitrary<Rule> = fc
  .record({
    match: maybe(
      fc.record({
        cidr: fc.constantFrom(...CIDRS),
        matchOperator: fc.constantFrom("Equal" as const, "NotEqual" as const, "In" as const, "NotIn" as const),
        prefixLength: maybe(fc.record({ min: length, max: length }, { requiredKeys: [] })),
      }),
    ),
    source: seldom(fc.constant("RemotePeers" as const)),
    interface: seldom(fc.constantFrom("eth0", "cali*")),
    peerType: seldom(fc.constantFrom("eBGP" as const, "iBGP" as const)),
    communities: seldom(fc.constantFrom(...COMMUNITIES).map((value) => ({ values: [value] as const }))),
    asPathPrefix: seldom(fc.array(fc.constantFrom(...ASNS), { maxLength: 3 })),
    priority: seldom(fc.constantFrom(...PRIORITIES)),
    action: fc.constantFrom("Accept" as const, "Reject" as const),
    operations: maybe(fc.array(operation, { minLength: 1, maxLength: 3 })),
  })
  .map(({ match, operations, ...rest }) => {
    const changes = rest.action === "Accept" && operations !== undefined ? { operations } : {};
    return JSON.parse(JSON.stringify({ ...rest, ...match, ...changes }));
  });
const route: fc.Arbitrary<PlainRoute> = fc.record({
  prefix: fc.constantFrom(...CIDRS, "10.1.2.0/25", "192.0.2.0/24").map(prefix),
  source: fc.constantFrom("bgp" as const, "kernel" as const),
  interface: fc.constantFrom(null, "eth0", "cali1"),
  asPath: fc.array(fc.constantFrom(...ASNS), { maxLength: 4 }),
  communities: fc.uniqueArray(fc.constantFrom(...COMMUNITIES), { maxLength: 3 }),
  localPref: fc.constantFrom(100, ...PRIORITIES.map((priority) => M - priority)),
});

function caseRoute({ communities, ...rest }: PlainRoute): CaseRoute {
  const numbers = communities.map((text) => text.split(":").map(Number));
  return {
    ...rest,
    nextHop: ip("192.0.2.7"),
    communities: numbers.flatMap((parts) => (parts.length === 2 ? [parts[0]! * 65536 + parts[1]!] : [])),
    largeCommunities: numbers.flatMap((parts) => (parts.length === 3 ? [[parts[0]!, parts[1]!, parts[2]!] as const] : [])),
  };
}

function sessionOf(lists: Readonly<Record<"importV4" | "exportV4", readonly Rule[]>>, ibgp: boolean) {
  const spec = { peerIP: "192.0.2.1", asNumber: ibgp ? OUR_AS : 65001, filters: ["a", "b"] };
  const middle = { importV4: Math.floor(lists.importV4.length / 2), exportV4: Math.floor(lists.exportV4.length / 2) };
  const first = { importV4: lists.importV4.slice(0, middle.importV4), exportV4: lists.exportV4.slice(0, middle.exportV4) };
  const second = { importV4: lists.importV4.slice(middle.importV4), exportV4: lists.exportV4.slice(middle.exportV4) };
  const documents = [
    resource("Node", "n1", { bgp: { ipv4Address: "10.9.0.1/24" } }),
    resource("BGPPeer", "tor", spec),
    resource("BGPFilter", "a", first),
    resource("BGPFilter", "b", second),
  ];
  const loaded = loadTexts({ "all.yaml": documents.map((document) => JSON.stringify(document)).join("\n---\n") });
  expect(loaded.faults.filter(({ severity }) => severity === "error")).toEqual([]);
  return must(resolve(loaded.set, "n1")).sessions[0]!;
}

function resource(kind: string, name: string, spec: object) {
  return { apiVersion: "projectcalico.org/v3", kind, metadata: { name }, spec };
}

test("filters decide and change routes as the reference has it, for any rules and routes", () => {
  const rules = fc.array(rule, { maxLength: 6 });
  fc.assert(
    fc.property(
      rules,
      rules,
      fc.array(route, { minLength: 1, maxLength: 8 }),
      fc.boolean(),
      (importV4, exportV4, routes, ibgp) => {
        const session = sessionOf({ importV4, exportV4 }, ibgp);
        const peerType = ibgp ? "iBGP" : "eBGP";
        for (const given of routes) {
          const exported = { ...given, asPath: ibgp ? given.asPath : [OUR_AS, ...given.asPath] };
          compare(naive(importV4, { ...given, source: "bgp" }, true, peerType), true, () =>
            evaluatePolicy(session.importPolicy, caseRoute({ ...given, source: "bgp" })),
          );
          compare(naive(exportV4, exported, false, peerType), false, () => {
            const outcome = evaluatePolicy(session.exportPolicy, caseRoute(given), ibgp ? null : asn(OUR_AS));
            return ibgp || outcome.hasOwnAs ? outcome : withOwnAs(outcome);
          });
        }
      },
    ),
    { numRuns: 120 },
  );
  for (const word of WORDS) expect(decided.get(word), word).toBeGreaterThan(10);

  function compare(wanted: ReturnType<typeof naive>, isImport: boolean, evaluate: () => ReturnType<typeof evaluatePolicy>): void {
    const { verdict, decidedBy, tags, attributes } = evaluate();
    if (wanted === null) {
      expect(decidedBy ?? "").not.toMatch(/^BGPFilter/);
      if (isImport) expect(verdict).toBe("accept");
    } else if (wanted === "reject") {
      expect([verdict, decidedBy]).toEqual(["reject", expect.stringMatching(/^BGPFilter [ab] /)]);
    } else {
      expect([verdict, decidedBy]).toEqual(["accept", expect.stringMatching(/^BGPFilter [ab] /)]);
      expect([...tags].sort()).toEqual([...wanted.communities].sort());
      expect(attributes!.asPath!.flatMap(({ asns }) => asns)).toEqual(wanted.asPath);
      expect(attributes!.localPref).toBe(wanted.localPref);
    }
  }
});

/** Our own AS comes into the path when the route is sent. */
function withOwnAs(outcome: ReturnType<typeof evaluatePolicy>): ReturnType<typeof evaluatePolicy> {
  if (outcome.attributes === null) return outcome;
  const own = { type: "sequence" as const, asns: [asn(OUR_AS)] };
  return { ...outcome, attributes: { ...outcome.attributes, asPath: [own, ...(outcome.attributes.asPath ?? [])] } };
}
