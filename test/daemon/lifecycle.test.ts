import { readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { blockAffinity } from "../../src/lab/resource-directory.js";
import { until } from "../../src/lab/until.js";
import { Cluster, DaemonProcess, fetchText, PORT, peregrine, QUICKLY } from "./support.js";

let cluster: Cluster;

beforeAll(() => {
  cluster = new Cluster(blockAffinity("n1", "10.244.1.0/26"));
  for (const host of [1, 2, 3, 4]) cluster.putNode(host);
});
afterAll(() => cluster.close());

describe("the end of a daemon", () => {
  test("SIGTERM: exit code 0 in under five seconds, the peer is told Administrative shutdown, the socket file is gone", async () => {
    const [one, two] = (await cluster.startAll(1, 2)) as [DaemonProcess, DaemonProcess];
    await one.established(cluster.address(2));
    const begun = performance.now();
    one.signal("SIGTERM");
    expect(await one.exit).toBe(0);
    expect(performance.now() - begun).toBeLessThan(5_000);
    const session = await until(
      "n2 knows why",
      async () => {
        const view = await two.session(cluster.address(1));
        return view.info.includes("Received:") && view;
      },
      QUICKLY,
    );
    expect(session.info).toContain("Received: Administrative shutdown");
    expect(session.resets).toBe(1);
    expect(() => statSync(one.control)).toThrow("ENOENT");
    await two.stop();
  });

  test("SIGQUIT: the peer is told nothing and keeps the routes, which are fresh again when the daemon is back (RFC 4724 §4.2)", async () => {
    const block = "10.244.1.0/26";
    const [one, two] = (await cluster.startAll(1, 2)) as [DaemonProcess, DaemonProcess];
    await until("n2 has the block", () => two.hasRoute(block), QUICKLY);
    one.signal("SIGQUIT");
    expect(await one.exit).toBe(0);
    const away = await until("the block is stale", async () => (await two.session(cluster.address(1))).stale === 1, QUICKLY);
    expect(away).toBe(true);
    const session = await two.session(cluster.address(1));
    expect(session.info).toContain("Socket: Connection closed");
    expect(session.gracefulRestart).toMatchObject({ peerRestarting: true, peerRestartTimeSeconds: 120 });
    expect(await two.routes()).toContainEqual(expect.objectContaining({ prefix: block, best: true, stale: true }));
    expect((await two.command("explain", block)).stdout).toContain("stale: the session went down");
    expect((await two.command("peer", cluster.address(1))).stdout).toMatch(/^Restart: .*; 1 stale routes until 20/m);
    const again = await cluster.start(1);
    await until(
      "the block is fresh",
      async () => (await two.routes()).some((route) => route.prefix === block && !route.stale),
      { deadlineMs: 60_000 }, // n2 dials 5 s after it lost the session, and 10 s after that
    );
    await Promise.all([again.stop(), two.stop()]);
  }, 90_000);

  test("SIGINT ends it as cleanly", async () => {
    const daemon = await cluster.start(3);
    daemon.signal("SIGINT");
    expect(await daemon.exit).toBe(0);
    expect(daemon.log).toContain("stopping: stopped by its operator");
  });
});

describe("the control socket", () => {
  test("owner and group may use it, others may not; a second daemon at it is refused and the first one goes on", async () => {
    const daemon = await cluster.start(1);
    expect(statSync(daemon.control).mode & 0o7777).toBe(0o660);
    const second = await peregrine(cluster.runWords(2).map((word) => (word === cluster.control(2) ? daemon.control : word)));
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`another daemon answers at ${daemon.control}`);
    expect(second.stderr).toContain("--control");
    expect((await daemon.status()).node).toBe("n1");
    await daemon.stop();
  });

  test("the one of a killed daemon is replaced", async () => {
    const killed = await cluster.start(1);
    killed.signal("SIGKILL");
    expect(await killed.exit).toBeNull();
    expect(statSync(killed.control).isSocket()).toBe(true);
    const next = await cluster.start(1);
    expect((await next.status()).node).toBe("n1");
    await next.stop();
  });

  test("anything else at its path is left alone, and the message says what it is", async () => {
    const file = join(cluster.directory, "notes.txt");
    writeFileSync(file, "precious");
    const words = cluster.runWords(1).map((word) => (word === cluster.control(1) ? file : word));
    const { code, stderr } = await peregrine(words);
    expect(code).toBe(1);
    expect(stderr).toMatch(/notes\.txt.*is not a socket.*--control/);
    expect(readFileSync(file, "utf8")).toBe("precious");
  });
});

describe("a start that fails", () => {
  test.each([
    ["no resources", { resources: "nowhere" }, /There is no directory .*nowhere.*--resources/],
    ["an unknown node", { node: "n9" }, /There is no Node n9/],
    [
      "a place for the socket that cannot be made",
      { control: "/dev/null/c.sock" },
      /Cannot create \/dev\/null for the control socket \(EEXIST\)/,
    ],
  ])("%s: exit code 1 and one message", async (_, options, message) => {
    const [control, state] = ["x.sock", "x.state"].map((name) => join(cluster.directory, name));
    const all = { node: "n1", resources: cluster.resources.path, control, state, ...options } as Record<string, string>;
    const words = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
    const result = await peregrine(["run", ...words, "--listen", cluster.address(1), "--port", String(PORT), "--kernel", "off"]);
    expect(result).toMatchObject({ code: 1, stderr: expect.stringMatching(message) });
    expect(result.stderr).not.toMatch(/^ +at /m);
  });

  test("an address and port in use are named, and nothing is left behind", async () => {
    const holder = createServer().listen(PORT, cluster.address(4));
    const { code, stderr } = await peregrine(cluster.runWords(4));
    await new Promise((resolve) => holder.close(resolve));
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`Cannot listen on ${cluster.address(4)} port ${PORT}.*in use`));
    expect(() => statSync(cluster.control(4))).toThrow("ENOENT");
  });
});

test("every option of run can stand in the environment; unknown PEREGRINE_ variables and empty ones do no harm", async () => {
  const control = join(cluster.directory, "deep", "er", "c.sock");
  const api = `${cluster.address(4)}:9180`;
  const daemon = new DaemonProcess(["run"], control, {
    PEREGRINE_NODE: "n4",
    PEREGRINE_RESOURCES: cluster.resources.path,
    PEREGRINE_CONTROL: control,
    PEREGRINE_LISTEN: `${cluster.address(4)},${cluster.address(5)}`,
    PEREGRINE_PORT: "2180",
    PEREGRINE_KERNEL: "off",
    PEREGRINE_API: api,
    PEREGRINE_LOG_LEVEL: "error",
    PEREGRINE_STATE: cluster.state(4),
    PEREGRINE_FLUSH_ON_EXIT: "",
    PEREGRINE_COLOUR_OF_THE_BIKE_SHED: "green",
  });
  try {
    await daemon.answers();
    const asked = await peregrine(["status", "-o", "json"], "", { PEREGRINE_CONTROL: control });
    const { node, listen } = JSON.parse(asked.stdout);
    expect({ node, listen }).toEqual({ node: "n4", listen: [`${cluster.address(4)}:2180`, `${cluster.address(5)}:2180`] });
    expect((await fetchText(`http://${api}/healthz`)).status).toBe(200);
  } finally {
    await daemon.stop();
  }
  expect(daemon.log).toBe("");
});

test("the host name is the node's name when nothing else says, and $NODENAME comes before it", async () => {
  const words = ["plan", "--resources", cluster.resources.path, "-o", "json"];
  const named = await peregrine(words, "", { NODENAME: "n2" });
  expect(JSON.parse(named.stdout).node).toBe("n2");
});
