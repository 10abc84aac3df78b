import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../src/lab/until.js";
import { Cluster, type CommandResult, commandLine, type DaemonProcess, QUICKLY } from "./support.js";

const cluster = new Cluster();
let daemon: DaemonProcess;

beforeAll(async () => {
  for (const host of [1, 2]) cluster.putNode(host);
  daemon = (await cluster.startAll(1, 2))[0]!;
  await daemon.established(cluster.address(2));
});

afterAll(() => cluster.close());

function run(...words: readonly string[]): Promise<CommandResult> {
  return commandLine([...words, "--resources", cluster.resources.path]);
}

async function hasSessions(count: number): Promise<void> {
  await until(
    `${count} sessions`,
    async () => {
      const { sessions } = await daemon.status();
      return sessions.length === count;
    },
    QUICKLY,
  );
}

test("the daemon follows what the verbs write: the mesh off and on, a Node gone and back", async () => {
  expect(await run("patch", "bgpconfiguration", "default", "-p", '{"spec": {"nodeToNodeMeshEnabled": false}}')).toMatchObject({
    code: 0,
  });
  await hasSessions(0);
  expect(await run("patch", "bgpconfiguration", "default", "-p", '{"spec": {"nodeToNodeMeshEnabled": null}}')).toMatchObject({
    code: 0,
  });
  await hasSessions(1);
  const { stdout: node } = await run("get", "node", "n2", "-o", "json", "--export");
  expect(await run("delete", "node", "n2")).toMatchObject({ code: 0 });
  await hasSessions(0);
  cluster.resources.putText("node-n2.json", node);
  await hasSessions(1);
  expect((await daemon.status()).resources).toMatchObject({ state: "accepted", faults: [] });
});
