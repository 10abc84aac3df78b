import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadTexts } from "../../src/resources/load.js";
import { resourceChanges, summaryOf } from "../../src/resources/resource-changes.js";
import { clusterArbitrary } from "../plan/cluster-arbitrary.js";
import { typedSet } from "../plan/typed-set.js";

const PEER = "apiVersion: projectcalico.org/v3\nkind: BGPPeer\nmetadata: {name: tor}\n";
const SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: kube-system}\n";

function summary(before: string, after: string): string {
  const [was, is] = [before, after].map((text) => loadTexts({ "a.yaml": text }));
  expect([...was!.faults, ...is!.faults].filter(({ severity }) => severity === "error")).toEqual([]);
  return summaryOf(resourceChanges(was!.set, is!.set));
}

describe("what changed, in a line", () => {
  test.each([
    [
      "nothing but where or how it is written",
      `${PEER}spec: {peerIP: 192.0.2.1, asNumber: 65001}`,
      `# tor\n${PEER}spec:\n  asNumber: 65001\n  peerIP: "192.0.2.1"\n`,
    ],
    [
      "BGPPeer tor changed",
      `${PEER}spec: {peerIP: 192.0.2.1, asNumber: 65001}`,
      `${PEER}spec: {peerIP: 192.0.2.1, asNumber: 65002}`,
    ],
    ["BGPPeer tor changed", `${PEER}spec: {peerSelector: has(a)}`, `${PEER}spec: {peerSelector: has(b)}`],
    ["BGPPeer tor removed", `${PEER}spec: {peerSelector: has(a)}`, ""],
    ["Secret s changed", `${SECRET}stringData: {k: one}`, `${SECRET}stringData: {k: two}`],
    ["nothing but where or how it is written", `${SECRET}stringData: {k: one}`, `${SECRET}data: {k: b25l}`],
  ])("%s", (expected, before, after) => {
    expect(summary(before, after)).toBe(expected);
  });

  test("many changes are counted by kind", () => {
    const nodes = (from: number) =>
      Array.from({ length: 3 }, (_, i) => `apiVersion: v1\nkind: Node\nmetadata: {name: n${from + i}}\n`).join("---\n");
    expect(summary(nodes(1), `${nodes(2)}---\n${PEER}spec: {peerSelector: all()}`)).toBe(
      "Node n1 removed, Node n4 added, BGPPeer tor added",
    );
    expect(summary(nodes(1), nodes(7))).toBe("Node: 3 removed, 3 added");
  });

  test("a set built twice has no changes", () => {
    fc.assert(
      fc.property(clusterArbitrary, (description) => {
        expect(resourceChanges(typedSet(description), typedSet(description))).toEqual([]);
      }),
    );
  });
});
