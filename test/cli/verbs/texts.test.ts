import { describe, expect, test } from "vitest";
import { CONFIGURATION, Given, GLOBAL_PEER, NODES, RACK_PEER } from "./given.js";

const DIRECTORY = { "bgp.yaml": CONFIGURATION, "nodes.yaml": NODES, "peer.yaml": GLOBAL_PEER };
const BOTH = `${GLOBAL_PEER}---\n${RACK_PEER}`;
const BAD_PEER = GLOBAL_PEER.replace("my-global-peer", "bad").replace("asNumber", "asNumbr");
const INPUTS = {
  "known.yaml": GLOBAL_PEER,
  "changed.yaml": GLOBAL_PEER.replace("64567", "64568"),
  "new.yaml": RACK_PEER,
  "both.yaml": BOTH,
  "bad.yaml": BAD_PEER,
  "good-and-bad.yaml": `${RACK_PEER}---\n${BAD_PEER}`,
  "all-bad.yaml": `${BAD_PEER}---\n${BAD_PEER.replace("name: bad", "name: worse")}`,
  "mixed.yaml": `${RACK_PEER}---\n${NODES.split("---\n")[0]!.replace("node-a", "node-d").replace("10.0.0.11", "10.0.0.14")}`,
  "empty.yaml": "# nothing\n",
  "strange.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n",
  "broken.yaml": "kind: [\n",
  "versioned.yaml": GLOBAL_PEER.replace("metadata:\n", 'metadata:\n  resourceVersion: "7"\n'),
  "two-faults.yaml": BAD_PEER.replace("peerIP: 192.20.30.40", "peerIP: tor.example.com"),
  "dir/a.yaml": RACK_PEER,
  "dir/below/b.json": JSON.stringify({
    apiVersion: "projectcalico.org/v3",
    kind: "BGPPeer",
    metadata: { name: "j" },
    spec: { peerIP: "192.0.2.7", asNumber: 7 },
  }),
  "dir/notes.txt": "no resource",
};

type Case = readonly [words: string, code: number, stdout: string | RegExp, stderr: string | RegExp];

const EXISTS = "resource already exists: BGPPeer(my-global-peer) with error: it stands in $RES/peer.yaml:1";
const UNKNOWN = "field in document is not recognized or is in the wrong location: asNumbr";
const MISSING = "resource does not exist: BGPPeer(nope) with error: there is no BGPPeer of this name";

const CASES: readonly Case[] = [
  ["create -f $DIR/new.yaml", 0, "Successfully created 1 'BGPPeer' resource(s)\n", /selects no Node/],
  ["create -f $DIR/mixed.yaml", 0, "Successfully created 2 resource(s)\n", /selects no Node/],
  ["create -f $DIR/known.yaml", 1, "", `failed to create 'BGPPeer' resource: [${EXISTS}]\n`],
  ["create -f $DIR/known.yaml --skip-exists", 0, "Successfully created 1 'BGPPeer' resource(s)\n", ""],
  [
    "create -f $DIR/both.yaml",
    1,
    "Partial success: created the first 1 out of 2 'BGPPeer' resources:\n",
    /hit error: \[resource already exists/,
  ],
  ["create -f $DIR/versioned.yaml", 1, "", /metadata\.resourceVersion = '7' \(must not be set/],
  ["create -f $DIR/bad.yaml", 1, "", /^failed to create 'BGPPeer' resource: \[field in document is not recognized/],
  ["create -f $DIR/all-bad.yaml", 1, "", new RegExp(`^failed to create any 'BGPPeer' resources: \\[${UNKNOWN} ${UNKNOWN}\\]`)],
  ["apply -f $DIR/known.yaml", 0, "Successfully applied 1 'BGPPeer' resource(s)\n", ""],
  ["apply -f $DIR/changed.yaml", 0, "Successfully applied 1 'BGPPeer' resource(s)\n", ""],
  ["apply -f $DIR/versioned.yaml", 1, "", /^failed to apply 'BGPPeer' resource: \[update conflict: BGPPeer\(my-global-peer\)/],
  ["apply -f $DIR/dir", 0, "Successfully applied 1 'BGPPeer' resource(s)\n", /selects no Node/],
  ["apply -f $DIR/dir -R", 0, "Successfully applied 2 'BGPPeer' resource(s)\n", /selects no Node/],
  ["apply -f $DIR/known.yaml -f $DIR/new.yaml", 0, "Successfully applied 2 'BGPPeer' resource(s)\n", /selects no Node/],
  ["apply -f $DIR/empty.yaml", 1, "", "no resources specified in file $DIR/empty.yaml\n"],
  ["apply -f $DIR/empty.yaml --skip-empty", 0, "No resources specified\n", ""],
  [
    "apply -f $DIR/strange.yaml",
    1,
    "",
    /unknown resource type \(Deployment\) and\/or version \(apps\/v1\)\n {2}allowed: BGPPeer of/,
  ],
  ["apply -f $DIR/broken.yaml", 1, "", /^failed to execute command: error: \$DIR\/broken\.yaml:/],
  ["apply -f $DIR/nothing.yaml", 1, "", "failed to execute command: $DIR/nothing.yaml does not exist\n"],
  [
    "apply -f $DIR/good-and-bad.yaml",
    1,
    "Partial success: applied the first 1 out of 2 'BGPPeer' resources:\n",
    /hit error: \[field in document/,
  ],
  [
    "apply -f $DIR/two-faults.yaml",
    1,
    "",
    /\[error with the following fields:\n- {2}spec\.peerIP = 'tor\.example\.com' \(.*\)\n- {2}field in document is not rec/,
  ],
  ["replace -f $DIR/changed.yaml", 0, "Successfully replaced 1 'BGPPeer' resource(s)\n", ""],
  [
    "replace -f $DIR/new.yaml",
    1,
    "",
    /^failed to replace 'BGPPeer' resource: \[resource does not exist: BGPPeer\(rack1-tor\) with error: /,
  ],
  [
    "replace -f $DIR/both.yaml",
    1,
    "Partial success: replaced the first 1 out of 2 'BGPPeer' resources:\n",
    /^hit error: \[resource does not exist/,
  ],
  ["delete bgppeer my-global-peer", 0, "Successfully deleted 1 'BGPPeer' resource(s)\n", ""],
  ["delete BGPP nope", 1, "", `Failed to delete 'BGPPeer' resource: ${MISSING}\n`],
  [
    "delete bp nope my-global-peer",
    1,
    "Successfully deleted 1 'BGPPeer' resource(s)\n",
    `Failed to delete 'BGPPeer' resource: ${MISSING}\n`,
  ],
  ["delete bps nope my-global-peer -s", 0, "Successfully deleted 2 'BGPPeer' resource(s)\n", ""],
  ["delete -f $DIR/known.yaml", 0, "Successfully deleted 1 'BGPPeer' resource(s)\n", ""],
  ["delete -f $DIR/mixed.yaml --skip-not-exists", 0, "Successfully deleted 2 resource(s)\n", ""],
  ["delete gibberish x", 1, "", "resource type 'gibberish' is not supported\n"],
  ["get bgpper", 1, "", "resource type 'bgpper' is not supported; did you mean bgppeer?\n"],
  ["get bgppeer nope", 1, "", `${MISSING}\n`],
  ["get bgppeer my-global-peer nope -o name", 1, "bgppeer/my-global-peer\n", `${MISSING}\n`],
  ["get -f $DIR/known.yaml -o name", 0, "bgppeer/my-global-peer\n", ""],
  ["get bgppeer -o xml", 1, "", /^unrecognized output format 'xml'; allowed: /],
  ["get bgppeer -o go-template={{.}}", 1, "", /^go-template is not supported/],
  ["get bgppeer -o custom-columns=", 1, "", "need to specify at least one column\n"],
  ["get bgppeer -o custom-columns=NAME,X", 1, "", "unknown heading 'X' for BGPPeer; allowed: NAME, PEERIP, NODE, ASN\n"],
  ["patch bgppeer my-global-peer -p {}", 0, "Successfully patched 1 'BGPPeer' resource\n", ""],
  ["patch bgppeer nope -p {}", 1, "", `hit error: ${MISSING}\n`],
  [
    "patch bgppeer my-global-peer -p spec:{asNumbr:1}",
    1,
    "",
    /^hit error: performing strategic merge patch: the patch is no object/,
  ],
  [
    "patch bgppeer my-global-peer -p {spec:{asNumbr:\u00a01}}",
    1,
    "",
    new RegExp(`hit error: ${UNKNOWN}\\n[\\s\\S]*known here: asNumber, `),
  ],
  [
    "patch bgppeer my-global-peer -p {metadata:{name:\u00a0x}}",
    1,
    "",
    /hit error: metadata\.name of BGPPeer my-global-peer cannot be changed/,
  ],
  ["patch bgppeer my-global-peer --type json -p [{op:\u00a0add}]", 1, "", /JSON Patch, RFC 6902\) is not supported/],
  [
    "patch bgppeer my-global-peer --type json -p {spec:\u00a0{asNumber:\u00a05}}",
    0,
    "Successfully patched 1 'BGPPeer' resource\n",
    /typographic/,
  ],
  ["label BgpPeer my-global-peer a=b", 0, "Successfully set label a on BgpPeer my-global-peer\n", ""],
  ["label nodes nope a=b", 1, "", /^failed to get nodes nope, error resource does not exist: Node\(nope\)/],
  ["label nodes node-a a", 1, "", /^invalid label key 'a'/],
  ["label nodes node-a a=b=c", 1, "", /^invalid label a=b=c/],
  ["label nodes node-a a --remove", 1, "", "cannot remove label of nodes node-a, key a does not exist\n"],
  [
    "label nodes node-a a=-",
    1,
    "",
    /^failed to update nodes node-a, label not changed: error with field metadata\.labels\.a = '-' /,
  ],
  ["validate -f $DIR/both.yaml", 0, "Successfully validated 2 'BGPPeer' resource(s)\n", ""],
  ["validate -f $DIR/bad.yaml", 1, "", /^failed to validate 'BGPPeer' resource: \[field in document/],
  [
    "validate -f $DIR/good-and-bad.yaml",
    1,
    "Partial success: validated the first 1 out of 2 'BGPPeer' resources:\n",
    /^hit error: /,
  ],
];

describe("commands say what calicoctl says (reference 6.2)", () => {
  test.each(CASES)("%s", async (command, code, stdout, stderr) => {
    const given = await Given.files(DIRECTORY, INPUTS);
    const words = command.split(" ");
    const result = await given.run(words);
    expect(result).toEqual({ code, stdout: matching(stdout), stderr: matching(stderr) });
    if (code === 1 && stdout === "") expect(await given.files()).toEqual(DIRECTORY);
  });

  function matching(text: string | RegExp) {
    return typeof text === "string" ? text : expect.stringMatching(text);
  }
});

test("label: a value that is there already is updated, another one only with --overwrite", async () => {
  const given = await Given.files(DIRECTORY);
  const label = async (...words: string[]) => (await given.run(["label", "nodes", "node-a", ...words])) as unknown;
  const done = (what: string) => ({ code: 0, stdout: `Successfully ${what} nodes node-a\n`, stderr: "" });
  const present =
    "failed to update label of nodes node-a, key rack is already present. please use '--overwrite' to set a new value.\n";
  expect(await label("rack=1")).toEqual(done("set label rack on"));
  const labelled = await given.files();
  expect(labelled["nodes.yaml"]).toContain('rack: "1"');
  expect(await label("rack=1")).toEqual(done("updated label rack on"));
  expect(await label("rack=2")).toEqual({ code: 1, stdout: "", stderr: present });
  expect(await given.files()).toEqual(labelled);
  expect(await label("rack=2", "--overwrite")).toEqual(done("updated label rack on"));
  expect(await label("rack", "--remove")).toEqual(done("removed label rack from"));
  expect(await given.files()).toEqual(DIRECTORY);
});

test("replace and apply change a resource where it stands and keep the comments of others", async () => {
  const all = `# head\n${RACK_PEER}---\n# the global one\n${GLOBAL_PEER}`;
  const given = await Given.files({ "all.yaml": all }, INPUTS);
  expect(await given.run(["apply", "-f", "$DIR/changed.yaml"])).toMatchObject({ code: 0 });
  expect(await given.files()).toEqual({ "all.yaml": all.replace(/64567(?=\n$)/, "64568") });
});

test("a Node takes along its BGPPeers and its BGPConfiguration, and says so", async () => {
  const own =
    "apiVersion: projectcalico.org/v3\nkind: BGPConfiguration\nmetadata: {name: node.node-a}\nspec: {listenPort: 1790}\n";
  const peer = GLOBAL_PEER.replace("my-global-peer", "of-a").replace("asNumber", "node: node-a\n  asNumber");
  const given = await Given.files({ ...DIRECTORY, "own.yaml": `${own}---\n${peer}` });
  expect(await given.run(["delete", "node", "node-a"])).toEqual({
    code: 0,
    stdout: "Successfully deleted 1 'Node' resource(s)\n",
    stderr:
      "BGPPeer(of-a) concerned a deleted Node alone and is deleted, too\n" +
      "BGPConfiguration(node.node-a) concerned a deleted Node alone and is deleted, too\n",
  });
  expect(await given.files()).toEqual({ ...DIRECTORY, "nodes.yaml": NODES.slice(NODES.indexOf("---")) });
});

describe("the set that would come out is checked first", () => {
  const FILTERED = GLOBAL_PEER.replace("spec:", "spec:\n  filters: [f]");
  const FILTER = "apiVersion: projectcalico.org/v3\nkind: BGPFilter\nmetadata: {name: f}\nspec: {exportV4: [{action: Reject}]}\n";

  test("a filter that is used cannot go, and nothing changes", async () => {
    const files = { "all.yaml": `${FILTERED}---\n${FILTER}` };
    const given = await Given.files(files);
    const result = await given.run(["delete", "bgpfilter", "f"]);
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toContain('spec.filters: there is no BGPFilter named "f"');
    expect(await given.files()).toEqual(files);
  });

  test("resources of one input may need each other in any order", async () => {
    const given = await Given.files({}, { "in.yaml": `${FILTERED}---\n${FILTER}` });
    expect(await given.run(["apply", "-f", "$DIR/in.yaml"])).toEqual({
      code: 0,
      stdout: "Successfully applied 2 resource(s)\n",
      stderr: "",
    });
  });

  test("of several, those that would do harm are left out", async () => {
    const given = await Given.files({}, { "in.yaml": `${FILTERED}---\n${RACK_PEER}` });
    const result = await given.run(["apply", "-f", "$DIR/in.yaml"]);
    expect(result).toMatchObject({ code: 1, stdout: "Partial success: applied the first 1 out of 2 'BGPPeer' resources:\n" });
    expect(await given.files()).toEqual({ "bgppeer-rack1-tor.yaml": RACK_PEER });
  });

  test("in a set with errors, what mends one or does no harm is allowed, what adds one is not", async () => {
    const given = await Given.files({ "all.yaml": `${FILTERED}---\n${NODES}`, "broken.yaml": "kind: [\n" }, { "f.yaml": FILTER });
    expect(await given.run(["label", "node", "node-a", "a=b"])).toMatchObject({ code: 0 });
    expect(await given.run(["patch", "node", "node-a", "-p", "spec: {bgp: {asNumber: 0}}"])).toMatchObject({ code: 1 });
    expect(await given.run(["apply", "-f", "$DIR/f.yaml"])).toMatchObject({ code: 0 });
    expect(await given.run(["delete", "bgpfilter", "f"])).toMatchObject({ code: 1 });
  });
});
