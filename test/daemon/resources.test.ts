import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { blockAffinity, node, ResourceDirectory } from "../../src/lab/resource-directory.js";
import { until } from "../../src/lab/until.js";
import type { Logger } from "../../src/observe/logger.js";
import { type Accepted, Resources } from "../../src/resources.js";
import type { RunOptions } from "../../src/run-options.js";
import { QUICKLY } from "./support.js";

describe("Resources", () => {
  let directory: ResourceDirectory;
  let resources: Resources | null = null;
  const logged: string[] = [];
  const record = (_about: unknown, text?: string) => logged.push(text ?? String(_about));
  const log = { info: record, warn: record, error: record } as unknown as Logger;

  beforeEach(() => {
    logged.length = 0;
    directory = new ResourceDirectory(join(mkdtempSync(join(tmpdir(), "peregrine-resources-")), "resources"));
    directory.put(node("n1", { ipv4: "192.0.2.1" }));
  });
  afterEach(() => {
    resources?.close();
    rmSync(join(directory.path, ".."), { recursive: true });
  });

  const load = async (): Promise<Resources> => {
    const options = { node: "n1", resources: directory.path, namespace: "kube-system", routerId: "", strictSecrets: false };
    const loaded = await Resources.load(options as RunOptions);
    if (!loaded.ok) throw new Error(loaded.error);
    resources = loaded.value;
    return loaded.value;
  };
  const originated = ({ plan }: Accepted) => plan.originated.map(({ prefix }) => prefix.toString());

  test("a set that comes between load and follow is not lost", async () => {
    const loaded = await load();
    directory.put(blockAffinity("n1", "10.244.1.0/26"));
    await until("it is loaded", () => originated(loaded.accepted).length === 1, QUICKLY);
    const accepted: string[][] = [];
    loaded.follow((newest) => accepted.push(originated(newest)), log);
    expect(accepted).toEqual([["10.244.1.0/26"]]);
  });

  test("follow alone accepts nothing twice", async () => {
    const loaded = await load();
    const accepted: string[][] = [];
    loaded.follow((newest) => accepted.push(originated(newest)), log);
    expect(accepted).toEqual([]);
    directory.put(blockAffinity("n1", "10.244.1.0/26"));
    await until("it is accepted", () => accepted.length > 0, QUICKLY);
    expect(accepted).toEqual([["10.244.1.0/26"]]);
  });

  test("a set without this node is refused: the last good one stays, and view and log say why", async () => {
    const loaded = await load();
    loaded.follow(() => {
      throw new Error("nothing is to be accepted");
    }, log);
    directory.put(node("n2", { ipv4: "192.0.2.2" }));
    directory.remove("Node", "n1");
    await until("it is refused", () => loaded.view().state === "refused", QUICKLY);
    expect(loaded.view().faults).toEqual([
      expect.objectContaining({ severity: "error", message: expect.stringContaining("n1") }),
    ]);
    expect(loaded.accepted.plan.node).toBe("n1");
    expect(logged.at(-1)).toBe("the resources on disk are refused; the last good set stays in force");
  });
});
