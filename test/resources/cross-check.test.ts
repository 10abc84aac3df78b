import { describe, expect, test } from "vitest";
import { loadTexts } from "../../src/resources/load.js";
import { faultsOf, faultText, resource } from "./given.js";

const pool = (name: string, cidr: string) => resource("IPPool", `{cidr: "${cidr}"}`, name);
const peer = (spec: string, name = "p") => resource("BGPPeer", `{asNumber: 1, ${spec}}`, name);

describe("pools must be disjoint", () => {
  test.each([
    ["the same block", ["10.0.0.0/16", "10.0.0.0/16"], ["b"]],
    ["one inside another", ["10.0.0.0/8", "10.1.0.0/16"], ["b"]],
    ["two inside one", ["10.0.0.0/8", "10.1.0.0/16", "10.200.0.0/16"], ["b", "c"]],
    ["neighbours", ["10.0.0.0/16", "10.1.0.0/16"], []],
    ["families apart", ["0.0.0.0/1", "::/1"], []],
  ])("%s", (_what, cidrs, wrong) => {
    const { faults } = loadTexts({ "x.yaml": cidrs.map((cidr, i) => pool("abc"[i]!, cidr)).join("---\n") });
    expect(faults.map((fault) => fault.name)).toEqual(wrong);
    for (const fault of faults) expect(faultText(fault)).toMatch(/^error: spec.cidr .* overlaps IPPool a /);
  });
});

describe("a BGPPeer", () => {
  test("may name a filter of another file, even one that has a fault of its own", () => {
    const { faults } = loadTexts({
      "p.yaml": peer("peerIP: 1.2.3.4, filters: [f]"),
      "f.yaml": resource("BGPFilter", "{nope: 1}", "f"),
    });
    expect(faults.map((fault) => fault.kind)).toEqual(["BGPFilter"]);
  });

  test.each([
    [
      "names a node that is not there",
      "peerIP: 1.2.3.4, node: b",
      'warning: spec.node there is no Node named "b" did you mean "a"?',
    ],
    [
      "selects no node",
      "peerIP: 1.2.3.4, nodeSelector: has(rack)",
      "warning: spec.nodeSelector selects no Node compare it with the labels of the Nodes",
    ],
    [
      "peers with an address of a pool",
      "peerIP: 10.1.2.3",
      "warning: spec.peerIP 10.1.2.3 is an address of IPPool pool (10.0.0.0/8)",
    ],
  ])("that %s has a warning", (_what, spec, text) => {
    expect(faultsOf(resource("Node", "{}"), pool("pool", "10.0.0.0/8"), peer(spec))).toEqual([text]);
  });
});

test("a BGPConfiguration for a node that is not there has a warning", () => {
  expect(faultsOf(resource("BGPConfiguration", "{listenPort: 1179}", "node.b"))).toEqual([
    'warning: metadata.name there is no Node named "b"',
  ]);
});

describe("names", () => {
  test("are unique within a kind, across files", () => {
    const { faults } = loadTexts({ "a.yaml": peer("peerIP: 1.2.3.4"), "b.yaml": peer("peerIP: 1.2.3.5") });
    expect(faults.map((fault) => `${fault.file} ${fault.message}`)).toEqual([
      "b.yaml there is another BGPPeer of this name at a.yaml:3",
    ]);
  });

  test("may be the same in two kinds", () => {
    expect(faultsOf(resource("Node", "{}", "x"), pool("x", "10.0.0.0/8"))).toEqual([]);
  });

  test("put the resources of a set in order", () => {
    const { set } = loadTexts({ "x.yaml": ["b", "a", "a.b", "a-b"].map((name) => resource("Node", "{}", name)).join("---\n") });
    expect([...set.nodes.keys()]).toEqual(["a", "a-b", "a.b", "b"]);
  });
});

test("resources know the line that caused them", () => {
  const text = `# filters\n---\n${resource("BGPFilter", "\n  importV4:\n  - action: Accept\n  - interface: eth*\n    action: Reject\n", "f")}`;
  const filter = loadTexts({ "f.yaml": text }).set.bgpFilters.get("f")!;
  expect(filter.cause).toEqual({ kind: "BGPFilter", name: "f", file: "f.yaml", line: 3 });
  expect(filter.spec.importV4.map((rule) => rule.cause.line)).toEqual([8, 9]);
});
