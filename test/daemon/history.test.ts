import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GenerationView } from "../../src/api/views.js";
import { blockAffinity } from "../../src/lab/resource-directory.js";
import { until } from "../../src/lab/until.js";
import { Cluster, commandLine, type DaemonProcess, fetchText, QUICKLY } from "./support.js";

describe("the generations of a daemon", () => {
  let cluster: Cluster;
  let daemon: DaemonProcess;

  beforeAll(async () => {
    cluster = new Cluster();
    cluster.putNode(1);
    daemon = await cluster.start(1);
  });
  afterAll(() => cluster.close());

  const history = async (): Promise<GenerationView[]> => {
    const { code, stdout, stderr } = await daemon.command("history", "-o", "json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return JSON.parse(stdout) as GenerationView[];
  };
  const running = async () => (await history()).filter(({ running }) => running).map(({ number }) => number);

  test("history lists them with what changed, and marks the one in force", async () => {
    await until("the first is kept", async () => (await running()).length === 1, QUICKLY);
    cluster.resources.put(blockAffinity("n1", "10.244.1.0/26"));
    await until("the second is in force", async () => (await running()).join() === "2", QUICKLY);
    const { stdout } = await daemon.command("history");
    expect(stdout).toMatch(/^ +GENERATION +ACCEPTED +FILES +WHAT CHANGED\n/);
    expect(stdout).toMatch(/\n {3}1 +\S+Z +3 +the first\n\* {2}2 +\S+Z +4 +BlockAffinity n1-10-244-1-0-26 added\n$/);
  });

  test("a broken set at start: the daemon runs on with the last generation, and everything says so", async () => {
    cluster.resources.putText("broken.yaml", "kind: [");
    expect(await daemon.stop()).toBe(0);
    const api = `${cluster.address(1)}:9179`;
    daemon = await cluster.start(1, "--api", api);
    expect((await daemon.routes()).map(({ prefix }) => prefix)).toEqual(["10.244.1.0/26"]);
    const [status, metrics] = await Promise.all([daemon.command("status"), fetchText(`http://${api}/metrics`)]);
    expect(status.stdout).toMatch(
      /\nWARNING: the resources in \S+ are refused; those of generation 2, accepted at \S+ stay in force:\n/,
    );
    expect(metrics.body).toContain("\nperegrine_resources_refused 1\n");
    expect(metrics.body).toContain("\nperegrine_generation 2\n");
    const refused = /"generation":2,.*the resources on disk are refused; the last good set stays in force/;
    await until("the log says so", () => refused.test(daemon.log), QUICKLY);
  });

  test("without a daemon, history reads the state directory; without that it says what to do", async () => {
    expect(await daemon.stop()).toBe(0);
    const where = ["--control", cluster.control(1), "--state", cluster.state(1)];
    const { code, stdout } = await commandLine(["history", ...where]);
    expect(code).toBe(0);
    expect(stdout).toContain("BlockAffinity n1-10-244-1-0-26 added");
    const nowhere = await commandLine(["history", "--control", cluster.control(1), "--state", "/nowhere"]);
    expect(nowhere).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/\/nowhere\/generations: there is no such directory\. .*--state DIR/),
    });
  });
});
