import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Loaded } from "../../src/resources/load.js";
import { type ResourceWatch, watchResources } from "../../src/resources/watch.js";
import { resource } from "./given.js";
import { temporaryDirectory } from "./temporary-directory.js";

/** Well below the rescan: what comes in this time came by an event. */
const BY_EVENT = { timeout: 2500, interval: 10 };
const BY_RESCAN = { timeout: 10_000, interval: 50 };

const node = (name: string) => resource("Node", "{}", name);
const watches: ResourceWatch[] = [];

afterEach(() => {
  for (const watch of watches.splice(0)) watch.close();
});

/** Watches `directory` until the end of the test; the names of the nodes of each load. */
async function watched(directory: string): Promise<string[][]> {
  const loads: string[][] = [];
  watches.push(watchResources(directory, (loaded: Loaded) => loads.push([...loaded.set.nodes.keys()])));
  await vi.waitFor(() => expect(loads).toHaveLength(1), BY_EVENT);
  return loads;
}

describe("watchResources tells of", () => {
  test("what is there at first, and of a file that is written", async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, "a.yaml"), node("a"));
    const loads = await watched(directory);
    expect(loads).toEqual([["a"]]);
    await writeFile(join(directory, "b.yaml"), node("b"));
    await vi.waitFor(() => expect(loads.at(-1)).toEqual(["a", "b"]), BY_EVENT);
  });

  test("a file that takes the place of another by rename", async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, "a.yaml"), node("a"));
    const loads = await watched(directory);
    await writeFile(join(directory, ".a.yaml.new"), node("b"));
    await rename(join(directory, ".a.yaml.new"), join(directory, "a.yaml"));
    await vi.waitFor(() => expect(loads.at(-1)).toEqual(["b"]), BY_EVENT);
  });

  test("a file that goes", async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, "a.yaml"), node("a"));
    const loads = await watched(directory);
    await rm(join(directory, "a.yaml"));
    await vi.waitFor(() => expect(loads.at(-1)).toEqual([]), BY_EVENT);
  });

  test("files in a directory that was made since", async () => {
    const directory = await temporaryDirectory();
    const loads = await watched(directory);
    await mkdir(join(directory, "x", "y"), { recursive: true });
    await writeFile(join(directory, "x", "y", "a.yaml"), node("a"));
    await vi.waitFor(() => expect(loads.at(-1)).toEqual(["a"]), BY_EVENT);
    await writeFile(join(directory, "x", "y", "a.yaml"), node("b"));
    await vi.waitFor(() => expect(loads.at(-1)).toEqual(["b"]), BY_EVENT);
  });

  test("a new generation of a Kubernetes volume, swapped in by ..data", async () => {
    const directory = await temporaryDirectory();
    for (const generation of ["1", "2"]) {
      await mkdir(join(directory, `..${generation}`));
      await writeFile(join(directory, `..${generation}`, "a.yaml"), node(`generation-${generation}`));
    }
    await symlink("..1", join(directory, "..data"));
    await symlink("..data/a.yaml", join(directory, "a.yaml"));
    const loads = await watched(directory);
    await symlink("..2", join(directory, "..data_tmp"));
    await rename(join(directory, "..data_tmp"), join(directory, "..data"));
    await vi.waitFor(() => expect(loads.at(-1)).toEqual(["generation-2"]), BY_EVENT);
  });

  test("a change of the file that a symbolic link leads to", async () => {
    const [directory, elsewhere] = [await temporaryDirectory(), await temporaryDirectory()];
    await writeFile(join(elsewhere, "a"), node("a"));
    await symlink(join(elsewhere, "a"), join(directory, "a.yaml"));
    const loads = await watched(directory);
    await writeFile(join(elsewhere, "a"), node("b"));
    await vi.waitFor(() => expect(loads.at(-1)).toEqual(["b"]), BY_EVENT);
  });

  test("a directory that comes later, by the rescan", async () => {
    const directory = join(await temporaryDirectory(), "later");
    const faults: number[] = [];
    watches.push(watchResources(directory, (loaded) => faults.push(loaded.faults.length)));
    await vi.waitFor(() => expect(faults).toEqual([1]), BY_EVENT);
    await mkdir(directory);
    await vi.waitFor(() => expect(faults).toEqual([1, 0]), BY_RESCAN);
  });

  test("a burst of changes not file by file", async () => {
    const directory = await temporaryDirectory();
    const loads = await watched(directory);
    const names = Array.from({ length: 200 }, (_, i) => `n${100 + i}`);
    await Promise.all(names.map((name) => writeFile(join(directory, `${name}.yaml`), node(name))));
    await vi.waitFor(() => expect(loads.at(-1)).toEqual(names), BY_EVENT);
    expect(loads.length).toBeLessThan(20);
  });

  test("nothing after close()", async () => {
    const directory = await temporaryDirectory();
    const loads = await watched(directory);
    watches.pop()!.close();
    const others = await watched(directory);
    await writeFile(join(directory, "a.yaml"), node("a"));
    await vi.waitFor(() => expect(others.at(-1)).toEqual(["a"]), BY_EVENT);
    expect(loads).toEqual([[]]);
  });
});
