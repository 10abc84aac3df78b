import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { History } from "../../src/generations/history.js";
import { blockAffinity, blockName, node, ResourceDirectory, resource } from "../../src/lab/resource-directory.js";
import { until } from "../../src/lab/until.js";
import type { Logger } from "../../src/observe/logger.js";
import { type Accepted, Resources } from "../../src/resources.js";
import type { RunOptions } from "../../src/run-options.js";
import { temporaryDirectory } from "../resources/temporary-directory.js";
import { QUICKLY } from "./support.js";

describe("Resources", () => {
  let directory: ResourceDirectory;
  let history: History | null = null;
  let resources: Resources | null = null;
  const logged: string[] = [];
  const record = (_about: unknown, text?: string) => logged.push(text ?? String(_about));
  const log = { info: record, warn: record, error: record } as unknown as Logger;

  beforeEach(async () => {
    logged.length = 0;
    directory = new ResourceDirectory(join(await temporaryDirectory(), "resources"));
    directory.put(node("n1", { ipv4: "192.0.2.1" }));
  });
  afterEach(async () => {
    await resources?.close();
    await history?.settled();
  });

  const load = async (state = "state"): Promise<Resources> => {
    const options = {
      ...{ node: "n1", resources: directory.path, namespace: "kube-system" },
      endpointStatusPrefix: join(directory.path, "..", "calico"),
      state: join(directory.path, "..", state),
    };
    history = await History.open({ ...options, log });
    const loaded = await Resources.load(options as RunOptions, history, log);
    if (!loaded.ok) throw new Error(loaded.error);
    resources = loaded.value;
    await history.settled();
    return loaded.value;
  };
  const originated = ({ plan }: Accepted) => plan.originated.map(({ prefix }) => prefix.toString());

  test("a set that comes between load and follow is not lost", async () => {
    const loaded = await load();
    directory.put(blockAffinity("n1", "10.244.1.0/26"));
    await until("it is loaded", () => originated(loaded.accepted).length === 1, QUICKLY);
    const accepted: string[][] = [];
    loaded.follow((newest) => accepted.push(originated(newest)));
    expect(accepted).toEqual([["10.244.1.0/26"]]);
  });

  test("follow alone accepts nothing twice", async () => {
    const loaded = await load();
    const accepted: string[][] = [];
    loaded.follow((newest) => accepted.push(originated(newest)));
    expect(accepted).toEqual([]);
    directory.put(blockAffinity("n1", "10.244.1.0/26"));
    await until("it is accepted", () => accepted.length > 0, QUICKLY);
    expect(accepted).toEqual([["10.244.1.0/26"]]);
  });

  test("workloads that become peers ask for their sessions, also of a last good set that stays in force", async () => {
    const statuses = join(directory.path, "..", "calico", "endpoint-status");
    const put = (name: string, ipv4: string) =>
      writeFileSync(join(statuses, name), JSON.stringify({ bgpPeerName: "w", ipv4Nets: [`${ipv4}/32`] }));
    mkdirSync(statuses, { recursive: true });
    put("a", "10.244.1.5");
    directory.put(resource("BGPPeer", "w", { localWorkloadSelector: "all()", asNumber: 64516 }));
    const loaded = await load();
    const accepted: string[] = [];
    const sessions = ({ plan }: Accepted) => plan.sessions.map(({ address }) => `${address}`).join();
    expect(sessions(loaded.accepted)).toBe("10.244.1.5");
    put("b", "10.244.1.6");
    await until("it is known before anybody follows", () => sessions(loaded.accepted).includes("10.244.1.6"), QUICKLY);
    loaded.follow((newest) => accepted.push(sessions(newest)));
    expect(accepted).toEqual(["10.244.1.5,10.244.1.6"]);
    directory.putText("broken.yaml", "kind: [");
    await until("the set on disk is refused", () => loaded.view().state === "refused", QUICKLY);
    rmSync(join(statuses, "a"));
    await until("the first is gone", () => accepted.at(-1) === "10.244.1.6", QUICKLY);
    writeFileSync(join(statuses, "c"), "no JSON");
    await until("the log says what is wrong", () => logged.some((line) => line.includes("c is no JSON")), QUICKLY);
    expect(loaded.view()).toMatchObject({ state: "refused", generation: 1 });
  });

  test("at start, a set that is refused means the last generation that is not, and view and log say so", async () => {
    directory.put(blockAffinity("n1", "10.244.1.0/26"));
    await (await load()).close();
    directory.put(blockAffinity("n1", "10.244.2.0/26"));
    await (await load()).close();
    directory.putText("broken.yaml", "kind: [");
    const loaded = await load();
    loaded.follow(() => {
      throw new Error("nothing is to be accepted");
    });
    expect(originated(loaded.accepted)).toEqual(["10.244.1.0/26", "10.244.2.0/26"]);
    expect(loaded.view()).toMatchObject({ state: "refused", generation: 2 });
    expect(logged.at(-1)).toBe("the resources on disk are refused; the last good set stays in force");
  });

  test("at start, generations that this node cannot follow are passed over", async () => {
    await (await load()).close();
    directory.put(node("n2", { ipv4: "192.0.2.2" }));
    directory.remove("Node", "n1");
    await expect(load("elsewhere")).rejects.toThrow("There is no Node n1");
    rmSync(directory.path, { recursive: true });
    expect((await load()).view()).toMatchObject({ state: "refused", generation: 1 });
  });

  test("at start, a set that is refused and no generation: why", async () => {
    directory.putText("broken.yaml", "kind: [");
    await expect(load()).rejects.toThrow("broken.yaml:1:");
  });

  test("the same files make no new generation, other files do, and a restart goes on with the numbers", async () => {
    const generation = async () => {
      const { generation: number } = (await load()).view();
      await resources?.close();
      return number;
    };
    expect([await generation(), await generation()]).toEqual([1, 1]);
    directory.put(blockAffinity("n1", "10.244.1.0/26"));
    expect(await generation()).toBe(2);
    directory.remove("BlockAffinity", blockName("n1", "10.244.1.0/26"));
    expect(await generation()).toBe(3);
    expect(logged.filter((line) => line.startsWith("generation "))).toEqual([
      "generation 1 is in force: the first",
      "generation 1 is in force: the first",
      "generation 2 is in force: BlockAffinity n1-10-244-1-0-26 added",
      "generation 3 is in force: BlockAffinity n1-10-244-1-0-26 removed",
    ]);
  });

  test("without a state directory that can be written it runs all the same, says so once, and keeps again when it can", async () => {
    writeFileSync(join(directory.path, "..", "blocked"), "");
    const loaded = await load("blocked");
    loaded.follow(() => {});
    expect(loaded.view()).toMatchObject({
      state: "accepted",
      generation: null,
      history: { trouble: expect.stringContaining("blocked") },
    });
    expect(logged).toEqual([expect.stringMatching(/^no history is kept, so nothing can be rolled back: .*blocked/)]);
    rmSync(join(directory.path, "..", "blocked"));
    directory.put(blockAffinity("n1", "10.244.1.0/26"));
    await until("it is kept", () => loaded.view().generation === 1, QUICKLY);
    expect(loaded.view().history.trouble).toBeNull();
  });

  test("a generation is returned to although the files cannot be put back: they are set aside, also after a restart, until they change", async () => {
    const put = (cidr: string) => directory.putText("block.json", JSON.stringify(blockAffinity("n1", cidr)));
    put("10.244.1.0/26");
    await (await load()).close();
    put("10.244.2.0/26");
    const loaded = await load();
    const accepted: string[][] = [];
    loaded.follow((newest) => accepted.push(originated(newest)));
    const obstacle = join(directory.path, ".peregrine-tmp"); // where files are made, and no file can be
    mkdirSync(join(obstacle, "x"), { recursive: true });
    expect(await loaded.returnTo(1)).toEqual({ ok: true, value: undefined });
    expect(accepted).toEqual([["10.244.1.0/26"]]);
    expect(loaded.view().state).toBe("set-aside");
    expect(logged.at(-1)).toMatch(/^the files could not be put back, and are not followed until they change: /);
    await loaded.close();

    const next = await load();
    expect(originated(next.accepted)).toEqual(["10.244.1.0/26"]);
    next.follow((newest) => accepted.push(originated(newest)));
    expect(logged.at(-1)).toBe(
      "the resources on disk are those that were returned from; they are not followed until they change",
    );
    put("10.244.3.0/26");
    await until("the change is followed", () => next.view().state === "accepted", QUICKLY);
    expect(accepted.at(-1)).toEqual(["10.244.3.0/26"]);
  });

  test("a generation that is damaged, or that this node cannot follow, is not returned to", async () => {
    await (await load()).close();
    directory.put(node("n2", { ipv4: "192.0.2.2" }));
    const loaded = await load();
    writeFileSync(join(directory.path, "..", "state", "generations", "1.gz"), "no gzip");
    expect(await loaded.returnTo(1)).toEqual({ ok: false, error: expect.stringContaining("1.gz is damaged") });
    expect(await loaded.returnTo(9)).toEqual({ ok: false, error: expect.stringContaining("There is no generation 9") });
    expect(loaded.view()).toMatchObject({ state: "accepted", generation: 2 });
  });

  test("a set without this node is refused: the last good one stays, and view and log say why", async () => {
    const loaded = await load();
    loaded.follow(() => {
      throw new Error("nothing is to be accepted");
    });
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
