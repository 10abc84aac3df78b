import { describe, expect, test } from "vitest";
import { loadTexts } from "../../src/resources/load.js";
import { faultsOf, faultText, resource } from "./given.js";

/** What the label `x` of a Node is when it is written like this. */
function labelWritten(value: string): string | undefined {
  return loadTexts({ "n.yaml": resource("Node", "{}", "a", `, labels: {x: ${value}}`) })
    .set.nodes.get("a")
    ?.labels.get("x");
}

describe("a label is text, whatever YAML 1.1 makes of it", () => {
  test.each([
    ["yes", "true"],
    ["On", "true"],
    ["TRUE", "true"],
    ["no", "false"],
    ["off", "false"],
    ["5", "5"],
    ["0x10", "16"],
    ["010", "8"],
    ["1_000", "1000"],
    ["1e3", "1000"],
    ["1.10", "1.1"],
    ['"yes"', "yes"],
    ["'1.10'", "1.10"],
    ["y", "y"],
    ["2026-01-01", "2026-01-01"],
    ["~", ""],
    ["", ""],
    ["null", ""],
  ])("x: %s is %j", (written, value) => expect(labelWritten(written)).toBe(value));

  test("with a warning where a number loses its look", () => {
    expect(faultsOf(resource("Node", "{}", "a", ", labels: {x: 1.10}"))).toEqual([
      'warning: metadata.labels.x the unquoted number 1.10 is read as the text "1.1" write "1.10" in quotes',
    ]);
  });
});

describe("a file may hold", () => {
  const peer = (name: string) => resource("BGPPeer", "{peerIP: 1.2.3.4, asNumber: 1}", name);
  const indent = (text: string, by: string) => text.trimEnd().replaceAll("\n", `\n${by}`);
  const names = (text: string) => {
    const { set, faults } = loadTexts({ "x.yaml": text });
    expect(faults).toEqual([]);
    return [...set.bgpPeers.keys()];
  };

  test("many documents, empty ones among them", () =>
    expect(names(`---\n---\n# c\n---\n${peer("b")}---\n${peer("a")}---\n`)).toEqual(["a", "b"]));
  test("a top-level sequence", () =>
    expect(names(`- ${indent(peer("b"), "  ")}\n- ${indent(peer("a"), "  ")}\n`)).toEqual(["a", "b"]));
  test("a List", () => expect(names(`apiVersion: v1\nkind: List\nitems:\n- ${indent(peer("a"), "  ")}\n`)).toEqual(["a"]));
  test("a BGPPeerList whose items leave out their type", () => {
    const items = "items: [{metadata: {name: a}, spec: {peerIP: 1.2.3.4, asNumber: 1}}]";
    expect(names(`apiVersion: projectcalico.org/v3\nkind: BGPPeerList\nmetadata: {resourceVersion: "5"}\n${items}\n`)).toEqual([
      "a",
    ]);
  });
  test("JSON, indented by tabs", () => {
    const json = {
      apiVersion: "projectcalico.org/v3",
      kind: "BGPPeer",
      metadata: { name: "a" },
      spec: { peerIP: "1.2.3.4", asNumber: 1 },
    };
    expect(names(JSON.stringify(json, null, "\t"))).toEqual(["a"]);
  });
  test("the other spelling of the group", () =>
    expect(names(peer("a").replace("projectcalico.org/v3", "crd.projectcalico.org/v1"))).toEqual(["a"]));
  test("a byte order mark and Windows line ends", () =>
    expect(names(`\uFEFF${peer("a").replaceAll("\n", "\r\n")}`)).toEqual(["a"]));
  test("anchors and aliases", () => {
    const spec = "spec: {peerIP: 1.2.3.4, asNumber: &as 1, localASNumber: *as}";
    const type = "apiVersion: projectcalico.org/v3, kind: BGPPeer";
    expect(
      names(
        `- {${type}, metadata: {name: a}, ${spec.replace("spec: ", "spec: &spec ")}}\n- {${type}, metadata: {name: b}, spec: *spec}\n`,
      ),
    ).toEqual(["a", "b"]);
  });
  test("nothing at all", () => expect(names("")).toEqual([]));
});

describe("a file may not hold", () => {
  test.each([
    [
      "a field written twice",
      resource("BGPPeer", "{peerIP: 1.2.3.4, asNumber: 1, peerIP: 1.2.3.5}"),
      /spec.peerIP is written twice; the first time in line 4/,
    ],
    ["a tab as indentation", "kind: Node\nmetadata:\n\tname: a\n", /a tab is used for indentation/],
    [
      "a selector that YAML takes for a tag",
      resource("BGPPeer", "{nodeSelector: !has(rr)}"),
      /starts with "!" is a YAML tag put the value in quotes/,
    ],
    ["an alias without an anchor", resource("BGPPeer", "{node: *x}"), /no anchor of this name/],
    ["an alias inside what it stands for", "a: &x [*x]\n", /inside what it stands for/],
    ["two fields in one line", "kind: Node: x\n", /quote a value that holds ": "/],
    ["brackets nested without end", "[".repeat(100_000), /the document is nested too deeply/],
    ["lists nested without end in one line", "- ".repeat(100_000), /the document is nested too deeply/],
    [
      "objects nested beyond measure",
      Array.from({ length: 1500 }, (_, i) => `${" ".repeat(i)}a:\n`).join(""),
      /the document is nested too deeply/,
    ],
    ["a million values", `[${"1,".repeat(500_000)}1]`, /the document is too large write it as several documents/],
    ["a text instead of a resource", "hello\n", /this is no resource/],
    ["a resource without kind", "apiVersion: v1\nmetadata: {name: a}\n", /kind is required/],
    ["a resource without apiVersion", "kind: Node\nmetadata: {name: a}\n", /apiVersion is required/],
    ["a resource without metadata", "apiVersion: v1\nkind: Node\n", /metadata is required/],
    ["a resource without name", "apiVersion: v1\nkind: Node\nmetadata: {}\n", /metadata.name is required/],
    [
      "a list in a list",
      "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: List, items: []}]\n",
      /a list cannot stand in a list/,
    ],
    ["a namespace where there is none", resource("BGPPeer", "{}", "a", ", namespace: x"), /metadata.namespace/],
    ["a misspelt kind", resource("BGPPeers", "{}"), /there is no kind BGPPeers.*did you mean kind: BGPPeer\?/],
    ["a kind in the wrong case", resource("bgppeer", "{}"), /did you mean kind: BGPPeer\?/],
    [
      "a kind of another version",
      resource("BGPPeer", "{}").replace("/v3", "/v1"),
      /apiVersion there is no kind BGPPeer of apiVersion "projectcalico.org\/v1"/,
    ],
    ["a label name that is none", resource("Node", "{}", "a", ", labels: {-x: y}"), /is no label name/],
    ["a value beyond all measure", resource("BGPPeer", `{peerIP: ${"1".repeat(5000)}}`), /has 5000 characters/],
  ])("%s", (_what, text, message) => {
    const { faults } = loadTexts({ "x.yaml": text });
    expect(faults[0] && faultText(faults[0])).toMatch(message);
    expect(faults[0]?.severity).toBe("error");
  });

  test("aliases that stand for more than a million values", () => {
    const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(", ")}]`);
    expect(faultsOf(`l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n${levels.join("\n")}\n`)).toEqual([
      "error: the aliases of this document stand for too much",
    ]);
  });
});

describe("a kind we do not use", () => {
  test("has one warning a file, and nothing of it is read", () => {
    const deployment = "apiVersion: apps/v1\nkind: Deployment\nspec: {what: [ever]}\n";
    expect(faultsOf(deployment, deployment)).toEqual([
      "warning: kind Deployment of apps/v1 is no kind we know; every Deployment in this file is ignored",
    ]);
  });

  test.each(["HostEndpoint", "ClusterInformation", "FelixConfiguration", "GlobalNetworkPolicy"])(
    "is named when it is Calico's %s",
    (kind) => {
      expect(faultsOf(resource(kind, "{what: [ever]}"))).toEqual([
        `warning: kind ${kind} is not used by this version; every ${kind} in this file is ignored`,
      ]);
    },
  );

  test("may be called like one of ours in another group", () => {
    expect(faultsOf("apiVersion: metallb.io/v1beta2\nkind: BGPPeer\nspec: {myASN: 1}\n")).toHaveLength(1);
    expect(faultsOf("apiVersion: metallb.io/v1beta2\nkind: BGPPeer\nspec: {myASN: 1}\n")[0]).toMatch(/^warning/);
  });
});

describe("typographic quotes are read as plain ones, with a warning", () => {
  test.each([
    ["around a value", resource("Node", "{bgp: {ipv4Address: 10.0.0.1, asNumber: “64513”}}"), "spec.bgp.asNumber"],
    ["around a field", resource("Node", "{“bgp”: {ipv4Address: 10.0.0.1}}"), "spec.bgp"],
    [
      "around a boolean",
      resource("BGPConfiguration", "{nodeToNodeMeshEnabled: “false”}", "default"),
      "spec.nodeToNodeMeshEnabled",
    ],
    ["in a selector", resource("IPPool", "{cidr: 10.0.0.0/16, nodeSelector: rack == “a”}"), "spec.nodeSelector"],
  ])("%s", (_where, text, field) => {
    const { faults } = loadTexts({ "x.yaml": text });
    expect(faults[0]).toMatchObject({ severity: "warning", field, message: "typographic quotes are read as plain ones" });
    expect(faults.filter((fault) => fault.severity === "error")).toEqual([]);
  });

  test("but not inside a quoted string of a selector", () => {
    const { set, faults } = loadTexts({
      "x.yaml": `${resource("Node", "{}")}---\n${resource("BGPPeer", `{peerIP: 1.2.3.4, asNumber: 1, nodeSelector: "a != 'it’s'"}`)}`,
    });
    expect(faults).toEqual([]);
    expect(set.bgpPeers.get("tor")?.spec.nodeSelector?.toString()).toBe('a != "it’s"');
  });
});
