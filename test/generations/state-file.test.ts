import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { StateFile } from "../../src/generations/state-file.js";
import { temporaryDirectory } from "../resources/temporary-directory.js";

test("what is put last stays, in whatever haste, and is on disk when it has settled", async () => {
  const path = join(await temporaryDirectory(), "state.json");
  const file = new StateFile(path);
  for (const content of ["1", null, "2", null]) void file.put(content);
  await file.settled();
  expect(existsSync(path)).toBe(false);
  for (const content of [null, "3", null, "4"]) void file.put(content);
  await file.settled();
  expect(readFileSync(path, "utf8")).toBe("4");
});

test("what cannot be written is said", async () => {
  const path = join(await temporaryDirectory(), "state.json");
  const file = new StateFile(join(path, "below"));
  expect(await file.put("1")).toEqual({ ok: false, error: expect.stringContaining(`${path}/below: ENOENT`) });
});
