import { describe, expect, test } from "vitest";
import { resourceDiff } from "../../src/generations/resource-diff.js";
import { resourceFile } from "../../src/resources/resource-file.js";

const peer = (spec: string) => `apiVersion: projectcalico.org/v3\nkind: BGPPeer\nmetadata: {name: tor}\nspec: ${spec}\n`;
const secret = (body: string) => `apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: kube-system}\n${body}\n`;

function diff(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): string {
  const files = (texts: Readonly<Record<string, string>>) =>
    Object.entries(texts).map(([path, text]) => resourceFile(path, Buffer.from(text)));
  return resourceDiff({ name: "one", files: files(before) }, { name: "two", files: files(after) }).join("\n");
}

describe("resourceDiff", () => {
  test("shows the fields that differ, resource by resource, in the order of their names", () => {
    const node = "apiVersion: v1\nkind: Node\nmetadata: {name: a}\n";
    expect(
      diff(
        { "a.yaml": peer("{peerIP: 192.0.2.1, asNumber: 65001}") },
        { "a.yaml": peer("{asNumber: 65002, peerIP: 192.0.2.1}"), "b.yaml": node },
      ),
    ).toBe(
      `--- BGPPeer tor (one)
+++ BGPPeer tor (two)
@@ -3,5 +3,5 @@
 metadata:
   name: tor
 spec:
-  asNumber: 65001
+  asNumber: 65002
   peerIP: 192.0.2.1
--- (not in one)
+++ Node a (v1) (two)
@@ -0,0 +1,4 @@
+apiVersion: v1
+kind: Node
+metadata:
+  name: a`,
    );
  });

  test.each([
    ["another style, order and comments", { "a.yaml": `# tor\n${peer("\n  # why\n  asNumber: 65001\n  peerIP: '192.0.2.1'")}` }],
    [
      "JSON",
      {
        "a.yaml":
          '{"spec": {"asNumber": 65001, "peerIP": "192.0.2.1"}, "metadata": {"name": "tor"}, "kind": "BGPPeer", "apiVersion": "projectcalico.org/v3"}',
      },
    ],
    ["another file", { "elsewhere/b.yaml": peer("{peerIP: 192.0.2.1, asNumber: 65001}") }],
  ])("does not care for %s", (_, after) => {
    expect(diff({ "a.yaml": peer("{peerIP: 192.0.2.1, asNumber: 65001}") }, after)).toBe("");
  });

  test("never shows a secret, but says which of its values are others", () => {
    const annotated = 'metadata: {name: s, namespace: kube-system, annotations: {last: "{k: hunter1}"}}';
    const before = secret("stringData: {k: hunter1, l: hunter2}").replace(/metadata: .*/, annotated);
    const after = secret("stringData: {k: hunter3, l: hunter2, m: hunter4}\ndata: {n: aHVudGVyNQ==}");
    const text = diff({ "s.yaml": before }, { "s.yaml": after });
    expect(text).not.toMatch(/hunter|aHVudGVy/);
    expect(text.split("\n").filter((line) => /^[-+] /.test(line))).toEqual([
      '+  n: "[secret]"',
      '-  k: "[secret]"',
      '+  k: "[another secret]"',
      '+  m: "[secret]"',
    ]);
    expect(diff({ "s.yaml": before }, { "s.yaml": `${before}# again\n` })).toBe("");
  });
});
