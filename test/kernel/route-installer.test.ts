import { describe, expect, test } from "vitest";
import { asn } from "../../protocol/net/asn.js";
import { routerId } from "../../protocol/net/router-id.js";
import { LocalRoutes, type LocalRoutesOptions } from "../../src/kernel/local-routes.js";
import { NextHopTracker } from "../../src/kernel/next-hop-tracker.js";
import { type InstallerPlan, RouteInstaller } from "../../src/kernel/route-installer.js";
import type { KernelRule, WireguardNode } from "../../src/plan/node-plan.js";
import { addPeer, announce, newRib, workAll } from "../rib/rib-under-test.js";
import { FakeKernel } from "./fake-kernel.js";
import { ip, KernelMessages, prefix } from "./kernel-messages.js";

const METRIC = 2147483647 - 100; // of a route without LOCAL_PREF
const CAUSE = { kind: "IPPool", name: "pool", file: "pool.yaml", line: 1 };

describe("RouteInstaller", () => {
  test("installs a BGP route via its next hop, with metric 2147483647 - LOCAL_PREF", () => {
    const { kernel, learn } = node();
    learn("192.0.2.0/24", { nextHop: "10.0.0.7" });
    learn("198.51.100.0/24", { nextHop: "10.0.0.7", localPref: 2147483647 - 1024 });
    expect(routes(kernel)).toEqual([`192.0.2.0/24 10.0.0.7@2 metric ${METRIC}`, "198.51.100.0/24 10.0.0.7@2 metric 1024"]);
  });

  test("replaces on another next hop or LOCAL_PREF, and only then", () => {
    const { kernel, learn } = node();
    learn("192.0.2.0/24", { nextHop: "10.0.0.7" });
    learn("192.0.2.0/24", { nextHop: "10.0.0.7", med: 5 });
    expect(kernel.rows).toBe(1);
    learn("192.0.2.0/24", { nextHop: "10.0.0.8" });
    learn("192.0.2.0/24", { nextHop: "10.0.0.8", localPref: 200 });
    expect(routes(kernel)).toEqual([`192.0.2.0/24 10.0.0.8@2 metric ${METRIC - 100}`]);
    expect([kernel.rows, kernel.groupCount]).toEqual([3, 1]);
  });

  test("withdraws, and then holds no prefix, no group and no attribute set", () => {
    const { kernel, rib, peer, learn, work } = node();
    learn("192.0.2.0/24", { nextHop: "10.0.0.7" });
    learn("2001:db8::/32", { nextHop: "fd00::7" });
    rib.withdrawPrefix(peer, prefix("192.0.2.0/24"));
    rib.withdrawPrefix(peer, prefix("2001:db8::/32"));
    work();
    expect([routes(kernel), kernel.groupCount, rib.attributes.count]).toEqual([[], 0, 0]);
    rib.checkInvariants(new Map());
  });

  test("equal paths become one route with all their hops", () => {
    const { kernel, rib, learn, work } = node();
    learn("192.0.2.0/24", { nextHop: "10.0.0.7" });
    const second = addPeer(rib, { name: "tor2", routerId: 0x0a000102, address: 0x0a000102 });
    announce(rib, second, "192.0.2.0/24", { nextHop: "10.9.0.7" });
    work();
    expect(routes(kernel)).toEqual([`192.0.2.0/24 10.0.0.7@2 10.9.0.7@3 metric ${METRIC}`]);
    rib.removePeer(second);
    work();
    expect(routes(kernel)).toEqual([`192.0.2.0/24 10.0.0.7@2 metric ${METRIC}`]);
  });

  test("a next hop without a way is not installed, says why, and is once there is one", () => {
    const { kernel, installer, learn, work } = node();
    learn("192.0.2.0/24", { nextHop: "172.16.0.7" });
    expect(routes(kernel)).toEqual([]);
    expect(installer.explain(prefix("192.0.2.0/24"))).toEqual({ wanted: false, reason: "no path to this prefix is usable" });
    kernel.view.apply(new KernelMessages().route("172.16.0.0/12", [["10.9.0.254", 3]]).take());
    work();
    expect(routes(kernel)).toEqual([`192.0.2.0/24 10.9.0.254@3 metric ${METRIC}`]);
    kernel.view.apply(new KernelMessages().replacedRoute("172.16.0.0/12", [["10.9.0.253", 3]]).take());
    work();
    expect(routes(kernel)).toEqual([`192.0.2.0/24 10.9.0.253@3 metric ${METRIC}`]);
    kernel.view.apply(new KernelMessages().link(3, "eth1", "no-carrier").take());
    work();
    expect(routes(kernel)).toEqual([]);
  });

  test("a link that goes down moves a multipath route to the hops that are left", () => {
    const { kernel, rib, learn, work } = node();
    learn("192.0.2.0/24", { nextHop: "10.0.0.7" });
    announce(rib, addPeer(rib, { name: "tor2", routerId: 0x0a000102, address: 0x0a000102 }), "192.0.2.0/24", {
      nextHop: "10.9.0.7",
    });
    work();
    kernel.view.apply(new KernelMessages().link(2, "eth0", "no-carrier").take());
    work();
    expect(routes(kernel)).toEqual([`192.0.2.0/24 10.9.0.7@3 metric ${METRIC}`]);
  });

  test("blocks of our own are blackholes at the normal priority; direct and kernel routes are the kernel's own", () => {
    const { kernel, rib, installer, work } = node();
    new LocalRoutes({ rib, view: kernel.view }).setPlan(own("10.65.0.0/26"));
    work();
    expect(routes(kernel)).toEqual(["10.65.0.0/26 blackhole metric 1024"]);
    expect(installer.explain(prefix("10.0.0.0/24"))).toEqual({
      wanted: false,
      reason: "the best path is the kernel's own (direct)",
    });
  });

  test("routes to another WireGuard node are Felix's, whatever the rules say, for as long as both run it", () => {
    const { kernel, installer, learn, work } = node();
    const wireguardNodes = [{ address: ip("10.0.0.7"), cause: { kind: "Node", name: "node-b", file: "nodes.yaml", line: 1 } }];
    learn("10.65.1.0/26", { nextHop: "10.0.0.7" });
    learn("10.65.2.0/26", { nextHop: "10.0.0.8" });
    installer.setPlan(plan([rule("10.65.0.0/16", "plain")], wireguardNodes));
    work();
    expect(routes(kernel)).toEqual([`10.65.2.0/26 10.0.0.8@2 metric ${METRIC}`]);
    expect(installer.explain(prefix("10.65.1.0/26"))).toEqual({
      wanted: false,
      reason: "routes via 10.0.0.7 are left to Felix, which runs WireGuard there (Node node-b)",
    });
    installer.setPlan(plan([rule("10.65.0.0/16", "plain")]));
    work();
    expect(routes(kernel)).toEqual([`10.65.1.0/26 10.0.0.7@2 metric ${METRIC}`, `10.65.2.0/26 10.0.0.8@2 metric ${METRIC}`]);
  });

  test("the first rule that holds a prefix decides: skip, tunnel, tunnel unless in the subnet (Calico reference 5.6)", () => {
    const { kernel, installer, learn, work } = node();
    installer.setPlan(
      plan([
        rule("10.65.0.0/16", "skip"),
        rule("10.66.0.0/16", "tunnel"),
        rule("10.67.0.0/16", "tunnel-unless-subnet", "10.0.0.0/24"),
        rule("10.64.0.0/13", "plain"),
      ]),
    );
    for (const block of ["10.65.1.0/26", "10.66.1.0/26", "10.67.1.0/26", "10.68.1.0/26"]) learn(block, { nextHop: "10.0.0.7" });
    learn("10.67.2.0/26", { nextHop: "10.9.0.7" });
    expect(routes(kernel)).toEqual([`10.67.1.0/26 10.0.0.7@2 metric ${METRIC}`, `10.68.1.0/26 10.0.0.7@2 metric ${METRIC}`]);
    expect(installer.explain(prefix("10.66.1.0/26"))).toEqual({
      wanted: false,
      reason: "there is no device tunl0 for the tunnel to 10.0.0.7",
    });
    expect(installer.explain(prefix("10.65.1.0/26"))).toMatchObject({
      reason: "routes inside 10.65.0.0/16 are left to Felix (IPPool pool)",
    });
    kernel.view.apply(new KernelMessages().link(9, "tunl0").take());
    work();
    expect(routes(kernel)).toEqual([
      `10.66.1.0/26 10.0.0.7@9! metric ${METRIC}`,
      `10.67.1.0/26 10.0.0.7@2 metric ${METRIC}`,
      `10.67.2.0/26 10.9.0.7@9! metric ${METRIC}`,
      `10.68.1.0/26 10.0.0.7@2 metric ${METRIC}`,
    ]);
    installer.setPlan(plan([]));
    work();
    expect(routes(kernel)).toHaveLength(5);
    expect(routes(kernel).every((route) => !route.includes("@9"))).toBe(true);
  });

  test("a block of our own that Felix programs has no blackhole", () => {
    const { kernel, rib, installer, work } = node();
    installer.setPlan(plan([rule("10.65.0.0/16", "skip")]));
    new LocalRoutes({ rib, view: kernel.view }).setPlan(own("10.65.0.0/26"));
    work();
    expect(routes(kernel)).toEqual([]);
  });

  test("addresses of Services are never put into the kernel, whether a rule is for them or not", () => {
    const { kernel, rib, installer, work } = node();
    const local = new LocalRoutes({ rib, view: kernel.view });
    local.setPlan(own("10.65.0.0/26", "service"));
    work();
    expect(routes(kernel)).toEqual([]);
    expect(installer.explain(prefix("10.65.0.0/26"))).toEqual({
      wanted: false,
      reason: "addresses of Services are announced, but never put into the kernel",
    });
    local.setPlan(own("10.65.0.0/26"));
    work();
    expect(routes(kernel)).toEqual(["10.65.0.0/26 blackhole metric 1024"]);
    local.setPlan(own("10.65.0.0/26", "service"));
    work();
    expect(routes(kernel)).toEqual([]);
  });

  test("a peer behind a gateway has a route by it, whatever the rules say, and what it announces leaves that way", () => {
    const { kernel, rib, tracker, installer, learn, work } = node();
    const hostRoutes = [{ prefix: prefix("192.20.30.40/32"), gateway: ip("10.0.0.254"), cause: CAUSE }];
    const local = new LocalRoutes({ rib, view: kernel.view });
    const follow = (routes: LocalRoutesOptions["hostRoutes"]) => {
      tracker.setHostRoutes(routes);
      local.setPlan({ ...own("10.65.0.0/26"), originated: [], hostRoutes: routes });
      work();
    };
    installer.setPlan(plan([rule("192.20.0.0/16", "skip")]));
    follow(hostRoutes);
    learn("198.51.100.0/24", { nextHop: "192.20.30.40" });
    expect(routes(kernel)).toEqual(["192.20.30.40/32 10.0.0.254@2 metric 1024", `198.51.100.0/24 10.0.0.254@2 metric ${METRIC}`]);
    follow([{ ...hostRoutes[0]!, gateway: ip("10.9.0.254") }]);
    expect(routes(kernel)).toEqual(["192.20.30.40/32 10.9.0.254@3 metric 1024", `198.51.100.0/24 10.9.0.254@3 metric ${METRIC}`]);
    follow([]);
    expect(routes(kernel)).toEqual([]);
  });

  test("a host route by a gateway without a way is not installed", () => {
    const { kernel, rib, tracker, work } = node();
    const hostRoutes = [{ prefix: prefix("192.20.30.40/32"), gateway: ip("172.16.0.1"), cause: CAUSE }];
    tracker.setHostRoutes(hostRoutes);
    new LocalRoutes({ rib, view: kernel.view }).setPlan({ ...own("10.65.0.0/26"), originated: [], hostRoutes });
    work();
    expect(routes(kernel)).toEqual([]);
  });

  test("nor are those of other nodes inside a range that a rule is for", () => {
    const { kernel, installer, learn } = node();
    const cause = { kind: "BGPConfiguration", name: "default", file: "bgp.yaml", line: 4 };
    installer.setPlan(plan([{ ...rule("10.96.0.0/12", "skip"), cause }]));
    learn("10.96.0.11/32", { nextHop: "10.0.0.7" });
    learn("10.112.0.11/32", { nextHop: "10.0.0.7" });
    expect(routes(kernel)).toEqual([`10.112.0.11/32 10.0.0.7@2 metric ${METRIC}`]);
    expect(installer.explain(prefix("10.96.0.11/32"))).toEqual({
      wanted: false,
      reason: "routes inside 10.96.0.0/12 stay out of the kernel: addresses of Services (BGPConfiguration default)",
    });
  });

  test("explain shows the hops and the metric of what is wanted", () => {
    const { installer, learn } = node();
    learn("192.0.2.0/24", { nextHop: "10.0.0.7" });
    const wanted = installer.explain(prefix("192.0.2.0/24"));
    expect(wanted).toMatchObject({ wanted: true, metric: METRIC, hops: [{ ifindex: 2 }] });
    expect(installer.explain(prefix("203.0.113.0/24"))).toEqual({ wanted: false, reason: "no path to this prefix is known" });
  });
});

/** eth0 (2) has 10.0.0.1/24 and fd00::1/64, eth1 (3) has 10.9.0.1/24. */
function node() {
  const rib = newRib();
  const kernel = new FakeKernel();
  kernel.view.apply(
    new KernelMessages()
      .link(2, "eth0")
      .link(3, "eth1")
      .address(2, "10.0.0.1/24")
      .route("10.0.0.0/24", [[null, 2]], { protocol: 2 })
      .route("10.9.0.0/24", [[null, 3]], { protocol: 2 })
      .route("fd00::/64", [[null, 2]], { protocol: 2 })
      .take(),
  );
  const tracker = new NextHopTracker({ rib, view: kernel.view });
  const installer = new RouteInstaller({ rib, kernel, tracker });
  installer.setPlan(plan([]));
  const peer = addPeer(rib);
  const work = () => {
    workAll(rib);
    while (installer.work(1000));
  };
  const learn = (text: string, path: Parameters<typeof announce>[3]) => {
    announce(rib, peer, text, path);
    work();
  };
  return { rib, kernel, tracker, installer, peer, work, learn };
}

function plan(kernelRules: readonly KernelRule[], wireguardNodes: readonly WireguardNode[] = []): InstallerPlan {
  return {
    kernelRules,
    wireguardNodes,
    localRoutes: { ignoredInterfaces: [], normalPriority: { "ipv4-unicast": 1024, "ipv6-unicast": 1024 } },
  };
}

function own(block: string, type: "block" | "service" = "block"): LocalRoutesOptions {
  const { localRoutes } = plan([]);
  return {
    asNumber: asn(64512),
    routerId: routerId(1),
    originated: [{ type, prefix: prefix(block), cause: CAUSE }],
    hostRoutes: [],
    localRoutes,
  };
}

function rule(cidr: string, action: KernelRule["action"], subnet: string | null = null): KernelRule {
  return { cidr: prefix(cidr), action, subnet: subnet === null ? null : prefix(subnet), cause: CAUSE };
}

function routes(kernel: FakeKernel): string[] {
  return [...kernel.routes].map(([prefix, way]) => `${prefix} ${way}`).sort();
}
