import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { unifiedDiff } from "../../src/generations/unified-diff.js";
import { temporaryDirectory } from "../resources/temporary-directory.js";

const text = fc
  .array(fc.constantFrom("a", "b", "c", "", "d: 1"), { maxLength: 40 })
  .map((lines) => lines.map((line) => `${line}\n`).join(""));

/** As patch(1) does it: hunks must fit where they say. */
function patched(before: string, hunks: readonly string[]): string {
  const [old, patched] = [before.split("\n").slice(0, -1), [] as string[]];
  let at = 0;
  for (const line of hunks) {
    const head = /^@@ -(\d+)(,0)?(?:,\d+)? \+/.exec(line);
    const start = head ? Number(head[1]) - (head[2] ? 0 : 1) : at;
    while (at < start) patched.push(old[at++]!);
    if (head) continue;
    if (!line.startsWith("+")) expect(old[at++]).toBe(line.slice(1));
    if (!line.startsWith("-")) patched.push(line.slice(1));
  }
  return [...patched, ...old.slice(at), ""].join("\n");
}

test("what differs makes the one of the other", () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = unifiedDiff(before, after);
      expect(lines.length === 0).toBe(before === after);
      expect(patched(before, lines)).toBe(after);
    }),
    { numRuns: 1000 },
  );
});

test("no line more differs than diff(1) finds", async () => {
  const directory = await temporaryDirectory();
  const [one, other] = ["one", "other"].map((name) => join(directory, name)) as [string, string];
  const changed = (lines: readonly string[]) => lines.filter((line) => /^[-+]/.test(line)).length;
  fc.assert(
    fc.property(text, text, (before, after) => {
      writeFileSync(one, before);
      writeFileSync(other, after);
      const theirs = spawnSync("diff", ["--minimal", "-u", one, other]).stdout.toString().split("\n").slice(2);
      expect(changed(unifiedDiff(before, after))).toBe(changed(theirs));
    }),
    { numRuns: 40 },
  );
});

test("it is printed as diff -u prints it", () => {
  const lines = (count: number, changed: number) =>
    Array.from({ length: count }, (_, i) => (i === changed ? "new" : `l${i}`)).join("\n");
  expect(unifiedDiff(lines(10, -1), lines(10, 5))).toEqual([
    "@@ -3,7 +3,7 @@",
    ...[" l2", " l3", " l4", "-l5", "+new", " l6", " l7", " l8"],
  ]);
  expect(unifiedDiff("", "a\n")).toEqual(["@@ -0,0 +1 @@", "+a"]);
  expect(unifiedDiff("a\n", "")).toEqual(["@@ -1 +0,0 @@", "-a"]);
});

test("ten thousand lines that all differ take no time", () => {
  const lines = (mark: string) => Array.from({ length: 10_000 }, (_, i) => `${mark}${i}`).join("\n");
  expect(unifiedDiff(lines("a"), lines("b"))).toHaveLength(20_001);
});
