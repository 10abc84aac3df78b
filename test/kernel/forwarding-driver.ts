import { asn } from "../../protocol/net/asn.js";
import { routerId } from "../../protocol/net/router-id.js";
import { Forwarding } from "../../src/kernel/forwarding.js";
import { createLogger } from "../../src/observe/logger.js";
import type { KernelRule, NodePlan } from "../../src/plan/node-plan.js";
import { WorkLoop } from "../../src/work-loop.js";
import type { PathText } from "../rib/attribute-lists.js";
import { addPeer, announce, newRib } from "../rib/rib-under-test.js";
import { serveJsonLines } from "./json-lines.js";
import { prefix } from "./kernel-messages.js";

// RIB and kernel together as a program: see json-lines.ts. The session "tor" is a peer that announces what it is told.

const NORMAL = { "ipv4-unicast": 1024, "ipv6-unicast": 1024 };
const CAUSE = { kind: "IPPool", name: "test", file: "test.yaml", line: 1 };
const rib = newRib();
let forwarding: Forwarding;
const loop: WorkLoop = new WorkLoop([() => rib.work(4096), () => forwarding.work(4096)], () => performance.now());
const tor = addPeer(rib, { name: "tor" });

serveJsonLines({
  start: async (mode: "on" | "observe" | "off") => {
    const log = await createLogger("fatal");
    forwarding = new Forwarding({ rib, mode, protocol: 179, log, wake: () => loop.wake() });
    const started = await forwarding.start();
    return started.ok ? { ok: true, kept: [...started.value] } : started;
  },
  follow: ({
    blocks,
    rules,
    hasPriorities = true,
  }: {
    hasPriorities?: boolean;
    blocks: readonly string[];
    rules: readonly { cidr: string; action: KernelRule["action"] }[];
  }) => {
    type Followed = "asNumber" | "routerId" | "originated" | "hostRoutes" | "localRoutes" | "kernelRules" | "wireguardNodes";
    const plan: Pick<NodePlan, Followed> & { sessions: unknown[] } = {
      asNumber: asn(64512),
      routerId: routerId(1),
      originated: blocks.map((block) => ({ type: "block", prefix: prefix(block), cause: CAUSE })),
      hostRoutes: [],
      localRoutes: { ignoredInterfaces: ["cali*"], normalPriority: hasPriorities ? NORMAL : null },
      kernelRules: rules.map(({ cidr, action }) => ({ cidr: prefix(cidr), action, subnet: null, cause: CAUSE })),
      wireguardNodes: [],
      sessions: [{ name: "tor" }],
    };
    forwarding.follow(plan as unknown as NodePlan);
  },
  announce: ({ to, path }: { to: string; path: PathText }) => {
    announce(rib, tor, to, path);
    loop.wake();
  },
  withdraw: (text: string) => {
    rib.withdrawPrefix(tor, prefix(text));
    loop.wake();
  },
  sweep: () => forwarding.sweep(),
  best: (text: string) => {
    const table = rib.table(prefix(text).family);
    const peer = table.bestPeer(table.find(prefix(text)));
    return peer === 0 ? null : rib.peer(peer).name;
  },
  routes: async () => {
    const routes = [];
    for await (const route of forwarding.routes()) routes.push(route);
    return routes;
  },
  explain: (text: string) => forwarding.explain(prefix(text)),
  status: () => forwarding.status(),
  stop: (flush: boolean) => forwarding.stop({ flush }),
});
