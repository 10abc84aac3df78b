import { describe, expect, it } from "vitest";
import { type ResolveOptions, resolve } from "../../src/plan/resolve.js";
import { localPrefOf, priorityOf } from "../../src/plan/route-priority.js";
import { evaluatePolicy } from "./evaluated-policy.js";
import { loadGiven } from "./given.js";
import { ip, must, prefix } from "./typed-set.js";

const NORMAL_LOCAL_PREF = 2147482623; // of priority 1024 (reference 5.5)

const GIVEN = `
Node n1: {bgp: {ipv4Address: 10.0.0.11/24, ipv6Address: "fd00::11/64"}}
BGPConfiguration default: {nodeToNodeMeshEnabled: false}
BGPPeer tor: {peerIP: 192.0.2.1, asNumber: 65000}
BGPPeer peer: {peerIP: 192.0.2.2, asNumber: 64512, filters: [f]}
BGPPeer peer6: {peerIP: "2001:db8::2", asNumber: 64512}
BGPFilter f: {importV4: [{action: Accept, cidr: 10.244.7.0/24, matchOperator: In}]}
BlockAffinity b1: {cidr: 10.244.1.0/26, node: n1, state: confirmed}
IPPool p1: {cidr: 10.244.0.0/16}
`;

function planOf({ given = "", ...options }: ResolveOptions & { given?: string } = {}) {
  return must(resolve(loadGiven({ given: `${GIVEN}${given}` }).set, "n1", options));
}

/** Whether the import policy of a session raises a route with this LOCAL_PREF. */
function isRaised(plan: ReturnType<typeof planOf>, peer: string, localPref: number, to = "10.244.9.9/32"): boolean {
  const { importPolicy } = plan.sessions.find(({ address }) => `${address}` === peer)!;
  const nextHop = ip(peer.includes(":") ? "fd00::12" : "10.0.0.12");
  const outcome = evaluatePolicy(importPolicy, { prefix: prefix(to), source: "bgp", interface: null, nextHop, localPref });
  expect(outcome.verdict).toBe("accept");
  expect(outcome.attributes?.localPref).toBe(localPref);
  return outcome.isRaised;
}

describe("priorities of routes (reference 5.5)", () => {
  it("are LOCAL_PREF's and the metric's difference to 2147483647", () => {
    expect([1024, 512, 1, 2147483646].map(localPrefOf)).toEqual([NORMAL_LOCAL_PREF, 2147483135, 2147483646, 1]);
    expect([NORMAL_LOCAL_PREF, 100, 0].map(priorityOf)).toEqual([1024, 2147483547, 2147483647]);
  });

  it("make a metric of at least 1 and a LOCAL_PREF of at least 0 of whatever a peer or the kernel has", () => {
    expect([2147483647, 4294967295].map(priorityOf)).toEqual([1, 1]);
    expect([2147483647, 4294967295].map(localPrefOf)).toEqual([0, 0]);
  });

  it("raise what iBGP peers announce as better than normal, and nothing else", () => {
    const plan = planOf();
    const raised = [100, NORMAL_LOCAL_PREF, NORMAL_LOCAL_PREF + 1].map((localPref) => isRaised(plan, "192.0.2.2", localPref));
    expect(raised).toEqual([false, false, true]);
    expect(isRaised(plan, "2001:db8::2", NORMAL_LOCAL_PREF + 1, "fd00:244::9/128")).toBe(true);
  });

  it("raise nothing that a filter accepts explicitly, and nothing from eBGP peers, which send no LOCAL_PREF", () => {
    expect(isRaised(planOf(), "192.0.2.2", NORMAL_LOCAL_PREF + 1, "10.244.7.7/32")).toBe(false);
    expect(isRaised(planOf(), "192.0.2.1", NORMAL_LOCAL_PREF + 1)).toBe(false);
  });

  it("follow the normal priority of the family", () => {
    const plan = planOf({ given: "BGPConfiguration default: {nodeToNodeMeshEnabled: false, ipv4NormalRoutePriority: 512}" });
    expect(isRaised(plan, "192.0.2.2", localPrefOf(512))).toBe(false);
    expect(isRaised(plan, "192.0.2.2", localPrefOf(511))).toBe(true);
    expect(isRaised(plan, "2001:db8::2", localPrefOf(1023), "fd00:244::9/128")).toBe(true);
    expect(plan.localRoutes.normalPriority).toEqual({ "ipv4-unicast": 512, "ipv6-unicast": 1024 });
  });

  it("play no part when they are switched off", () => {
    const plan = planOf({ routePriorities: false });
    expect(isRaised(plan, "192.0.2.2", NORMAL_LOCAL_PREF + 1)).toBe(false);
    expect(plan.localRoutes.normalPriority).toBeNull();
    const { exportPolicy } = plan.sessions.find(({ ibgp }) => !ibgp)!;
    const workload = { prefix: prefix("10.244.1.5/32"), source: "kernel", interface: "cali1", nextHop: null } as const;
    expect(evaluatePolicy(exportPolicy, { ...workload, localPref: localPrefOf(512) }).verdict).toBe("reject");
  });
});
