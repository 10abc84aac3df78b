import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { habitsOf, renderBlock, renderFlow } from "../../../src/resources/edit/render-value.js";
import { ResourceText } from "../../../src/resources/edit/resource-text.js";
import { rewrite } from "../../../src/resources/edit/rewrite.js";
import { readValue, type Value, type ValueMap } from "../../../src/resources/edit/value.js";
import { SourceFile } from "../../../src/resources/source-file.js";
import { readDocuments } from "../../../src/resources/yaml-document.js";

const PEER = `# racks one and two
apiVersion: projectcalico.org/v3
kind: BGPPeer
metadata:
  name: tor      # the top of rack

  labels:
    site: 'a'
spec:
  # from the address plan
  peerIP:   192.0.2.1   # eth0
  asNumber: 64512
  filters:
  - one
  # the second
  - two   # of two
  password: {secretKeyRef: {name: s, key: "k"}}
  # nothing after this
`;

/** The text after the only resource's fields have become others. */
function changed(text: string, change: (value: Record<string, Value>) => void): string {
  const file = ResourceText.parse(text);
  const [resource] = file.resources;
  const value = structuredClone(resource!.value) as Record<string, Value>;
  change(value);
  return file.with(resource!, value).text;
}

function spec(value: Record<string, Value>): Record<string, Value> {
  return value["spec"] as Record<string, Value>;
}

describe("ResourceText.with changes what it has to and nothing else", () => {
  test.each<[string, (value: Record<string, Value>) => void, string, string]>([
    ["nothing", () => {}, "", ""],
    ["a value beside a comment", (v) => (spec(v)["peerIP"] = "192.0.2.9"), "192.0.2.1   #", "192.0.2.9   #"],
    ["a text that would be a number", (v) => (spec(v)["asNumber"] = "1.10"), "asNumber: 64512", 'asNumber: "1.10"'],
    ["a new field, after the last one", (v) => (spec(v)["node"] = "n1"), '"k"}}\n', '"k"}}\n  node: n1\n'],
    [
      "a field with its comment goes",
      (v) => delete spec(v)["peerIP"],
      "  # from the address plan\n  peerIP:   192.0.2.1   # eth0\n",
      "",
    ],
    ["an entry with its comment goes", (v) => (spec(v)["filters"] = ["one"]), "  # the second\n  - two   # of two\n", ""],
    ["an entry more", (v) => (spec(v)["filters"] = ["one", "two", "three"]), "of two\n", "of two\n  - three\n"],
    ["an entry before the others", (v) => (spec(v)["filters"] = ["zero", "one", "two"]), "  - one\n", "  - zero\n  - one\n"],
    [
      "a list in place of its entries",
      (v) => (spec(v)["filters"] = []),
      "  filters:\n  - one\n  # the second\n  - two   # of two\n",
      "  filters: []\n",
    ],
    ["between brackets", (v) => (spec(v)["password"] = { secretKeyRef: { name: "s2", key: "k" } }), "{name: s, ", "{name: s2, "],
    [
      "a field more between brackets",
      (v) => (spec(v)["password"] = { secretKeyRef: { name: "s", key: "k", optional: true } }),
      '"k"}',
      '"k", optional: true}',
    ],
    ["a field less between brackets", (v) => (spec(v)["password"] = { secretKeyRef: { key: "k" } }), "name: s, key", "key"],
    [
      "an object of its own lines",
      (v) => (spec(v)["peerIP"] = { a: [1], b: {} }),
      "  peerIP:   192.0.2.1   # eth0\n",
      "  peerIP:   # eth0\n    a:\n    - 1\n    b: {}\n",
    ],
    ["the only label goes", (v) => delete (v["metadata"] as Record<string, Value>)["labels"], "  labels:\n    site: 'a'\n", ""],
  ])("%s", (_, change, before, after) => {
    expect(PEER.split(before).length).toBe(before === "" ? PEER.length : 2);
    expect(changed(PEER, change)).toBe(before === "" ? PEER : PEER.replace(before, after));
  });

  test("JSON stays JSON, in the layout it had", () => {
    const text = `{\n    "apiVersion": "projectcalico.org/v3",\n    "kind": "BGPPeer",\n    "metadata": {"name": "tor"},\n    "spec": {\n        "filters": ["a", "b"],\n        "asNumber": 1\n    }\n}\n`;
    const after = changed(text, (value) => {
      spec(value)["filters"] = ["a", "c", "d"];
      spec(value)["peerIP"] = "192.0.2.1";
      (value["metadata"] as Record<string, Value>)["labels"] = { a: "b" };
    });
    expect(after).toBe(
      text
        .replace('["a", "b"]', '["a", "c", "d"]')
        .replace('"asNumber": 1\n', '"asNumber": 1,\n        "peerIP": "192.0.2.1"\n')
        .replace('{"name": "tor"}', '{"name": "tor", "labels": {\n        "a": "b"\n    }}'),
    );
    expect(JSON.parse(after)).toMatchObject({ spec: { filters: ["a", "c", "d"], peerIP: "192.0.2.1" } });
  });

  test("lines that end in CR LF go on doing so", () => {
    const text = PEER.replaceAll("\n", "\r\n");
    const after = changed(text, (value) => (spec(value)["node"] = "n1"));
    expect(after).toBe(PEER.replace('"k"}}\n', '"k"}}\n  node: n1\n').replaceAll("\n", "\r\n"));
  });

  test("a document with an anchor keeps its meaning", () => {
    const text = "apiVersion: v3\nkind: K\nmetadata: {name: n}\nspec:\n  a: &x {b: 1}\n  c: *x\n";
    const after = changed(text, (value) => (spec(value)["a"] = { b: 2 }));
    expect(ResourceText.parse(after).resources[0]!.value).toMatchObject({ spec: { a: { b: 2 }, c: { b: 1 } } });
  });
});

test("any text is kept as it is, whatever it says", () => {
  const piece = fc.constantFrom(
    "---\n",
    "...\n",
    "--- ",
    "a: ",
    "- ",
    "kind: K\n",
    "items:\n",
    "{",
    "}",
    "[",
    "&x ",
    "*x",
    "\r\n",
    "\n",
    " ",
    "|\n",
    "%YAML 1.1\n",
  );
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 30 }).map((pieces) => pieces.join("")),
  );
  fc.assert(
    fc.property(text, (written) => {
      expect(ResourceText.parse(written).text).toBe(written);
    }),
  );
});

describe("ResourceText.without", () => {
  const two = `# head\n${PEER}---\n# the second\napiVersion: v3\nkind: K\nmetadata: {name: n}\n`;
  const list = "apiVersion: v3\nkind: KList\nitems:\n# one\n- metadata: {name: a}\n# two\n- metadata: {name: b}\n";

  test("takes a document and leaves the others byte for byte", () => {
    const file = ResourceText.parse(two);
    expect(file.without(file.resources[1]!).text).toBe(`# head\n${PEER}`);
    expect(file.without(file.resources[0]!).text).toBe("---\n# the second\napiVersion: v3\nkind: K\nmetadata: {name: n}\n");
  });

  test("takes an item, and the list with the last one", () => {
    const file = ResourceText.parse(list);
    expect(file.resources.map(({ kind, name }) => `${kind} ${name}`)).toEqual(["K a", "K b"]);
    const rest = file.without(file.resources[1]!);
    expect(rest.text).toBe("apiVersion: v3\nkind: KList\nitems:\n# one\n- metadata: {name: a}\n");
    expect(rest.without(rest.resources[0]!).isEmpty).toBe(true);
  });

  test("a file of comments is empty, one with something that is no resource is not", () => {
    expect(ResourceText.parse("# c\n---\n# d\n").isEmpty).toBe(true);
    expect(ResourceText.parse("a: 1\n").isEmpty).toBe(false);
    expect(ResourceText.parse("a: [\n").isEmpty).toBe(false);
  });
});

const key = fc.constantFrom("a", "b", "c", "name", "yes", "1", "x y", "“q”");
const words = [
  "",
  "yes",
  "10.0.0.0/8",
  "fd00::1",
  "::1",
  "rack == 'a'",
  "1.10",
  "012",
  "x #y",
  "a: b",
  "l1\nl2",
  "l1\n\nl2\n",
  "“f”",
];
const more = ["- x", "has(x) && y in {'a'}", "#c", "'", '"', "a,b", "[x", "~", "65000:100", " lead", "tab\there", "*x", "!t"];
const leaf = fc.oneof(fc.constantFrom(...words, ...more), fc.integer({ min: -5, max: 70_000 }), fc.boolean(), fc.constant(null));
const { value: anyValue } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true }),
    fc.array(tie("value"), { maxLength: 4 }),
  ),
}));
const root = fc
  .dictionary(key, anyValue, { maxKeys: 4, noNullPrototype: true })
  .map((value): ValueMap => ({ ...value, kind: "K" }));
const layout = fc.record({
  json: fc.boolean(),
  flow: fc.boolean(),
  unit: fc.constantFrom(2, 4),
  indentSequences: fc.boolean(),
  padding: fc.boolean(),
});

test("rewrite says what it was asked to, from any value to any other and in any layout, and seldom gives up", () => {
  const runs = 300;
  let lost = 0;
  fc.assert(
    fc.property(root, root, layout, fc.boolean(), (before, other, { flow, ...habits }, keeps) => {
      const after = keeps ? { ...before, ...other } : other;
      const asked = { ...habits, compact: false, lineEnd: "\n" } as const;
      const text = `${flow || habits.json ? renderFlow(before, 0, asked) : renderBlock(before, 0, asked)}\n`;
      const document = parse(text);
      expect(readValue(document.root, document)).toEqual(before);
      const rewritten = rewrite(text, document, after, habitsOf(text, habits.json));
      if (rewritten === null) {
        lost++;
        return;
      }
      const again = parse(rewritten);
      expect(readValue(again.root, again)).toEqual(after);
    }),
    { numRuns: runs },
  );
  expect(lost).toBeLessThan(runs / 50);
});

function parse(text: string) {
  const faults: string[] = [];
  const documents = [...readDocuments(new SourceFile("t", text), (_, __, { message }) => faults.push(message))];
  expect(faults, text).toEqual([]);
  return documents.find((document) => document !== null)!;
}
