import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Child } from "../../src/lab/child.js";
import { run } from "../../src/lab/command.js";
import { mainFile } from "../../src/lab/peregrine-node.js";
import { until } from "../../src/lab/until.js";
import { machineRoutes } from "../setup/machine-routes.js";
import { scenario } from "../setup/require-peer.js";

const PATIENCE = { timeoutMs: 150_000, deadlineMs: 150_000 };
const NOBODY = ["--reuid=65534", "--regid=65534", "--clear-groups"];

scenario("peregrine lab --once", ["root"], () => {
  test("shows sessions, kernel routes and pings, and leaves this machine's routes as they were", async () => {
    const routes = await machineRoutes();
    const output = await run(process.execPath, [mainFile(), "lab", "--once"], PATIENCE);
    expect(output).toMatchObject({ code: 0, stderr: "" });
    expect(output.stdout.match(/\| up +\|.*Established/g)).toHaveLength(4);
    for (const prefix of ["203.0.113.0/24", "10.244.1.0/26", "10.244.2.0/26"])
      expect(output.stdout).toMatch(new RegExp(`^${prefix} via `, "m"));
    expect(output.stdout.match(/ 0% packet loss/g)).toHaveLength(4);
    expect(await machineRoutes()).toBe(routes);
  }, 180_000);

  test("stays until Ctrl-C, and then cleans up", async () => {
    const directory = mkdtempSync(join(tmpdir(), "quickstart-test-"));
    const lab = new Child(process.execPath, [mainFile(), "lab"], { log: join(directory, "log") });
    try {
      await until("the network is up", () => lab.logTail().includes("stays until Ctrl-C"), PATIENCE);
      const network = /files are in (\S+)\./.exec(lab.logTail())?.[1] as string;
      expect(existsSync(network)).toBe(true);
      lab.signal("SIGINT");
      expect(await lab.exited(15_000)).toBe(0);
      expect(existsSync(network)).toBe(false);
      expect(readdirSync("/run/netns").filter((name) => name.startsWith(`pgl-${lab.pid}-`))).toEqual([]);
    } finally {
      await lab.stop();
      rmSync(directory, { recursive: true });
    }
  }, 180_000);

  test("without root runs the same speakers on loopback, and says so in one line", async () => {
    const output = await run("setpriv", [...NOBODY, process.execPath, mainFile(), "lab", "--once"], PATIENCE);
    expect(output).toMatchObject({ code: 0, stderr: "" });
    expect(output.stdout).toMatch(/^Not root: .*127\.0\.0\.0\/8.*$/m);
    expect(output.stdout.match(/\| up +\|.*Established/g)).toHaveLength(4);
    expect(output.stdout).toContain("203.0.113.0/24");
  }, 180_000);
});
