import fc from "fast-check";
import { expect, test } from "vitest";
import { diffPlans } from "../../src/plan/diff.js";
import type { NodePlan } from "../../src/plan/node-plan.js";
import { describeStep } from "../../src/plan/plan-step.js";
import { resolve } from "../../src/plan/resolve.js";
import { loadTexts } from "../../src/resources/load.js";
import { clusterArbitrary } from "./cluster-arbitrary.js";
import { documentsOf, writtenAnyhow } from "./cluster-documents.js";
import { must } from "./typed-set.js";

const writtenTwice = clusterArbitrary.chain((description) => {
  const documents = documentsOf(description);
  return fc.record({
    names: fc.constant(description.nodes.map(({ name }) => name)),
    one: writtenAnyhow(documents),
    other: writtenAnyhow(documents),
  });
});

function planOf(files: Readonly<Record<string, string>>, node: string): NodePlan {
  const { set, faults } = loadTexts(files);
  expect(faults.filter(({ severity }) => severity === "error")).toEqual([]);
  return must(resolve(set, node, { routerId: "hash" }));
}

test("the same set in other files, order, style and with other comments asks no node to do anything", () => {
  fc.assert(
    fc.property(writtenTwice, ({ names, one, other }) => {
      for (const name of names) {
        const [before, after] = [planOf(one, name), planOf(other, name)];
        expect(diffPlans(before, after).map(describeStep)).toEqual([]);
        expect(after.sessions.map((session) => session.name)).toEqual(before.sessions.map((session) => session.name));
      }
    }),
    { numRuns: 30, endOnFailure: true },
  );
});

test("a set with one more node is another set: the property can fail", () => {
  fc.assert(
    fc.property(
      clusterArbitrary.filter(
        ({ configurations, nodes }) => configurations?.[0]?.nodeToNodeMeshEnabled === true && nodes[0]!.ipv4 !== null,
      ),
      (description) => {
        const { nodes, ...rest } = { ...description, peers: [] };
        const more = { name: "node-200", ipv4: "10.0.0.200/24", ipv6: null, labels: {} };
        const [first] = nodes;
        const plain = { ...first!, clusterId: null };
        const text = (of: readonly (typeof more)[]) => ({
          "a.yaml": documentsOf({ ...rest, nodes: of as never })
            .map((each) => JSON.stringify(each))
            .join("\n---\n"),
        });
        const [before, after] = [planOf(text([plain as never]), plain.name), planOf(text([plain as never, more]), plain.name)];
        expect(diffPlans(before, after).map(({ type }) => type)).toContain("session-add");
      },
    ),
    { numRuns: 20 },
  );
});
