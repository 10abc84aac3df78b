import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { sweepDeadLabs } from "../../src/lab/lab-record.js";
import { Network } from "../../src/lab/network.js";
import { packageRoot } from "../../src/lab/package-root.js";
import { until } from "../../src/lab/until.js";
import { machineRoutes } from "../setup/machine-routes.js";
import { scenario } from "../setup/require-peer.js";

const MAKES_A_LAB = `
  const { Network } = await import(process.argv[1]);
  const network = new Network();
  const host = await network.host("left");
  const child = host.spawn("sleep", ["1000"]);
  console.log(JSON.stringify({ namespace: host.namespace, directory: network.directory, pid: child.pid }));
  if (process.argv[2] === "exit") process.exit(0);
  setInterval(() => undefined, 1000);
`;

interface Made {
  readonly namespace: string;
  readonly directory: string;
  readonly pid: number;
}

scenario("Network", ["root"], () => {
  test("joins hosts by a cable and by a bridge, and leaves nothing behind after close()", async () => {
    const routes = await machineRoutes();
    const network = new Network();
    const [a, b, c] = await Promise.all([network.host("a"), network.host("b"), network.host("c")]);
    await network.link(
      { host: a, interface: "eth0", addresses: ["10.1.0.1/30"] },
      { host: b, interface: "eth0", addresses: ["10.1.0.2/30"] },
    );
    const lan = await network.lan("lan", [
      { host: b, interface: "eth1", addresses: ["fd00::2/64"] },
      { host: c, interface: "eth0", addresses: ["fd00::3/64"] },
    ]);
    await a.mustRun("ping", ["-c", "1", "-W", "2", "10.1.0.2"]);
    await until("b reaches c", () => b.mustRun("ping", ["-c", "1", "-W", "1", "fd00::3"]));
    await lan.setLink(c, false);
    await until("c's cable is cut", async () => (await c.ip("link", "show", "eth0")).includes("NO-CARRIER"));
    await network.close();
    expect(readdirSync("/run/netns").filter((name) => [a, b, c, lan.bridge].some((host) => host.namespace === name))).toEqual([]);
    expect(existsSync(network.directory)).toBe(false);
    expect(await machineRoutes()).toBe(routes);
  });

  test("removes everything when its process exits without close()", async () => {
    const made = await runLab("exit", () => undefined);
    await until("everything is gone", () => isGone(made));
  });

  test("is removed by sweepDeadLabs when its process was killed", async () => {
    const made = await runLab("stay", (kill) => kill());
    sweepDeadLabs();
    await until("everything is gone", () => isGone(made));
  });
});

/** Makes a lab in a process of its own and waits for that process to end. */
function runLab(how: "exit" | "stay", whenMade: (kill: () => void) => void): Promise<Made> {
  const module = pathToFileURL(join(packageRoot(), "dist/src/lab/network.js")).href;
  return new Promise((resolve) => {
    let output = "";
    const child = spawn(process.execPath, ["--input-type=module", "-e", MAKES_A_LAB, module, how], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      whenMade(() => child.kill("SIGKILL"));
    });
    child.on("close", () => resolve(JSON.parse(output) as Made));
  });
}

function isGone({ namespace, directory, pid }: Made): boolean {
  return !existsSync(`/run/netns/${namespace}`) && !existsSync(directory) && !existsSync(`/proc/${pid}`);
}
