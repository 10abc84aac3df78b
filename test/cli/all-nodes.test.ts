import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commandLine } from "../daemon/support.js";
import { temporaryDirectory } from "../resources/temporary-directory.js";

const node = (host: number) =>
  `apiVersion: projectcalico.org/v3\nkind: Node\nmetadata: {name: n${host}}\nspec: {bgp: {ipv4Address: 10.0.0.${host}/24}}\n`;
const block = (host: number) =>
  `apiVersion: projectcalico.org/v3\nkind: BlockAffinity\nmetadata: {name: b${host}}\nspec: {node: n${host}, cidr: 10.244.${host}.0/26, state: confirmed}\n`;

async function directoryOf(...documents: readonly string[]): Promise<string> {
  const directory = await temporaryDirectory();
  writeFileSync(join(directory, "all.yaml"), documents.join("---\n"));
  return directory;
}

test("plan --all-nodes says what each node has to do between two directories, and leaves out those that have nothing to do", async () => {
  const before = await directoryOf(node(1), node(2), node(3));
  const after = await directoryOf(node(1), node(2), block(2), node(3));
  const words = ["plan", "--all-nodes", "--against", before, "--resources", after];
  expect(await commandLine(words)).toEqual({
    code: 0,
    stderr: "",
    stdout: expect.stringMatching(
      /^n2 \(changed\):\n {2}originate: 10\.244\.2\.0\/26\n(?: {2}session-live: Mesh_.*\n){2}1 of 3 nodes would have something to do\.\n$/,
    ),
  });
  const { stdout } = await commandLine(["plan", "--all-nodes", "--against", before, "--resources", before]);
  expect(stdout).toBe("0 of 3 nodes would have something to do.\n");
});

test("nodes that come, go, or can have no plan are told of", async () => {
  const before = await directoryOf(node(1), node(2));
  const after = await directoryOf(node(1), node(3));
  const { stdout } = await commandLine(["plan", "--all-nodes", "--against", before, "--resources", after, "-o", "json"]);
  const diffs = JSON.parse(stdout) as { node: string; fate: string; steps: string[] }[];
  expect(diffs.map(({ node, fate }) => [node, fate])).toEqual([
    ["n1", "changed"],
    ["n2", "removed"],
    ["n3", "added"],
  ]);
  expect(diffs[0]!.steps).toEqual([
    expect.stringContaining("session-remove: Mesh_10_0_0_2"),
    expect.stringContaining("session-add: Mesh_10_0_0_3"),
  ]);
});

test.each([
  [["plan", "--all-nodes"], 2, "against"],
  [["plan", "--running", "--all-nodes", "--against", "1"], 2, "mutually exclusive"],
  [
    ["plan", "--all-nodes", "--against", "7", "--state", "/nowhere", "--resources", "/nowhere"],
    1,
    "There is no generation 7 in /nowhere",
  ],
  [["rollback", "x"], 2, "generation: NaN is no number from 1 up"],
  [["diff", "1", "0"], 2, "after: 0 is no number from 1 up"],
  [["commit", "--confirm", "0.5"], 2, "--confirm: 0.5 is no number from 1 up"],
  [["rollback"], 2, "Not enough non-option arguments"],
  [["commit", "--state", "/nowhere"], 1, 'There is no candidate in /nowhere: "peregrine edit" begins one.'],
  [["discard", "--state", "/nowhere"], 1, "There is no candidate in /nowhere"],
  [["confirm", "--control", "/nowhere/c.sock"], 1, "No peregrine daemon answers"],
])("%j ends with %i", async (words, code, message) => {
  expect(await commandLine(words)).toMatchObject({ code, stdout: "", stderr: expect.stringContaining(message) });
});
