import { appendFile, mkdir, rename, rm, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadResources } from "../../src/resources/load.js";
import { ResourceLoader } from "../../src/resources/resource-loader.js";
import { resource } from "./given.js";
import { temporaryDirectory } from "./temporary-directory.js";

const node = (name: string) => resource("Node", "{}", name);
const names = async (path: string) => [...(await loadResources(path)).set.nodes.keys()];
const told = async (path: string) =>
  (await loadResources(path)).faults.map(
    ({ severity, file, message }) => `${severity} ${file.slice(path.length + 1)} ${message}`,
  );

describe("loadResources reads", () => {
  test("YAML and JSON files of a directory and those below it", async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, "racks", "1"), { recursive: true });
    await writeFile(join(directory, "a.yaml"), node("a"));
    await writeFile(join(directory, "b.yml"), node("b"));
    await writeFile(join(directory, "racks", "1", "c.json"), '{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "c"}}');
    expect(await names(directory)).toEqual(["a", "b", "c"]);
  });

  test("neither hidden files, nor backups of editors, nor anything else", async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, ".git"));
    for (const file of [".a.yaml", ".#b.yaml", "c.yaml~", "#d.yaml#", "e.yaml.swp", "f.txt", "README", ".git/g.yaml"]) {
      await writeFile(join(directory, file), node("a"));
    }
    expect((await loadResources(directory)).faults).toEqual([]);
    expect(await names(directory)).toEqual([]);
  });

  test("one file, whatever it is called", async () => {
    const file = join(await temporaryDirectory(), "resources");
    await writeFile(file, node("a"));
    expect(await names(file)).toEqual(["a"]);
  });

  test("a Kubernetes volume once: files through ..data", async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, "..2026_01"));
    await writeFile(join(directory, "..2026_01", "a.yaml"), node("a"));
    await symlink("..2026_01", join(directory, "..data"));
    await symlink("..data/a.yaml", join(directory, "a.yaml"));
    const { set, faults } = await loadResources(directory);
    expect(faults).toEqual([]);
    expect(set.nodes.get("a")?.cause.file).toBe(join(directory, "a.yaml"));
  });

  test("a directory that a symbolic link leads to", async () => {
    const [directory, elsewhere] = [await temporaryDirectory(), await temporaryDirectory()];
    await writeFile(join(elsewhere, "a.yaml"), node("a"));
    await symlink(elsewhere, join(directory, "more"));
    expect(await names(directory)).toEqual(["a"]);
  });
});

describe("loadResources tells of", () => {
  test("a path that does not exist", async () => {
    const directory = await temporaryDirectory();
    expect(await told(join(directory, "x"))).toEqual(["error  does not exist"]);
  });

  test("symbolic links that lead nowhere, to themselves or back up", async () => {
    const directory = await temporaryDirectory();
    await symlink("gone", join(directory, "a.yaml"));
    await symlink("b.yaml", join(directory, "b.yaml"));
    await symlink(directory, join(directory, "c"));
    expect(await told(directory)).toEqual([
      "error a.yaml does not exist",
      "error b.yaml is a symbolic link that leads back to itself",
      `error c leads to a directory that is read already, as ${directory}`,
    ]);
  });

  test("what is no regular file, without waiting for it", async () => {
    const directory = await temporaryDirectory();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(directory, "a.yaml"), resolve));
    expect(await told(directory)).toEqual(["error a.yaml is no regular file"]);
    await new Promise((resolve) => server.close(resolve));
  });

  test("a file that is too large, without reading it", async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, "a.yaml"), "");
    await truncate(join(directory, "a.yaml"), 2 ** 40);
    expect(await told(directory)).toEqual(["error a.yaml is larger than 16 MiB"]);
  });

  test("a file that is no UTF-8", async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, "a.yaml"), Buffer.from("\uFEFFkind: Node\n", "utf16le"));
    expect(await told(directory)).toEqual(["error a.yaml is not text in UTF-8"]);
  });

  test("at most 200 faults of one file, an error among them", async () => {
    const directory = await temporaryDirectory();
    const warnings = Array.from({ length: 300 }, (_, i) => resource("BGPPeer", "{}", `p${i}`));
    await writeFile(join(directory, "a.yaml"), [...warnings, resource("BGPPeer", "{nope: 1}", "q")].join("---\n"));
    const { faults } = await loadResources(directory);
    expect(faults).toHaveLength(201);
    expect(faults[0]).toMatchObject({ severity: "error", field: "spec.nope" });
    expect(faults.map((fault) => fault.message)).toContain("has 102 faults more, which are not listed");
  });
});

describe("ResourceLoader", () => {
  const old = new Date(Date.now() - 60_000);

  async function directoryOf(count: number): Promise<string> {
    const directory = await temporaryDirectory();
    for (let i = 0; i < count; i++) {
      await writeFile(join(directory, `${i}.yaml`), node(`n${i}`));
      await utimes(join(directory, `${i}.yaml`), old, old);
    }
    return directory;
  }

  test("keeps what it has parsed of files that have not changed", async () => {
    const directory = await directoryOf(3);
    const loader = new ResourceLoader(directory);
    const first = await loader.load();
    await writeFile(join(directory, "1.yaml"), node("other"));
    const second = await loader.load();
    expect([first.changed, second.changed, (await loader.load()).changed]).toEqual([true, true, false]);
    expect([...second.loaded.set.nodes.keys()]).toEqual(["n0", "n2", "other"]);
    expect(second.loaded.set.nodes.get("n0")).toBe(first.loaded.set.nodes.get("n0"));
  });

  test("finds no change where a file is only touched or written anew", async () => {
    const directory = await directoryOf(2);
    const loader = new ResourceLoader(directory);
    const first = await loader.load();
    await utimes(join(directory, "0.yaml"), new Date(), new Date());
    await writeFile(join(directory, "1.yaml"), node("n1"));
    const second = await loader.load();
    expect(second.changed).toBe(false);
    expect(second.loaded).toBe(first.loaded);
  });

  test("finds a change that keeps size and time stamp, when the stamp is too fresh to tell", async () => {
    const directory = await temporaryDirectory();
    const file = join(directory, "a.yaml");
    const now = new Date(Date.now() + 60_000);
    await writeFile(file, node("a"));
    await utimes(file, now, now);
    const loader = new ResourceLoader(directory);
    await loader.load();
    await writeFile(file, node("b"));
    await utimes(file, now, now);
    expect([...(await loader.load()).loaded.set.nodes.keys()]).toEqual(["b"]);
  });

  test("looks only at the paths that are named, where it has been before", async () => {
    const directory = await directoryOf(3);
    const loader = new ResourceLoader(directory);
    const first = await loader.load();
    for (const index of [0, 1]) await writeFile(join(directory, `${index}.yaml`), node(`other${index}`));
    const named = await loader.load(new Set([join(directory, "1.yaml"), join(directory, ".1.yaml.swp")]));
    expect([...named.loaded.set.nodes.keys()]).toEqual(["n0", "n2", "other1"]);
    expect(named.loaded.set.bgpPeers).toBe(first.loaded.set.bgpPeers);
    expect([...(await loader.load()).loaded.set.nodes.keys()]).toEqual(["n2", "other0", "other1"]);
  });

  test("takes a named file that came, in the order of the paths, and one that went", async () => {
    const directory = await directoryOf(2);
    const loader = new ResourceLoader(directory);
    await loader.load();
    const [gone, come] = [join(directory, "1.yaml"), join(directory, "00.yaml")];
    await writeFile(come, node("n0"));
    await rm(gone);
    const { loaded } = await loader.load(new Set([gone, come]));
    expect([...loaded.set.nodes.keys()]).toEqual(["n0"]);
    expect(loaded.set.nodes.get("n0")?.cause.file).toBe(join(directory, "0.yaml"));
    expect(loaded.faults).toMatchObject([{ file: come, message: expect.stringContaining(`${join(directory, "0.yaml")}:3`) }]);
  });

  test.each([
    [
      "a directory came",
      async (directory: string) => {
        await mkdir(join(directory, "more"));
        await writeFile(join(directory, "more", "a.yaml"), node("a"));
        return "more";
      },
    ],
    [
      "a directory went",
      async (directory: string) => {
        await rm(join(directory, "below"), { recursive: true });
        return "below";
      },
    ],
    [
      "a symbolic link came",
      async (directory: string) => {
        await symlink(join(directory, "0.yaml"), join(directory, "a.yaml"));
        return "a.yaml";
      },
    ],
  ])("looks everywhere when %s", async (_what, change) => {
    const directory = await directoryOf(1);
    await mkdir(join(directory, "below"));
    await writeFile(join(directory, "below", "b.yaml"), node("b"));
    const loader = new ResourceLoader(directory);
    await loader.load();
    const name = await change(directory);
    const { loaded } = await loader.load(new Set([join(directory, name)]));
    expect(loaded).toEqual(await loadResources(directory));
  });

  test("finds files that came, went, were renamed or turned bad", async () => {
    const directory = await directoryOf(2);
    const loader = new ResourceLoader(directory);
    await loader.load();
    await rename(join(directory, "0.yaml"), join(directory, "0.off"));
    expect([...(await loader.load()).loaded.set.nodes.keys()]).toEqual(["n1"]);
    await rename(join(directory, "0.off"), join(directory, "2.yaml"));
    const renamed = (await loader.load()).loaded;
    expect(renamed.set.nodes.get("n0")?.cause.file).toBe(join(directory, "2.yaml"));
    await appendFile(join(directory, "2.yaml"), "nope: 1\n");
    expect((await loader.load()).loaded.faults).toMatchObject([{ severity: "error", field: "nope" }]);
  });
});
