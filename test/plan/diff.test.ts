import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { asn } from "../../protocol/net/asn.js";
import { diffPlans } from "../../src/plan/diff.js";
import type { NodePlan, SessionPlan } from "../../src/plan/node-plan.js";
import { describeStep, describeSteps, type Effect, type PlanStep } from "../../src/plan/plan-step.js";
import { Resolver, resolve } from "../../src/plan/resolve.js";
import type { ResourceSet } from "../../src/resources/resource-set.js";
import { clusterArbitrary } from "./cluster-arbitrary.js";
import { type Given, loadGiven, readCases } from "./given.js";
import { must, type SetDescription, typedSet } from "./typed-set.js";

interface ChangeCase {
  readonly name: string;
  readonly node: string;
  readonly nodes?: "F3";
  readonly given?: string;
  readonly before?: string;
  readonly after?: string;
  readonly secretsBefore?: NonNullable<Given["secrets"]>;
  readonly secretsAfter?: NonNullable<Given["secrets"]>;
  readonly steps: readonly string[];
}

function planOf(node: string, given: Given): NodePlan {
  const loaded = loadGiven(given);
  expect(loaded.faults.filter(({ severity }) => severity === "error")).toEqual([]);
  return must(resolve(loaded.set, node));
}

const cases = await readCases<ChangeCase[]>("derivation-changes.yaml");

describe("diffPlans gives the change sequences of reference 8.3", () => {
  it.each(cases.map((row) => [row.name, row] as const))("%s", (_name, { node, nodes, steps, ...row }) => {
    const { given = "", before = "", after = "", secretsBefore = {}, secretsAfter = {} } = row;
    const base = nodes === undefined ? {} : { nodes };
    const was = planOf(node, { ...base, given: `${given}${before}`, secrets: secretsBefore });
    const is = planOf(node, { ...base, given: `${given}${after}`, secrets: secretsAfter });
    expect(diffPlans(was, is).map(describeStep)).toEqual(steps.map((start) => expect.stringMatching(startingWith(start))));
  });
});

test("every change of reference 8.3 is there", () => {
  const numbers = cases.map(({ name }) => Number(/^C(\d+) /.exec(name)?.[1] ?? 0)).filter((number) => number > 0);
  expect([...new Set(numbers)]).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
});

function startingWith(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`);
}

/** Two clusters with the same first node. */
const changeArbitrary = fc.tuple(clusterArbitrary, clusterArbitrary).map(([before, after]) => {
  const [node] = before.nodes;
  const others = after.nodes.filter(({ name }) => name !== node!.name);
  return { name: node!.name, before, after: { ...after, nodes: [node!, ...others] } };
});

function planFrom(description: SetDescription, name: string): NodePlan {
  return must(resolve(typedSet(description), name, { routerId: "hash" }));
}

/** The same resources as `description` has in `set`, where they are equal: what a loader gives after an edit. */
function editedSet(set: ResourceSet, description: SetDescription): ResourceSet {
  const kinds = Object.entries(typedSet(description)) as [keyof ResourceSet, ReadonlyMap<string, object>][];
  return Object.fromEntries(
    kinds.map(([kind, resources]) => {
      const kept = [...resources].map(([name, resource]) => {
        const before = set[kind].get(name);
        return [name, isDeepStrictEqual(before, resource) ? before : resource] as const;
      });
      const isSame = kept.length === set[kind].size && kept.every(([name, resource]) => set[kind].get(name) === resource);
      return [kind, isSame ? set[kind] : new Map(kept)];
    }),
  ) as unknown as ResourceSet;
}

/** The sessions of a node that held `sessions` and did the steps. */
function afterSteps(sessions: readonly SessionPlan[], steps: readonly PlanStep[]): readonly SessionPlan[] {
  const held = new Set(sessions);
  for (const step of steps) {
    if (step.type === "session-remove") expect(held.delete(step.session)).toBe(true);
    if (step.type === "session-add") held.add(step.session);
    if (step.type === "session-reset" || step.type === "session-live") {
      expect(held.delete(step.before)).toBe(true);
      held.add(step.after);
    }
  }
  return [...held].sort((a, b) => (a.name < b.name ? -1 : 1));
}

describe("diffPlans", () => {
  it("gives no steps between equal plans, also when they were made apart", () => {
    fc.assert(
      fc.property(clusterArbitrary, (description) => {
        const name = description.nodes[0]!.name;
        const plan = planFrom(description, name);
        expect(diffPlans(plan, plan)).toEqual([]);
        expect(diffPlans(plan, planFrom(description, name))).toEqual([]);
      }),
    );
  });

  it("is told the same by a Resolver that knows the set before as by one that does not, and finds the same steps", () => {
    fc.assert(
      fc.property(
        changeArbitrary,
        fc.subarray(["nodes", "peers", "configurations", "pools"] as const),
        ({ name, ...change }, kinds) => {
          const { before } = change;
          const after = { ...before, ...Object.fromEntries(kinds.map((kind) => [kind, change.after[kind]])) };
          const set = typedSet(before);
          const resolver = new Resolver(name, { routerId: "hash" });
          const was = must(resolver.resolve(set));
          const is = must(resolver.resolve(editedSet(set, after)));
          expect(is).toEqual(planFrom(after, name));
          expect(diffPlans(was, is)).toEqual(diffPlans(planFrom(before, name), planFrom(after, name)));
        },
      ),
    );
  });

  it("gives steps that turn any plan into any other: nothing is left to do", () => {
    fc.assert(
      fc.property(changeArbitrary, ({ name, before, after }) => {
        const [was, is] = [planFrom(before, name), planFrom(after, name)];
        const sessions = afterSteps(was.sessions, diffPlans(was, is));
        expect(sessions.map((session) => session.name)).toEqual(is.sessions.map((session) => session.name));
        expect(diffPlans({ ...is, sessions }, is)).toEqual([]);
      }),
    );
  });

  it("resets a session only when AS numbers, port, source, TTL or timers of the OPEN differ", () => {
    fc.assert(
      fc.property(changeArbitrary, ({ name, before, after }) => {
        const [was, is] = [planFrom(before, name), planFrom(after, name)];
        for (const step of diffPlans(was, is)) {
          if (step.type !== "session-reset" && step.type !== "session-live") continue;
          const needs = (session: SessionPlan) => [
            session.asNumber,
            session.localAsNumber,
            `${session.sourceAddress}`,
            session.ttl,
          ];
          const dials = !step.before.passive && !step.after.passive;
          const differs =
            String(needs(step.before)) !== String(needs(step.after)) || (dials && step.before.port !== step.after.port);
          expect(step.type).toBe(differs ? "session-reset" : "session-live");
        }
      }),
    );
  });

  it("describes a few originations one by one, and many by their number", () => {
    const blocks = (count: number) =>
      Array.from({ length: count }, (_, i) => `BlockAffinity b${i}: {cidr: 10.244.${i}.0/26, node: n1, state: confirmed}`);
    const linesOf = (count: number) => {
      const given = ["Node n1: {bgp: {ipv4Address: 10.0.0.11/24}}", ...blocks(count)].join("\n");
      return describeSteps(diffPlans(null, planOf("n1", { given }))).filter(({ type }) => type === "originate");
    };
    expect(linesOf(2).map(({ text }) => text)).toEqual(["originate: 10.244.0.0/26", "originate: 10.244.1.0/26"]);
    expect(linesOf(20)).toHaveLength(20);
    expect(linesOf(21)).toEqual([{ type: "originate", text: "originate: 21 prefixes" }]);
  });

  it("knows what a change of each field asks for", () => {
    const plan = planOf("node-a", { nodes: "F3", given: "BGPPeer tor: {node: node-a, peerIP: 192.0.2.1, asNumber: 65000}" });
    const session = plan.sessions.find(({ type }) => type === "node")!;
    const rejecting = { name: "none", statements: [], otherwise: "reject" } as const;
    const password = { secret: "s", key: "k", missing: false, digest: "d" };
    const table: readonly (readonly [Partial<SessionPlan>, readonly Effect[]])[] = [
      [{ port: 1790 }, ["reset"]],
      [{ asNumber: asn(65001) }, ["reset"]],
      [{ localAsNumber: asn(65001) }, ["reset"]],
      [{ sourceAddress: null }, ["reset"]],
      [{ ttl: 255 }, ["reset"]],
      [{ ttlSecurity: 1 }, ["reset"]],
      [{ password }, ["rekey"]],
      [{ password: { ...password, missing: true, digest: null } }, []],
      [{ holdTimeSeconds: 90 }, ["reset"]],
      [{ addPath: false }, ["reset"]],
      [{ restartTimeSeconds: 60 }, ["next-open"]],
      [{ keepaliveSeconds: 5 }, ["timers"]],
      [{ passive: true }, ["dial"]],
      [{ importPolicy: rejecting }, ["import"]],
      [{ allowOwnAs: 1 }, ["import"]],
      [{ exportPolicy: { ...rejecting, otherwise: "accept" } }, ["export"]],
      [{ nextHop: "keep" }, ["export"]],
      [{ rrClient: true }, ["export", "reflect"]],
      [{ type: "global" }, ["name"]],
      [{ name: "Other" }, ["name"]],
      [{ importFilters: ["f"], exportFilters: ["f"] }, []],
      [{ cause: { kind: "Node", name: "n", file: "f.yaml", line: 9 } }, []],
      [{ importPolicy: { ...session.importPolicy, name: "other" } }, []],
      [{ keepaliveSeconds: 5, port: 1790, nextHop: "keep" }, ["reset", "timers", "export"]],
    ];
    for (const [change, effects] of table) {
      const changed = { ...plan, sessions: plan.sessions.map((other) => (other === session ? { ...other, ...change } : other)) };
      const steps = diffPlans(plan, changed);
      expect([change, steps.flatMap((step): readonly string[] => ("effects" in step ? step.effects : [step.type]))]).toEqual([
        change,
        effects,
      ]);
      const type = effects.includes("reset") ? "session-reset" : "session-live";
      expect(steps.map((step) => step.type)).toEqual(effects.length === 0 ? [] : [type]);
    }
  });

  it("starts a node from nothing: rules and origination before listeners, listeners before sessions", () => {
    const given = "IPPool p: {cidr: 10.244.0.0/16}\nBlockAffinity b: {cidr: 10.244.1.0/26, node: node-a, state: confirmed}\n";
    const plan = planOf("node-a", { nodes: "F3", given });
    expect(diffPlans(null, plan).map(({ type }) => type)).toEqual([
      "kernel-rules",
      "local-routes",
      "originate",
      "listen-add",
      "session-add",
      "session-add",
    ]);
  });

  it("ignores where resources stand: a file with more lines before them changes nothing", () => {
    const given =
      "BGPPeer tor: {peerIP: 192.0.2.1, asNumber: 65000, filters: [f]}\nBGPFilter f: {importV4: [{action: Reject}]}\n";
    const plan = planOf("node-a", { nodes: "F3", given });
    const moved = planOf("node-a", {
      nodes: "F3",
      given: `BGPPeer a: {node: ghost, peerIP: 192.0.2.9, asNumber: 1}\n${given}`,
    });
    expect(diffPlans(plan, moved)).toEqual([]);
  });
});
