import { LabError } from "./lab-error.js";
import { BEHIND_TOR, NODE_AS, type Quickstart, type QuickstartNode, TOR_AS } from "./quickstart.js";
import type { Speaker } from "./speaker.js";
import { until } from "./until.js";

/** Starts the quickstart network and shows, with the output of real commands, that each part does its work. */
export async function demonstrate(lab: Quickstart, say: (text: string) => void): Promise<void> {
  say("Starting two nodes and a ToR router …");
  const { nodes, tor } = await lab.start();
  say(`${nodes.map(describeNode).join(", ")}; tor ${lab.torAddress()}, AS ${TOR_AS}, is ${tor.kind}.\n`);
  for (const node of nodes) await node.peregrine.waitAllEstablished();
  for (const node of nodes) await showStatus(node, say);
  await waitForRoutes(nodes, tor);
  for (const node of nodes) await showRoutes(node, say);
  for (const [node, other] of pairs(nodes)) await showPings(node, other, say);
  say("Every session is Established, and every route is where it belongs.");
}

function describeNode(node: QuickstartNode): string {
  return `${node.name} ${node.address}, AS ${NODE_AS}, block ${node.block}`;
}

async function showStatus(node: QuickstartNode, say: (text: string) => void): Promise<void> {
  const output = await node.peregrine.command("status");
  if (output.code !== 0) throw new LabError(`peregrine status: ${output.stderr}`);
  say(`${node.name}$ peregrine status\n${output.stdout}`);
}

async function waitForRoutes(nodes: readonly QuickstartNode[], tor: Speaker): Promise<void> {
  for (const node of nodes) {
    const wanted = [BEHIND_TOR.prefix, ...nodes.filter((other) => other !== node).map(({ block }) => block)];
    for (const prefix of wanted) await until(`${node.name} has a route to ${prefix}`, () => hasRoute(node, prefix));
    await until(`tor has a route to ${node.block}`, async () => (await tor.routes("ipv4")).has(node.block));
  }
}

async function hasRoute(node: QuickstartNode, prefix: string): Promise<boolean> {
  if (node.workload === null) return (await node.peregrine.routes("ipv4")).has(prefix);
  return (await node.host.ip("route", "show", "proto", "179", prefix)) !== "";
}

async function showRoutes(node: QuickstartNode, say: (text: string) => void): Promise<void> {
  if (node.workload === null) {
    const output = await node.peregrine.command("routes");
    say(`${node.name}$ peregrine routes\n${output.stdout}`);
  } else {
    say(`${node.name}$ ip route show proto 179\n${await node.host.ip("route", "show", "proto", "179")}`);
  }
}

async function showPings(node: QuickstartNode, other: QuickstartNode, say: (text: string) => void): Promise<void> {
  if (node.workload === null || other.workload === null) return;
  const { host } = node.workload;
  for (const address of [other.workload.address, BEHIND_TOR.address]) {
    const what = `the workload on ${node.name} reaches ${address}`;
    const text = await until(what, () => host.mustRun("ping", ["-c", "1", "-W", "1", address]));
    say(`workload on ${node.name}$ ping -c 1 ${address}\n${text.trimEnd()}\n`);
  }
}

/** Each node with another one. */
function pairs(nodes: readonly QuickstartNode[]): readonly (readonly [QuickstartNode, QuickstartNode])[] {
  return nodes.map((node, index) => [node, nodes[(index + 1) % nodes.length] as QuickstartNode]);
}
