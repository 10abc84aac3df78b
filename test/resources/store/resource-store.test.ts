import { chmod, chown, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ResourceTexts } from "../../../src/resources/edit/resource-texts.js";
import type { ValueMap } from "../../../src/resources/edit/value.js";
import { loadResources } from "../../../src/resources/load.js";
import { resourceFile } from "../../../src/resources/resource-file.js";
import { ResourceLoader } from "../../../src/resources/resource-loader.js";
import { FILE_EFFECTS, type FileEffects } from "../../../src/resources/store/file-effects.js";
import { ResourceStore } from "../../../src/resources/store/resource-store.js";
import { peregrine } from "../../daemon/support.js";
import { temporaryDirectory } from "../temporary-directory.js";

const id = (name: string, kind = "Node") => ({ kind, name, namespace: null, fromKubernetes: false });
const node = (name: string): ValueMap => ({ apiVersion: "projectcalico.org/v3", kind: "Node", metadata: { name } });
const printed = (value: ValueMap) => ({ value, text: null, json: false });

/** The names that the daemon's loader finds. */
async function names(directory: string): Promise<string[]> {
  const { set, faults } = await loadResources(directory);
  expect(faults).toEqual([]);
  return [...set.nodes.keys()];
}

async function three(): Promise<string> {
  const directory = await temporaryDirectory();
  for (const name of ["a", "b", "c"]) await writeFile(join(directory, `${name}.yaml`), nodeText(name));
  return directory;
}

function nodeText(name: string): string {
  return `# ${name}\napiVersion: projectcalico.org/v3\nkind: Node\nmetadata: {name: ${name}}\n`;
}

/** Takes away a, changes b, adds d: three files. */
function change(texts: ResourceTexts): void {
  texts.remove(texts.find(id("a"))!);
  texts.replace(texts.find(id("b"))!, { ...node("b"), metadata: { name: "b", labels: { x: "y" } } });
  texts.add(id("d"), printed(node("d")));
}

describe("ResourceStore.edit", () => {
  test("writes what was changed and leaves other files untouched", async () => {
    const directory = await three();
    const before = await stat(join(directory, "c.yaml"), { bigint: true });
    await (await ResourceStore.open(directory)).edit(change);
    expect((await readdir(directory)).sort()).toEqual(["b.yaml", "c.yaml", "node-d.yaml"]);
    expect(await readFile(join(directory, "b.yaml"), "utf8")).toBe(nodeText("b").replace("name: b", "name: b, labels: {x: y}"));
    expect((await stat(join(directory, "c.yaml"), { bigint: true })).mtimeNs).toBe(before.mtimeNs);
  });

  test("an edit that changes nothing writes nothing, not even the directory", async () => {
    const directory = await three();
    const before = await stat(directory, { bigint: true });
    await (await ResourceStore.open(directory)).edit(() => undefined);
    expect((await stat(directory, { bigint: true })).mtimeNs).toBe(before.mtimeNs);
  });

  test("an edit that fails writes nothing and gives the lock back", async () => {
    const directory = await three();
    const store = await ResourceStore.open(directory);
    const failing = store.edit((texts) => {
      change(texts);
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await names(directory)).toEqual(["a", "b", "c"]);
    await store.edit(change);
    expect(await names(directory)).toEqual(["b", "c", "d"]);
  });

  test.each([1, 2, 3, 4, 5, 6])(
    "cut off before its step %i, leaves the old set or the new one, and the next edit finishes it",
    async (step) => {
      const directory = await three();
      const store = await ResourceStore.open(directory, undefined, dyingAt(step));
      const cut = store.edit(change);
      const dies = step <= 5; // the pending edit, three files, the pending edit's end
      if (dies) await expect(cut).rejects.toThrow("died");
      else await cut;
      expect(await names(directory)).toEqual(step === 1 ? ["a", "b", "c"] : ["b", "c", "d"]);
      await (await ResourceStore.open(directory)).edit((texts) => texts.add(id("e"), printed(node("e"))));
      expect(await names(directory)).toEqual(step === 1 ? ["a", "b", "c", "e"] : ["b", "c", "d", "e"]);
      expect((await readdir(directory)).filter((name) => name.startsWith("."))).toEqual([]);
    },
  );

  test("that cannot write one of several files puts the others back", async () => {
    const directory = await three();
    const store = await ResourceStore.open(directory, undefined, failingFor("b.yaml"));
    await expect(store.edit(change)).rejects.toThrow("read-only");
    expect((await readdir(directory)).sort()).toEqual(["a.yaml", "b.yaml", "c.yaml"]);
    expect(await readFile(join(directory, "a.yaml"), "utf8")).toBe(nodeText("a"));
    expect(await names(directory)).toEqual(["a", "b", "c"]);
  });

  test("a pending edit cannot name files elsewhere", async () => {
    const directory = await three();
    const outside = join(await temporaryDirectory(), "x.yaml");
    const files = [
      [`../${outside.split("/").at(-2)}/x.yaml`, "x"],
      [outside, "x"],
      ["a.yaml", null],
    ];
    await writeFile(join(directory, ".peregrine-edit.json"), JSON.stringify({ files }));
    await (await ResourceStore.open(directory)).edit(() => undefined);
    expect((await readdir(directory)).sort()).toEqual(["b.yaml", "c.yaml"]);
    await expect(readFile(outside)).rejects.toThrow("ENOENT");
  });

  test("keeps mode and owner of a file, and a symbolic link a link", async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, ".data"));
    await writeFile(join(directory, ".data", "real"), nodeText("a"));
    await chmod(join(directory, ".data", "real"), 0o640);
    if (process.geteuid?.() === 0) await chown(join(directory, ".data", "real"), 1234, 1235);
    const { uid, gid } = await stat(join(directory, ".data", "real"));
    await symlink(".data/real", join(directory, "a.yaml"));
    const store = await ResourceStore.open(directory);
    await store.edit((texts) => texts.replace(texts.find(id("a"))!, { ...node("a"), spec: {} }));
    expect((await lstat(join(directory, "a.yaml"))).isSymbolicLink()).toBe(true);
    const after = await stat(join(directory, "a.yaml"));
    expect({ mode: after.mode & 0o7777, uid: after.uid, gid: after.gid }).toEqual({ mode: 0o640, uid, gid });
    expect(await readFile(join(directory, ".data", "real"), "utf8")).toBe(`${nodeText("a")}spec: {}\n`);
  });

  test("a file with a Secret is for its owner only, if that is root also for the directory's group, any other for all to read", async () => {
    const directory = await temporaryDirectory();
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, stringData: { k: "v" } };
    await (await ResourceStore.open(directory)).edit((texts) => {
      texts.add(id("s", "Secret"), printed(secret));
      texts.add(id("a"), printed(node("a")));
    });
    const modes = await Promise.all(
      ["secret-s.yaml", "node-a.yaml"].map(async (file) => (await stat(join(directory, file))).mode & 0o777),
    );
    expect(modes).toEqual([process.geteuid?.() === 0 ? 0o640 : 0o600, 0o644]);
  });

  test("is seen whole or not at all by a loader that reads meanwhile", async () => {
    const directory = await temporaryDirectory();
    // Enough others that a scan takes longer than an edit.
    for (let index = 100; index < 200; index++) await writeFile(join(directory, `m${index}.yaml`), nodeText(`m${index}`));
    const store = await ResourceStore.open(directory);
    const [odd, even] = [
      ["a", "b", "c", "d"],
      ["e", "f", "g", "h"],
    ];
    const swap = (from: readonly string[], to: readonly string[]) =>
      store.edit((texts) => {
        for (const name of from) {
          const stored = texts.find(id(name));
          if (stored) texts.remove(stored);
        }
        for (const name of to) texts.add(id(name), printed(node(name)));
      });
    await swap(even!, odd!);
    const loader = new ResourceLoader(directory);
    await loader.load();
    let done = false;
    const edits = (async () => {
      for (let round = 0; round < 8; round++) await (round % 2 === 0 ? swap(odd!, even!) : swap(even!, odd!));
      done = true;
    })();
    const seen = new Set<string>();
    while (!done) {
      const { set } = (await loader.load()).loaded;
      seen.add([...set.nodes.keys()].filter((name) => name.length === 1).join());
    }
    await edits;
    expect([...seen].filter((names) => names !== odd!.join() && names !== even!.join())).toEqual([]);
  });

  test("processes that edit one file at a time wait for each other, and nothing is lost", async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, "a.yaml"), nodeText("a"));
    const label = (key: string) => peregrine(["label", "node", "a", `${key}=x`, "--resources", directory]);
    const results = await Promise.all(["k1", "k2", "k3", "k4"].map(label));
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const { set } = await loadResources(directory);
    expect([...set.nodes.get("a")!.labels.keys()].sort()).toEqual(["k1", "k2", "k3", "k4"]);
  });

  test("in a single file, what is new goes to its end", async () => {
    const directory = await three();
    await (await ResourceStore.open(join(directory, "a.yaml"))).edit((texts) => texts.add(id("z"), printed(node("z"))));
    expect((await readdir(directory)).sort()).toEqual(["a.yaml", "b.yaml", "c.yaml"]);
    expect(await readFile(join(directory, "a.yaml"), "utf8")).toBe(
      `${nodeText("a")}---\napiVersion: projectcalico.org/v3\nkind: Node\nmetadata:\n  name: z\n`,
    );
  });

  test("a file name that is taken is not written over", async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, "node-d.yaml"), nodeText("other"));
    await (await ResourceStore.open(directory)).edit((texts) => texts.add(id("d"), printed(node("d"))));
    expect((await readdir(directory)).sort()).toEqual(["node-d-2.yaml", "node-d.yaml"]);
  });
});

/** A file system that lets one file be neither replaced nor removed. */
function failingFor(name: string): FileEffects {
  const guard = (path: string, work: () => Promise<void>) =>
    path.endsWith(`/${name}`) ? Promise.reject(new Error("read-only")) : work();
  return {
    replace: (path, text, mode) => guard(path, () => FILE_EFFECTS.replace(path, text, mode)),
    remove: (path) => guard(path, () => FILE_EFFECTS.remove(path)),
  };
}

describe("ResourceStore.replaceAll", () => {
  const file = (path: string, name: string) => resourceFile(path, Buffer.from(nodeText(name)));

  test("puts files in the place of those that are there, byte for byte, and leaves what is no resource file alone", async () => {
    const directory = await three();
    await writeFile(join(directory, "README"), "ours");
    await writeFile(join(directory, ".hidden.yaml"), "theirs");
    const bytes = resourceFile("deep/er/d.yaml", Buffer.from(`\ufeff${nodeText("d")}`));
    const store = await ResourceStore.open(directory);
    expect(await store.replaceAll([file("b.yaml", "b"), bytes])).toBe(true);
    expect((await readdir(directory)).sort()).toEqual([".hidden.yaml", "README", "b.yaml", "deep"]);
    expect(await readFile(join(directory, "deep/er/d.yaml"))).toEqual(bytes.content);
    expect(await names(directory)).toEqual(["b", "d"]);
  });

  test("does nothing where other files are there than expected", async () => {
    const directory = await three();
    const store = await ResourceStore.open(directory);
    expect(await store.replaceAll([], (present) => present.length === 2)).toBe(false);
    expect(await names(directory)).toEqual(["a", "b", "c"]);
  });

  test("one that dies anywhere leaves the old set or the new one", async () => {
    for (let step = 1; step <= 7; step++) {
      const directory = await three();
      const store = await ResourceStore.open(directory, undefined, dyingAt(step));
      const done = await store.replaceAll([file("c.yaml", "c"), file("d.yaml", "d"), file("e.yaml", "e")]).catch(() => false);
      expect((await names(directory)).join()).toMatch(done ? /^c,d,e$/ : step === 1 ? /^a,b,c$/ : /^c,d,e$/);
    }
  });
});

/** The file system of a process that dies before its nth change. */
function dyingAt(step: number): FileEffects {
  let steps = 0;
  const guard = (work: () => Promise<void>) => {
    steps++;
    return steps >= step ? Promise.reject(new Error("died")) : work();
  };
  return {
    replace: (path, text, mode) => guard(() => FILE_EFFECTS.replace(path, text, mode)),
    remove: (path) => guard(() => FILE_EFFECTS.remove(path)),
  };
}
