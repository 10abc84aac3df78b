import { describe, expect, test } from "vitest";
import { CONFIGURATION, Given, GLOBAL_PEER, NODES, RACK_PEER } from "./given.js";

const CLUSTER = { "bgp.yaml": CONFIGURATION, "nodes.yaml": NODES };
const PATCHED = { code: 0, stdout: "Successfully patched 1 'BGPConfiguration' resource\n" };

describe("disable the mesh (reference 9.1)", () => {
  const off = CONFIGURATION.replace("# ours\n", "# ours\n  nodeToNodeMeshEnabled: false\n");

  test.each([
    ['{"spec": {"nodeToNodeMeshEnabled": false}}', ""],
    ['{"spec": {"nodeToNodeMeshEnabled": “false”}}', "typographic quotes"],
    ['{"spec": {"nodeToNodeMeshEnabled": "false"}}', 'the text "false" is read as the boolean false'],
    ["spec: {nodeToNodeMeshEnabled: false}", ""],
  ])("patch -p '%s'", async (patch, warning) => {
    const given = await Given.files({ ...CLUSTER, "peer.yaml": GLOBAL_PEER });
    const result = await given.run(["patch", "bgpconfiguration", "default", "-p", patch]);
    expect(result).toMatchObject(PATCHED);
    expect(result.stderr).toContain(warning);
    expect(warning === "" ? result.stderr : "").toBe("");
    expect(await given.files()).toEqual({ ...CLUSTER, "bgp.yaml": off, "peer.yaml": GLOBAL_PEER });
  });

  test("without a BGPPeer for a node: a warning that names it", async () => {
    const given = await Given.files({
      ...CLUSTER,
      "peer.yaml": RACK_PEER.replace("nodeSelector: rack == 'rack-1'", "node: node-b"),
    });
    const { stderr } = await given.run(["patch", "bgpconfig", "default", "-p", '{"spec": {"nodeToNodeMeshEnabled": false}}']);
    expect(stderr).toBe("warning: the node-to-node mesh is off now, and no BGPPeer concerns node-a, node-c: no sessions there\n");
  });

  test("without a default BGPConfiguration: an error that says what to create, and creating just that works", async () => {
    const given = await Given.files({ "nodes.yaml": NODES });
    const result = await given.run(["patch", "bgpconfiguration", "default", "-p", '{"spec": {"nodeToNodeMeshEnabled": false}}']);
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toMatch(/^hit error: resource does not exist: BGPConfiguration\(default\) with error: /);
    const hint = /<<'EOF'\n([\s\S]*?)EOF\n/.exec(result.stderr)![1]!;
    const created = await given.run(["create", "-f", "-"], hint);
    expect(created).toMatchObject({ code: 0, stdout: "Successfully created 1 'BGPConfiguration' resource(s)\n" });
    expect((await given.run(["get", "bgpconfigs"])).stdout).toContain("default   -             false         -          \n");
  });
});

test("global peer (9.2): apply, and get shows (global)", async () => {
  const given = await Given.files(CLUSTER, { "peer.yaml": GLOBAL_PEER });
  const applied = { code: 0, stdout: "Successfully applied 1 'BGPPeer' resource(s)\n", stderr: "" };
  expect(await given.run(["apply", "-f", "$DIR/peer.yaml"])).toEqual(applied);
  expect((await given.files())["bgppeer-my-global-peer.yaml"]).toBe(GLOBAL_PEER);
  expect((await given.run(["get", "bgppeer"])).stdout).toBe(
    "NAME             PEERIP         NODE       ASN     \nmy-global-peer   192.20.30.40   (global)   64567   \n\n",
  );
});

describe("per-node peer by label (9.3)", () => {
  test("label, then apply", async () => {
    const given = await Given.files(CLUSTER, { "peer.yaml": RACK_PEER });
    expect(await given.run(["label", "nodes", "node-b", "rack=rack-1"])).toEqual({
      code: 0,
      stdout: "Successfully set label rack on nodes node-b\n",
      stderr: "",
    });
    expect((await given.files())["nodes.yaml"]).toBe(
      NODES.replace("name: node-b\n", "name: node-b\n  labels:\n    rack: rack-1\n"),
    );
    expect(await given.run(["apply", "-f", "$DIR/peer.yaml"])).toMatchObject({ code: 0, stderr: "" });
    expect((await given.run(["get", "bgppeer"])).stdout).toContain("rack == 'rack-1'");
  });

  test.each(["rack == ‘rack-1’", 'rack == "rack-1"'])("nodeSelector: %s", async (selector) => {
    const given = await Given.files(CLUSTER, { "peer.yaml": RACK_PEER.replace("rack == 'rack-1'", selector) });
    await given.run(["label", "nodes", "node-b", "rack=rack-1"]);
    const result = await given.run(["apply", "-f", "$DIR/peer.yaml"]);
    expect(result).toMatchObject({ code: 0, stdout: "Successfully applied 1 'BGPPeer' resource(s)\n" });
    expect(result.stderr.includes("typographic quotes are read as plain ones")).toBe(selector.includes("‘"));
  });
});

describe("node as route reflector (9.4)", () => {
  test.each([
    '{"spec": {"bgp": {"routeReflectorClusterID": "244.0.0.1"}}}',
    '{"spec": {“bgp”: {"routeReflectorClusterID": “244.0.0.1”}}}',
  ])("patch node -p '%s'", async (patch) => {
    const given = await Given.files(CLUSTER);
    expect(await given.run(["patch", "node", "node-a", "-p", patch])).toMatchObject({
      code: 0,
      stdout: "Successfully patched 1 'Node' resource\n",
    });
    const address = "ipv4Address: 10.0.0.11/24\n";
    expect((await given.files())["nodes.yaml"]).toBe(
      NODES.replace(address, `${address}    routeReflectorClusterID: 244.0.0.1\n`),
    );
  });

  test("a Node of Kubernetes says that its settings are annotations, and takes those", async () => {
    const kubernetes =
      "apiVersion: v1\nkind: Node\nmetadata:\n  name: k\n  annotations:\n    projectcalico.org/IPv4Address: 10.0.0.9/24\n";
    const given = await Given.files({ "k.yaml": kubernetes });
    const refused = await given.run(["patch", "node", "k", "-p", '{"spec": {"bgp": {"asNumber": 1}}}']);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("BGP settings are annotations") });
    const annotations = '{"metadata": {"annotations": {"projectcalico.org/RouteReflectorClusterID": "244.0.0.1"}}}';
    expect(await given.run(["patch", "node", "k", "-p", annotations])).toMatchObject({ code: 0 });
    expect(await given.files()).toEqual({ "k.yaml": `${kubernetes}    projectcalico.org/RouteReflectorClusterID: 244.0.0.1\n` });
  });
});

describe("change the global AS (9.6)", () => {
  test.each([
    ['{"spec": {"asNumber": "64513"}}', "(64513)"],
    ['{"spec": {"asNumber": 64513}}', "(64513)"],
    ['{"spec": {"asNumber": “64513”}}', "(64513)"],
    ['{"spec": {"asNumber": "1.10"}}', "(65546)"],
  ])("patch -p '%s': %s", async (patch, shown) => {
    const given = await Given.files(CLUSTER);
    expect(await given.run(["patch", "bgpconfiguration", "default", "-p", patch])).toMatchObject(PATCHED);
    expect((await given.files())["bgp.yaml"]).toMatch(/^# the cluster\n[\s\S]*asNumber: \S+ {3}# ours\n$/);
    expect((await given.run(["get", "nodes", "-o", "wide"])).stdout).toContain(`node-a   ${shown}`);
  });

  test("a value that is none: an error that names it, and nothing changes", async () => {
    const given = await Given.files(CLUSTER);
    const result = await given.run(["patch", "bgpconfiguration", "default", "-p", '{"spec": {"asNumber": "64513x"}}']);
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toMatch(/^hit error: error with field spec\.asNumber = '64513x' \("64513x" is no AS number\)\n/);
    expect(result.stderr).toContain(
      'error: $RES/bgp.yaml:6:13: BGPConfiguration default: spec.asNumber: "64513x" is no AS number',
    );
    expect(await given.files()).toEqual(CLUSTER);
  });
});

test("change the global AS without a default BGPConfiguration: the error says to create one with that AS, and no more", async () => {
  const given = await Given.files({ "nodes.yaml": NODES });
  const result = await given.run(["patch", "bgpconfiguration", "default", "-p", '{"spec": {"asNumber": "64513"}}']);
  expect(result).toMatchObject({ code: 1, stdout: "" });
  expect(result.stderr).toMatch(/<<'EOF'\n[\s\S]*\nspec:\n {2}asNumber: "64513"\nEOF\n$/);
  expect(result.stderr).not.toContain("nodeToNodeMeshEnabled");
  expect((await given.run(["get", "bgpconfiguration", "default"])).stderr).not.toContain("create");
});

test("change the AS of one node (9.7), and back with null", async () => {
  const given = await Given.files(CLUSTER);
  const patch = (text: string) => given.run(["patch", "node", "node-a", "-p", text]);
  expect(await patch('{"spec": {"bgp": {“asNumber”: “64514”}}}')).toMatchObject({ code: 0 });
  expect((await given.run(["get", "nodes", "-o", "wide"])).stdout).toBe(
    [
      "NAME     ASN       IPV4           IPV6   ",
      "node-a   64514     10.0.0.11/24          ",
      "node-b   (64512)   10.0.0.12/24          ",
      "node-c   (64512)   10.0.0.13/24          ",
      "",
      "",
    ].join("\n"),
  );
  expect(await patch('{"spec": {"bgp": {"asNumber": null}}}')).toMatchObject({ code: 0 });
  expect(await given.files()).toEqual(CLUSTER);
});
