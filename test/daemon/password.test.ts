import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { blockAffinity, resource } from "../../src/lab/resource-directory.js";
import { until } from "../../src/lab/until.js";
import { Cluster, commandLine, type DaemonProcess, fetchText, PORT, peregrine, QUICKLY, tcpCounter } from "./support.js";

const FIRST = "first-Gehe1mnis";
const SECOND = "second-Gehe1mnis";
const ENCODED = [FIRST, SECOND].flatMap((value) => [value, Buffer.from(value).toString("base64")]);

/** n1 and n2 read their own copies of the Secret, so that they can differ. */
describe("a session with a password", () => {
  let one: Cluster;
  let two: Cluster;
  let daemons: readonly [DaemonProcess, DaemonProcess];
  let api: string;

  const putSecret = (cluster: Cluster, value: string) =>
    cluster.resources.putText(
      "secret.yaml",
      stringify({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "bgp", namespace: "kube-system" },
        stringData: { key: value },
      }),
    );
  const facts = (cluster: Cluster, addresses: Cluster) => {
    const nodeMeshPassword = { secretKeyRef: { name: "bgp", key: "key" } };
    cluster.resources.put(resource("BGPConfiguration", "default", { listenPort: PORT, nodeMeshPassword }));
    for (const host of [1, 2]) {
      const spec = { bgp: { ipv4Address: addresses.address(host) } };
      cluster.resources.put(resource("Node", `n${host}`, spec));
    }
    putSecret(cluster, FIRST);
  };

  beforeAll(async () => {
    [one, two] = [new Cluster(), new Cluster()];
    facts(one, one);
    facts(two, one);
    api = `${one.address(1)}:9179`;
    const first = await one.start(1, "--api", api, "--log-level", "trace");
    const second = await two.start(2, "--listen", one.address(2), "--log-level", "trace");
    daemons = [first, second];
    await first.established(one.address(2));
  });
  afterAll(() => Promise.all([one.close(), two.close()]));

  test("comes up with equal keys on both sides, and plan says where the key is, not what it is", async () => {
    const { stdout } = await commandLine(["plan", "--node", "n1", "--resources", one.resources.path, "-o", "json"]);
    expect(JSON.parse(stdout).sessions[0].password).toEqual({ secret: "bgp", key: "key" });
  });

  test("goes on with another key once both sides have it: between the two edits no segment is taken, and none is lost", async () => {
    const history = async () => {
      const { since, resets, state } = await daemons[0].session(one.address(2));
      return { since, resets, state };
    };
    const before = await history();
    const dropped = tcpCounter("TCPMD5Failure");
    putSecret(one, SECOND);
    one.resources.put(blockAffinity("n1", "10.244.1.0/26"));
    await until("n2 has dropped what n1 signs with the new key", () => tcpCounter("TCPMD5Failure") > dropped, QUICKLY);
    expect(await daemons[1].hasRoute("10.244.1.0/26")).toBe(false);
    putSecret(two, SECOND);
    await until("the block arrives", () => daemons[1].hasRoute("10.244.1.0/26"), QUICKLY);
    expect(await history()).toEqual(before);
  }, 40_000);

  test("the listeners have the new key too: a session that begins anew comes up with it", async () => {
    await daemons[1].stop();
    const second = await two.start(2, "--listen", one.address(2), "--log-level", "trace");
    daemons = [daemons[0], second];
    await second.established(one.address(1));
  }, 40_000);

  test("a missing key is a warning and a session without a password; with --strict-secrets an error", async () => {
    const other = new Cluster();
    facts(other, one);
    other.resources.putText("secret.yaml", "");
    const plan = ["plan", "--node", "n1", "--resources", other.resources.path, "-o", "json"];
    const [lax, strict] = [await commandLine(plan), await commandLine([...plan, "--strict-secrets"])];
    await other.close();
    expect(JSON.parse(lax.stdout).sessions[0].password).toEqual({ secret: "bgp", key: "key", missing: true });
    expect(strict).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(/bgp/) });
  });

  test("the value is in no log, status, plan, metric, answer or message, whatever is wrong with the Secret", async () => {
    const told: string[] = [];
    for (const words of [
      ["status", "-o", "json"],
      ["peer", "-o", "yaml"],
      ["peer", one.address(2)],
      ["routes", "--all", "-o", "json"],
    ])
      told.push((await daemons[0].command(...words)).stdout);
    told.push((await fetchText(`http://${api}/metrics`)).body);
    const broken = (line: string) => `apiVersion: v1\nkind: Secret\nmetadata: {name: bgp, namespace: kube-system}\n${line}\n`;
    const encoded = Buffer.from(SECOND).toString("base64");
    for (const line of [
      `stringData: {key: "${SECOND}", other: ["${SECOND}"]}`,
      `stringData: {key: "${SECOND}", key: "${FIRST}"}`,
      `stringData: {key: "${SECOND}"`,
      `data: {key: "${encoded}!"}`,
      `data: ${encoded}`,
      `stringdata: {key: "${SECOND}"}`,
      `stringData: {"bad key": "${SECOND}"}`,
      `stringData: {key: ${SECOND}: ${SECOND}}`,
      `stringData: {key: *${SECOND}}`,
      `stringData:\n  key: "${SECOND}\n`,
      `stringData:\n  key: ${SECOND}\n bad: indent`,
    ]) {
      one.resources.putText("secret.yaml", broken(line));
      const { code, stdout, stderr } = await commandLine(["validate", one.resources.path]);
      const json = await commandLine(["validate", one.resources.path, "-o", "json"]);
      told.push(`${line.replaceAll(/Gehe1mnis/g, "…").replaceAll(encoded, "…")} ${code}`, stdout, stderr, json.stdout);
    }
    await until("the daemon refuses the last", async () => (await daemons[0].status()).resources.state === "refused", QUICKLY);
    told.push((await daemons[0].command("status")).stdout, (await daemons[0].command("status", "-o", "json")).stdout);
    putSecret(one, SECOND);
    told.push((await peregrine(["plan", "--node", "n1", "--resources", one.resources.path, "-o", "yaml"])).stdout);
    told.push(...daemons.map(({ log }) => log));
    expect(told.join("\n")).toContain("secret.yaml:");
    for (const value of ENCODED) expect(told.filter((text) => text.includes(value))).toEqual([]);
  });
});
