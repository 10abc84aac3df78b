import { describe, expect, test } from "vitest";
import { parsePatch } from "../../../src/resources/edit/parse-patch.js";
import { strategicMerge } from "../../../src/resources/edit/strategic-merge.js";
import type { ValueMap } from "../../../src/resources/edit/value.js";

const NODE: ValueMap = { metadata: { labels: { a: "1", b: "2" } }, spec: { bgp: { asNumber: 1 }, list: [1, 2] } };

describe("strategicMerge", () => {
  test.each<[string, ValueMap, ValueMap]>([
    ["objects merge", { spec: { bgp: { x: 1 } } }, { ...NODE, spec: { bgp: { asNumber: 1, x: 1 }, list: [1, 2] } }],
    ["null removes", { spec: { bgp: { asNumber: null } } }, { ...NODE, spec: { bgp: {}, list: [1, 2] } }],
    ["null where nothing is does nothing", { spec: { nothing: null } }, NODE],
    [
      "null inside a new object leaves no trace",
      { spec: { n: { a: null } } },
      { ...NODE, spec: { bgp: { asNumber: 1 }, list: [1, 2], n: {} } },
    ],
    ["lists replace", { spec: { list: [3] } }, { ...NODE, spec: { bgp: { asNumber: 1 }, list: [3] } }],
    ["labels merge", { metadata: { labels: { c: "3" } } }, { ...NODE, metadata: { labels: { a: "1", b: "2", c: "3" } } }],
    ["an object replaces a value", { spec: { list: { a: 1 } } }, { ...NODE, spec: { bgp: { asNumber: 1 }, list: { a: 1 } } }],
    ["$patch: replace", { spec: { $patch: "replace", x: 1 } }, { ...NODE, spec: { x: 1 } }],
    ["$patch: delete", { spec: { bgp: { $patch: "delete" } } }, { ...NODE, spec: { list: [1, 2] } }],
    [
      "$patch: merge",
      { spec: { bgp: { $patch: "merge", x: 1 } } },
      { ...NODE, spec: { bgp: { asNumber: 1, x: 1 }, list: [1, 2] } },
    ],
  ])("%s", (_, patch, expected) => expect(strategicMerge(NODE, patch)).toEqual({ ok: true, value: expected }));

  test.each<[ValueMap, string]>([
    [{ spec: { $patch: "drop" } }, 'spec: $patch: "drop" is no directive; allowed: merge, replace, delete'],
    [
      { spec: { "$deleteFromPrimitiveList/list": [1] } },
      "spec.$deleteFromPrimitiveList/list is a directive that is not supported",
    ],
  ])("%j is refused", (patch, message) => {
    expect(strategicMerge(NODE, patch)).toEqual({ ok: false, error: expect.stringContaining(message) });
  });

  test("a field called __proto__ is a field like others", () => {
    const patch = JSON.parse('{"spec": {"__proto__": {"x": 1}}}') as ValueMap;
    const merged = strategicMerge({}, patch);
    expect(JSON.stringify(merged)).toContain('{"spec":{"__proto__":{"x":1}}}');
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });
});

describe("parsePatch takes patches as people type and paste them", () => {
  test.each<[string, ValueMap, number]>([
    ['{"spec": {"asNumber": 64513}}', { spec: { asNumber: 64513 } }, 0],
    ["spec: {asNumber: 64513}", { spec: { asNumber: 64513 } }, 0],
    ["spec:\n  asNumber: 64513\n", { spec: { asNumber: 64513 } }, 0],
    ['{"spec": {"asNumber": “64513”}}', { spec: { asNumber: "64513" } }, 1],
    [
      '{"spec": {“bgp”: {"routeReflectorClusterID": “244.0.0.1”}}}',
      { spec: { bgp: { routeReflectorClusterID: "244.0.0.1" } } },
      1,
    ],
    ['{"spec":\u00a0{"asNumber":\u00a01}}', { spec: { asNumber: 1 } }, 1],
    ['{"spec": {"nodeToNodeMeshEnabled": "false"}}', { spec: { nodeToNodeMeshEnabled: false } }, 1],
    ['{"spec": {"nodeToNodeMeshEnabled": “False”}}', { spec: { nodeToNodeMeshEnabled: false } }, 2],
    ['{"metadata": {"labels": {"disabled-by": "false"}}}', { metadata: { labels: { "disabled-by": "false" } } }, 0],
  ])("%s", (text, patch, warnings) => {
    const parsed = parsePatch(text);
    expect(parsed).toMatchObject({ ok: true, value: { patch } });
    expect(parsed.ok && parsed.value.warnings.length).toBe(warnings);
  });

  test.each([
    ['{"spec": {"a": }x}', 'at "x" (position 17)'],
    ['{"spec": ', "at its end"],
    ['[{"op": "replace", "path": "/spec/asNumber", "value": 1}]', "JSON Patch, RFC 6902) is not supported"],
    ["5", "the patch is no object"],
    ['{"spec": {"asNumber": 1.10}}', 'spec.asNumber: 1.10 without quotes is a decimal fraction; write "1.10" in quotes'],
    ['{"spec": {"asNumber": 1.0}}', 'spec.asNumber: 1.0 without quotes is a decimal fraction; write "1.0" in quotes'],
    ["spec: {prefixAdvertisements: [{communities: [64512.1]}]}", "spec.prefixAdvertisements.0.communities.0: 64512.1 without"],
    ["", "the patch is no object"],
  ])("%s is refused, and the place named", (text, message) => {
    expect(parsePatch(text)).toEqual({ ok: false, error: expect.stringContaining(message) });
  });
});
