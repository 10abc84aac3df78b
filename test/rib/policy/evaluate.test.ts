import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Family } from "../../../protocol/net/address-family.js";
import { asn } from "../../../protocol/net/asn.js";
import { PolicyEvaluator } from "../../../rib/policy/evaluate.js";
import type { Policy, Statement } from "../../../rib/policy/policy.js";
import { NO_ATTRIBUTES, type PrefixId } from "../../../rib/store/ids.js";
import { cidr, ExportWorld, ip, path } from "../../models/export-world.js";

const BASE = { origin: 0, asPath: path(65001), nextHop: ip("192.0.2.1") } as const;

function statement(name: string, verdict: Statement["verdict"], changes: Partial<Statement> = {}): Statement {
  return { name, verdict, conditions: [], modifications: [], ...changes };
}

function policy(statements: readonly Statement[], otherwise: Policy["otherwise"] = "reject"): Policy {
  return { name: "test", statements, otherwise };
}

/** Tables with one prefix. */
function withPrefix(text: string) {
  const world = new ExportWorld();
  const { attributes, nextHops } = world.rib;
  const { prefixes } = world.rib.table(Family.Ipv4Unicast);
  const { address, length } = cidr(text);
  const prefix: PrefixId = prefixes.intern(address.w0, address.w1, address.w2, address.w3, length);
  return { world, attributes, prefix, tables: { attributes, nextHops, prefixes } };
}

describe("PolicyEvaluator", () => {
  const inTen = { type: "prefix", cidr: cidr("10.0.0.0/8"), operator: "in", not: false, minLength: 8, maxLength: 32 } as const;

  it("ends at the first statement that matches and is final", () => {
    const { world, tables, prefix } = withPrefix("10.1.0.0/16");
    const set = world.intern(BASE);
    const first = [statement("no", "reject", { conditions: [inTen] }), statement("yes", "accept")];
    expect(new PolicyEvaluator(policy(first), tables).evaluate(prefix, set, "bgp")).toBe(NO_ATTRIBUTES);
    const second = [statement("yes", "accept"), statement("no", "reject", { conditions: [inTen] })];
    expect(new PolicyEvaluator(policy(second), tables).evaluate(prefix, set, "bgp")).toBe(set);
  });

  it("does what `otherwise` says when no statement decided", () => {
    const { world, tables, prefix } = withPrefix("11.0.0.0/8");
    const set = world.intern(BASE);
    const statements = [statement("ten", "accept", { conditions: [inTen] })];
    expect(new PolicyEvaluator(policy(statements, "reject"), tables).evaluate(prefix, set, "bgp")).toBe(NO_ATTRIBUTES);
    expect(new PolicyEvaluator(policy(statements, "accept"), tables).evaluate(prefix, set, "bgp")).toBe(set);
  });

  it("applies what a `next` statement modifies, and later conditions see it", () => {
    const { world, tables, prefix, attributes } = withPrefix("10.1.0.0/16");
    const statements = [
      statement("mark", "next", { modifications: [{ type: "add-communities", communities: [7] }] }),
      statement("marked", "accept", {
        conditions: [{ type: "community", community: 7 }],
        modifications: [{ type: "set-local-pref", value: 9 }],
      }),
    ];
    const evaluator = new PolicyEvaluator(policy(statements), tables);
    const result = evaluator.evaluate(prefix, world.intern(BASE), "bgp");
    expect(attributes.decode(result)).toEqual({ ...BASE, communities: [7], localPref: 9 });
  });

  it("keeps the interface of a route whose attributes it modifies", () => {
    const { world, tables, prefix, attributes } = withPrefix("10.1.0.0/16");
    const statements = [
      statement("mark", "next", { modifications: [{ type: "set-local-pref", value: 9 }] }),
      statement("eth", "accept", { conditions: [{ type: "interface", globs: ["eth*"] }] }),
    ];
    const result = new PolicyEvaluator(policy(statements), tables).evaluate(
      prefix,
      world.intern(BASE, Family.Ipv4Unicast, "eth0"),
      "kernel",
    );
    expect(attributes.interfaceName(result)).toBe("eth0");
  });

  it("puts what an eBGP export prepends in front of our own AS, on every accepted set (reference 1.3)", () => {
    const { world, tables, prefix, attributes } = withPrefix("10.1.0.0/16");
    const prepends = policy([
      statement("ours", "accept", {
        conditions: [{ type: "as-path-prefix", asns: [asn(65000), asn(65001)] }],
        modifications: [{ type: "prepend-as-path", asns: [asn(65100)] }],
      }),
      statement("rest", "accept"),
    ]);
    const evaluator = new PolicyEvaluator(prepends, tables, asn(65000));
    expect(evaluator.prependsOwnAs).toBe(true);
    const pathOf = (...asns: number[]) =>
      attributes.decode(evaluator.evaluate(prefix, world.intern({ ...BASE, asPath: path(...asns) }), "bgp")).asPath;
    expect(pathOf(65001)).toEqual(path(65100, 65000, 65001));
    expect(pathOf(65002)).toEqual(path(65000, 65002));
    expect(new PolicyEvaluator(prepends, tables).prependsOwnAs).toBe(false);
    const neverComesToIt = policy([statement("all", "accept"), ...prepends.statements]);
    expect(new PolicyEvaluator(neverComesToIt, tables, asn(64512)).prependsOwnAs).toBe(false);
  });

  it("trace names every statement tried, the condition that failed and the one that decided", () => {
    const { world, tables, prefix } = withPrefix("11.0.0.0/8");
    const set = world.intern(BASE);
    const mark = { type: "add-communities", communities: [7] } as const;
    const statements = [
      statement("ten", "reject", { conditions: [{ type: "source", sources: ["bgp"] }, inTen] }),
      statement("mark", "next", { modifications: [mark] }),
      statement("end", "accept"),
      statement("not tried", "reject"),
    ];
    const evaluator = new PolicyEvaluator(policy(statements), tables);
    const trace = evaluator.trace(prefix, set, "bgp");
    expect(trace).toMatchObject({ policy: "test", verdict: "accept", decidedBy: "end" });
    expect(trace.statements).toEqual([
      { name: "ten", outcome: "no-match", failed: inTen, modifications: [] },
      { name: "mark", outcome: "next", failed: null, modifications: [mark] },
      { name: "end", outcome: "accept", failed: null, modifications: [] },
    ]);
    expect(trace.set).toBe(evaluator.evaluate(prefix, set, "bgp"));
    const rejected = new PolicyEvaluator(policy([]), tables).trace(prefix, set, "bgp");
    expect(rejected).toEqual({ policy: "test", verdict: "reject", decidedBy: null, statements: [], set: NO_ATTRIBUTES });
  });

  it("trace and evaluate agree", () => {
    const { world, tables, prefix } = withPrefix("10.1.0.0/16");
    const set = world.intern({ ...BASE, communities: [1, 2] });
    const verdict = fc.constantFrom<Statement["verdict"]>("accept", "reject", "next");
    const one = fc.record({
      ...{ name: fc.string(), verdict },
      conditions: fc.array(fc.record({ type: fc.constant("community" as const), community: fc.nat(5) }), { maxLength: 2 }),
      modifications: fc.array(
        fc.record({ type: fc.constant("add-communities" as const), communities: fc.array(fc.nat(5), { maxLength: 2 }) }),
        { maxLength: 2 },
      ),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 8 }), fc.constantFrom("accept", "reject"), (statements, otherwise) => {
        const evaluator = new PolicyEvaluator(policy(statements, otherwise), tables);
        expect(evaluator.trace(prefix, set, "bgp").set).toBe(evaluator.evaluate(prefix, set, "bgp"));
        evaluator.close();
      }),
    );
    world.rib.attributes.release(set);
    expect(world.rib.attributes.count).toBe(0);
  });

  it("lets modified sets go with the set they were made from, and all of them when closed", () => {
    const { world, tables, prefix, attributes } = withPrefix("10.1.0.0/16");
    const statements = [
      statement("one", "next", { modifications: [{ type: "add-communities", communities: [1] }] }),
      statement("two", "accept", { modifications: [{ type: "add-communities", communities: [2] }] }),
    ];
    const evaluator = new PolicyEvaluator(policy(statements), tables);
    const first = world.intern(BASE);
    const second = world.intern({ ...BASE, multiExitDisc: 1 });
    const same = world.intern({ ...BASE, communities: [1, 2] });
    for (const set of [first, second, same]) evaluator.evaluate(prefix, set, "bgp");
    expect(attributes.count).toBe(6); // `same` is what becomes of `first`, and stays itself
    attributes.release(second);
    expect(attributes.count).toBe(3);
    attributes.release(first);
    expect(attributes.count).toBe(1);
    attributes.release(same);
    expect(attributes.count).toBe(0);
    const again = world.intern(BASE);
    evaluator.evaluate(prefix, again, "bgp");
    evaluator.close();
    expect(attributes.count).toBe(1);
  });
});
