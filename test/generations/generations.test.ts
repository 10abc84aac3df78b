import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Generations, KEPT_GENERATIONS } from "../../src/generations/generations.js";
import { digestOfFiles, type ResourceFile, resourceFile } from "../../src/resources/resource-file.js";
import { temporaryDirectory } from "../resources/temporary-directory.js";

const files = (...texts: readonly string[]): ResourceFile[] =>
  texts.map((text, index) => resourceFile(`${index}.yaml`, Buffer.from(text)));
const facts = (of: readonly ResourceFile[], summary = "") => ({
  at: "2026-11-22T12:00:00.000Z",
  summary,
  digest: digestOfFiles(of),
});

async function made(): Promise<{ state: string; generations: Generations }> {
  const state = join(await temporaryDirectory(), "state");
  const generations = new Generations(state);
  expect(await generations.prepare()).toEqual({ ok: true, value: undefined });
  return { state, generations };
}

describe("Generations", () => {
  test("gives back every file, byte for byte", async () => {
    const path = fc.stringMatching(/^[a-zé][a-z0-9 "]{0,8}(\/[a-z]{1,4})?\.(yaml|json)$/);
    const file = fc.record({ path, content: fc.uint8Array({ maxLength: 300 }) });
    const { generations } = await made();
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(file, { selector: (each) => each.path }), async (made) => {
        const all = made.map(({ path, content }) => resourceFile(path, content));
        const added = await generations.add(all, facts(all), []);
        if (!added.ok) throw new Error(added.error);
        const read = await generations.open(added.value.number);
        if (!read.ok) throw new Error(read.error);
        expect(read.value.files.map(({ path, content }) => [path, [...content]])).toEqual(
          all.map((f) => [f.path, [...f.content]]),
        );
      }),
      { numRuns: 50 },
    );
  });

  test("numbers them from 1, and lists them with what changed", async () => {
    const { generations } = await made();
    for (const text of ["a", "b"]) await generations.add(files(text), facts(files(text), `now ${text}`), []);
    const listed = await generations.list();
    expect(listed).toMatchObject({
      value: [
        { number: 1, summary: "now a", files: 1 },
        { number: 2, summary: "now b" },
      ],
    });
    expect(await generations.newest()).toMatchObject({ number: 2 });
  });

  test("nobody but the owner can read them: they may hold Secrets", async () => {
    const { state, generations } = await made();
    await generations.add(files("a"), facts(files("a")), []);
    const mode = (path: string) => statSync(path).mode & 0o777;
    expect([mode(state), mode(generations.directory), mode(join(generations.directory, "1.gz"))]).toEqual([0o700, 0o700, 0o600]);
  });

  test(`keeps the newest ${KEPT_GENERATIONS}, and older ones that are needed`, async () => {
    const { generations } = await made();
    for (let i = 1; i <= KEPT_GENERATIONS + 3; i++) await generations.add(files(`${i}`), facts(files(`${i}`)), [2]);
    const listed = await generations.list();
    const numbers = listed.ok ? listed.value.map(({ number }) => number) : [];
    expect(numbers).toEqual([2, ...Array.from({ length: KEPT_GENERATIONS }, (_, index) => index + 4)]);
    expect(await generations.open(1)).toEqual({ ok: false, error: expect.stringContaining("There is no generation 1 in ") });
  });

  test("what a crash has left half written is neither listed nor kept", async () => {
    const { generations } = await made();
    const half = join(generations.directory, "1.gz.next-4711");
    writeFileSync(half, "half");
    expect(await generations.list()).toEqual({ ok: true, value: [] });
    await generations.prepare();
    expect(readdirSync(generations.directory)).toEqual([]);
  });

  test.each<[string, (file: string) => void, RegExp]>([
    ["cut short", (file) => truncateSync(file, statSync(file).size - 9), /is damaged: /],
    ["of other bytes", (file) => change(file, (text) => text.replace("hello", "jello")), /digest does not fit/],
    ["no gzip", (file) => writeFileSync(file, "hello"), /is damaged: /],
    ["of no generation", (file) => change(file, () => "{}\n"), /its first line is no generation/],
    ["without its end", (file) => change(file, (text) => text.slice(0, -2)), /its files are not whole/],
  ])("a file that is %s is refused, and the ones before it stay to be read", async (_, damage, message) => {
    const { generations } = await made();
    await generations.add(files("first"), facts(files("first")), []);
    await generations.add(files("hello"), facts(files("hello")), []);
    damage(join(generations.directory, "2.gz"));
    expect(await generations.open(2)).toEqual({ ok: false, error: expect.stringMatching(message) });
    expect(await generations.open(1)).toMatchObject({ ok: true });
  });

  test.each(["../evil.yaml", "/etc/evil.yaml", "a/../../evil.yaml", ".hidden.yaml", "a//b.yaml", "", "a\0.yaml"])(
    "a path out of the directory, %j, is refused",
    async (path) => {
      const { generations } = await made();
      const evil = [resourceFile(path, Buffer.from("x"))];
      await generations.add(evil, facts(evil), []);
      expect(await generations.open(1)).toEqual({
        ok: false,
        error: expect.stringContaining("is no path below the directory of resources"),
      });
    },
  );

  test("a state directory that cannot be made or written says so", async () => {
    const directory = await temporaryDirectory();
    writeFileSync(join(directory, "file"), "");
    const generations = new Generations(join(directory, "file"));
    expect(await generations.prepare()).toEqual({ ok: false, error: expect.stringContaining(join(directory, "file")) });
    expect(await generations.list()).toMatchObject({ ok: false });
    expect(await generations.add(files("a"), facts(files("a")), [])).toMatchObject({ ok: false });
  });
});

function change(file: string, by: (text: string) => string): void {
  writeFileSync(file, gzipSync(by(gunzipSync(readFileSync(file)).toString())));
}
