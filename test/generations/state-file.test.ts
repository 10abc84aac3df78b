import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { StateFile } from "../../src/generations/state-file.js";
import { temporaryDirectory } from "../resources/temporary-directory.js";

interface Count {
  readonly count: number;
}
const open = (path: string) => new StateFile<Count>(path, ({ count }) => Number.isSafeInteger(count));

test("what is put last stays, in whatever haste, and is on disk when it has settled", async () => {
  const path = join(await temporaryDirectory(), "state.json");
  const file = open(path);
  for (const content of [{ count: 1 }, null, { count: 2 }, null]) void file.put(content);
  await file.settled();
  expect(existsSync(path)).toBe(false);
  for (const content of [null, { count: 3 }, null, { count: 4 }]) void file.put(content);
  await file.settled();
  expect(readFileSync(path, "utf8")).toBe('{"count":4}');
  expect(await open(path).read()).toEqual({ count: 4 });
});

test("what is not there, or not sound, is nothing", async () => {
  const path = join(await temporaryDirectory(), "state.json");
  expect(await open(path).read()).toBeNull();
  for (const text of ["", "{", "null", "4", '{"count":"4"}']) {
    writeFileSync(path, text);
    expect(await open(path).read()).toBeNull();
  }
});

test("what cannot be written is said", async () => {
  const path = join(await temporaryDirectory(), "state.json");
  const put = open(join(path, "below")).put({ count: 1 });
  expect(await put).toEqual({ ok: false, error: expect.stringContaining(`${path}/below: ENOENT`) });
});
