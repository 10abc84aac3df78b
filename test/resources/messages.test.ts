import { describe, expect, test } from "vitest";
import { loadTexts } from "../../src/resources/load.js";
import { renderFault, renderFaults } from "../../src/resources/render-fault.js";
import { resource } from "./given.js";

/** The first fault of a BGPPeer with this spec, as people read it. */
function told(spec: string, name = "tor"): string {
  const text = `apiVersion: projectcalico.org/v3\nkind: BGPPeer\nmetadata:\n  name: ${name}\nspec:\n${spec}\n`;
  const nodes = resource("Node", "{}", "a", ", labels: {rack: rack-1}");
  const [fault] = loadTexts({ "nodes.yaml": nodes, "peers.yaml": text }).faults;
  return fault ? renderFault(fault) : "no fault";
}

describe("the commonest mistakes are told in these words", () => {
  test("a misspelt field", () => {
    expect(told("  peerIP: 192.20.30.40\n  asNumbr: 64567")).toBe(
      [
        "error: peers.yaml:7:3: BGPPeer tor: spec.asNumbr: unknown field",
        "  7 |   asNumbr: 64567",
        "    |   ^^^^^^^",
        '  did you mean "asNumber"?',
      ].join("\n"),
    );
  });

  test("a selector without quotes around the value", () => {
    expect(told("  peerIP: 192.20.30.40\n  asNumber: 64567\n  nodeSelector: rack == rack-1")).toBe(
      [
        'error: peers.yaml:8:25: BGPPeer tor: spec.nodeSelector: is no selector: expected a quoted string, found "rack-1"; write "rack-1" in quotes',
        "  8 |   nodeSelector: rack == rack-1",
        "    |                         ^",
      ].join("\n"),
    );
  });

  test("typographic quotes in a selector", () => {
    expect(told("  peerIP: 192.20.30.40\n  asNumber: 64567\n  nodeSelector: rack == ‘rack-1’")).toBe(
      [
        "warning: peers.yaml:8:25: BGPPeer tor: spec.nodeSelector: typographic quotes are read as plain ones",
        "  8 |   nodeSelector: rack == ‘rack-1’",
        "    |                         ^",
        "  write rack == 'rack-1'",
      ].join("\n"),
    );
  });

  test("an AS number that YAML takes for a fraction", () => {
    expect(told("  peerIP: 192.20.30.40\n  asNumber: 1.10")).toBe(
      [
        "error: peers.yaml:7:13: BGPPeer tor: spec.asNumber: 1.10 without quotes is a decimal fraction, not an AS number",
        "  7 |   asNumber: 1.10",
        "    |             ^^^^",
        '  allowed: a whole number from 1 to 4294967295, or "high.low" in quotes with both below 65536',
        '  write "1.10" in quotes',
      ].join("\n"),
    );
  });

  test("an AS number with letters", () => {
    expect(told("  peerIP: 192.20.30.40\n  asNumber: AS64567")).toBe(
      [
        'error: peers.yaml:7:13: BGPPeer tor: spec.asNumber: "AS64567" is no AS number',
        "  7 |   asNumber: AS64567",
        "    |             ^^^^^^^",
        '  allowed: a whole number from 1 to 4294967295, or "high.low" in quotes with both below 65536',
        "  write 64567",
      ].join("\n"),
    );
  });

  test("a host name as the peer's address", () => {
    expect(told("  peerIP: tor.example.com\n  asNumber: 64567")).toBe(
      [
        'error: peers.yaml:6:11: BGPPeer tor: spec.peerIP: "tor.example.com" is a host name; an address is needed',
        "  6 |   peerIP: tor.example.com",
        "    |           ^^^^^^^^^^^^^^^",
        "  allowed: an IPv4 or IPv6 address, IPv4:port or [IPv6]:port, with a port from 1 to 65535",
      ].join("\n"),
    );
  });

  test("both ways to name the local nodes", () => {
    expect(told("  peerIP: 192.20.30.40\n  asNumber: 64567\n  node: a\n  nodeSelector: all()")).toBe(
      [
        "error: peers.yaml:9:17: BGPPeer tor: spec.nodeSelector: excludes node",
        "  9 |   nodeSelector: all()",
        "    |                 ^^^^^",
        "  keep one of node and nodeSelector",
      ].join("\n"),
    );
  });

  test("an enum in the wrong case", () => {
    expect(told("  peerIP: 192.20.30.40\n  asNumber: 64567\n  sourceAddress: useNodeIP")).toBe(
      [
        'error: peers.yaml:8:18: BGPPeer tor: spec.sourceAddress: "useNodeIP" is not allowed',
        "  8 |   sourceAddress: useNodeIP",
        "    |                  ^^^^^^^^^",
        "  allowed: UseNodeIP, None",
        "  did you mean UseNodeIP?",
      ].join("\n"),
    );
  });

  test("a duration without a unit", () => {
    expect(told("  peerIP: 192.20.30.40\n  asNumber: 64567\n  maxRestartTime: 120")).toBe(
      [
        "error: peers.yaml:8:19: BGPPeer tor: spec.maxRestartTime: 120 has no unit",
        "  8 |   maxRestartTime: 120",
        "    |                   ^^^",
        '  allowed: a time such as "90s", "2m" or "1m30s", from 0s to 4095s',
        "  write 120s",
      ].join("\n"),
    );
  });

  test("a filter that is not there", () => {
    expect(told("  peerIP: 192.20.30.40\n  asNumber: 64567\n  filters: [tor-in]")).toBe(
      [
        'error: peers.yaml:8:12: BGPPeer tor: spec.filters: there is no BGPFilter named "tor-in"',
        "  8 |   filters: [tor-in]",
        "    |            ^^^^^^^^",
      ].join("\n"),
    );
  });

  test("a tab as indentation", () => {
    expect(told("\tpeerIP: 192.20.30.40")).toBe(
      [
        "error: peers.yaml:6:1: a tab is used for indentation",
        "  6 | \tpeerIP: 192.20.30.40",
        "    | ^",
        "  indent with spaces",
      ].join("\n"),
    );
  });

  test("a resource that is there twice", () => {
    const text = "apiVersion: projectcalico.org/v3\nkind: Node\nmetadata: {name: a}\n";
    const { faults } = loadTexts({ "a.yaml": text, "b.yaml": text });
    expect(renderFaults(faults)).toBe(
      [
        "error: b.yaml:3:18: Node a: metadata.name: there is another Node of this name at a.yaml:3",
        "  3 | metadata: {name: a}",
        "    |                  ^",
        "  remove or rename one of them",
        "",
        "1 error, 0 warnings",
      ].join("\n"),
    );
  });
});

describe("a fault", () => {
  test("points into a long line by the part around the place", () => {
    const [fault] = loadTexts({
      "x.json": `{${" ".repeat(300)}"kind": "Node", "apiVersion": "v1", "metadata": {"name": "A"}${" ".repeat(300)}}`,
    }).faults;
    const excerpt = fault!.excerpt!;
    expect(excerpt.text.length).toBeLessThanOrEqual(160);
    expect(excerpt.text.slice(excerpt.column - 1, excerpt.column - 1 + excerpt.length)).toBe('"A"');
  });

  test("of every error of a resource is told at once, errors before warnings", () => {
    const text =
      "apiVersion: projectcalico.org/v3\nkind: BGPPeer\nmetadata: {name: A}\nspec: {peerIP: x, asNumber: 23456, nope: 1}\n";
    expect(loadTexts({ "x.yaml": text }).faults.map(({ severity, field }) => `${severity} ${field}`)).toEqual([
      "error metadata.name",
      "error spec.peerIP",
      "error spec.nope",
      "warning spec.asNumber",
    ]);
  });

  test("is plain data that survives JSON", () => {
    const { faults } = loadTexts({ "x.yaml": "kind: Node\n" });
    expect(JSON.parse(JSON.stringify(faults))).toEqual(faults);
  });
});
