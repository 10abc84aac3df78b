import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { PeregrineNode } from "../../../src/lab/peregrine-node.js";
import { acceptAllFilter, node, ResourceDirectory, resource } from "../../../src/lab/resource-directory.js";
import { now } from "../clock.js";
import { processUsage } from "../process-usage.js";
import { measurement, type Scenario } from "../scenario.js";
import { DUT_ADDRESS, DUT_AS, peerAddress, Testbed } from "../testbed.js";
import { ids } from "./peers.js";

const PEERS = 1000;
const NODES = 500;
const SESSIONS = PEERS + NODES - 1; // the other nodes are a mesh
const POLL_MS = 5;
const DEADLINE_SECONDS = 60;

export const start: Scenario = {
  id: "start",
  title: `cold start with ${PEERS} BGPPeers and ${NODES} Nodes on disk; then one file changes`,
  daemons: ["peregrine"],
  prepare: () => async () => {
    const bed = await Testbed.create("start");
    try {
      const resources = new ResourceDirectory(join(bed.host.directory, "resources"), [
        acceptAllFilter("all"),
        ...nodes(),
        ...peers(),
      ]);
      const daemon = new PeregrineNode(bed.host, { node: "node-0", resources, kernel: "off" });
      const launchedAt = now();
      daemon.launch();
      await until(async () => (await daemon.status()).sessions.length === SESSIONS);
      const startSeconds = now() - launchedAt;
      const started = processUsage(daemon.pid);
      await pause(1000);
      const changedAt = now();
      resources.put(peer(7, 65077));
      await until(async () => (await daemon.session(peerAddress(7))).asNumber === 65077);
      const usage = processUsage(daemon.pid);
      return [
        measurement("start", startSeconds, started, null),
        measurement("reload", now() - changedAt, { ...usage, cpuSeconds: usage.cpuSeconds - started.cpuSeconds }, null),
      ];
    } finally {
      await bed.close();
    }
  },
};

function nodes() {
  const address = (index: number) => (index === 0 ? DUT_ADDRESS : peerAddress(PEERS + index));
  return ids(0, NODES).map((index) => node(`node-${index}`, { ipv4: `${address(index)}/16`, asNumber: DUT_AS }));
}

function peers() {
  return ids(0, PEERS).map((index) => peer(index, 64600));
}

function peer(index: number, asNumber: number) {
  return resource("BGPPeer", `peer-${index}`, { node: "node-0", peerIP: peerAddress(index), asNumber, filters: ["all"] });
}

async function until(question: () => Promise<boolean>): Promise<void> {
  const from = now();
  while (!(await question().catch(() => false))) {
    if (now() - from > DEADLINE_SECONDS) throw new Error(`not within ${DEADLINE_SECONDS} s`);
    await pause(POLL_MS);
  }
}
