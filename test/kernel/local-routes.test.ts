import { describe, expect, test } from "vitest";
import { asn } from "../../protocol/net/asn.js";
import { routerId } from "../../protocol/net/router-id.js";
import type { Rib } from "../../rib/rib.js";
import { KernelView } from "../../src/kernel/kernel-view.js";
import { LocalRoutes, type LocalRoutesOptions, localRoutesOf } from "../../src/kernel/local-routes.js";
import { bestPeer, newRib, workAll } from "../rib/rib-under-test.js";
import { ip, KernelMessages, prefix } from "./kernel-messages.js";

const BLOCK = {
  type: "block",
  prefix: prefix("10.65.0.0/26"),
  cause: { kind: "BlockAffinity", name: "a", file: "a.yaml", line: 1 },
} as const;
const SERVICE = { ...BLOCK, type: "service", prefix: prefix("10.96.0.11/32") } as const;
const PLAN: LocalRoutesOptions = {
  asNumber: asn(64512),
  routerId: routerId(0x0a000001),
  originated: [BLOCK],
  hostRoutes: [],
  localRoutes: {
    ignoredInterfaces: ["cali*", "kube-ipvs*", "docker*"],
    normalPriority: { "ipv4-unicast": 1024, "ipv6-unicast": 2048 },
  },
};

describe("localRoutesOf (Calico reference 5.1)", () => {
  test("direct: networks of interfaces that are up, but not of lo, workloads and ignored ones, nor link-local", () => {
    const routes = localRoutesOf(nodeView(), PLAN);
    expect(texts(routes, "direct")).toEqual(["10.0.0.0/24 eth0", "fd00::/64 eth0"]);
  });

  test("static: the ways to peers behind a gateway, which are told to nobody", () => {
    const hostRoutes = [{ prefix: prefix("192.20.30.40/32"), gateway: ip("10.0.0.8"), cause: BLOCK.cause }];
    const routes = localRoutesOf(nodeView(), { ...PLAN, hostRoutes });
    expect(routes.filter(({ isPrivate }) => isPrivate)).toEqual([
      expect.objectContaining({ source: "static", prefix: hostRoutes[0]!.prefix, gateway: hostRoutes[0]!.gateway }),
    ]);
    const { rib } = announced({ ...PLAN, hostRoutes });
    expect(attributes(rib, "192.20.30.40/32")).toMatchObject({ communities: [0xffffff02] }); // NO_ADVERTISE (RFC 1997)
  });

  test("kernel: routes of others, workloads included, not those the kernel makes for itself", () => {
    expect(texts(localRoutesOf(nodeView(), PLAN), "kernel")).toEqual([
      "0.0.0.0/0 eth0 via 10.0.0.254",
      "10.65.0.5/32 cali12345",
      "fd00:65::5/128 cali12345",
      "192.0.2.0/24 eth0 via 10.0.0.8", // of two the one with the lower metric
      "198.51.100.0/24 null", // a blackhole
    ]);
  });
});

describe("LocalRoutes", () => {
  test("announces every source as a peer of that name, with LOCAL_PREF 2147483647 - metric and the gateway as next hop", () => {
    const { rib } = announced();
    expect(attributes(rib, "10.65.0.0/26")).toEqual({ origin: 0, asPath: [], localPref: 2147483647 - 1024 });
    expect(attributes(rib, "fd00::/64")).toEqual({ origin: 0, asPath: [], localPref: 2147483647 - 2048 });
    expect(attributes(rib, "192.0.2.0/24")).toMatchObject({ localPref: 2147483647 - 7 });
    expect(`${attributes(rib, "192.0.2.0/24").nextHop}`).toBe("10.0.0.8");
    expect(["10.65.0.0/26", "fd00::/64", "192.0.2.0/24"].map((text) => bestPeer(rib, text))).toEqual([
      "static",
      "direct",
      "kernel",
    ]);
  });

  test("gives its routes no LOCAL_PREF when routes carry no priority", () => {
    const { rib, local } = announced();
    local.setPlan({ ...PLAN, localRoutes: { ...PLAN.localRoutes, normalPriority: null } });
    workAll(rib);
    for (const text of ["10.65.0.0/26", "192.0.2.0/24"]) expect(attributes(rib, text)).not.toHaveProperty("localPref");
  });

  test("originates blocks as static ones and addresses of Services as their own kind, and follows the plan in both", () => {
    const { rib, local } = announced({ ...PLAN, originated: [BLOCK, SERVICE] });
    const from = () => ["10.65.0.0/26", "10.96.0.11/32"].map((text) => bestPeer(rib, text));
    expect(from()).toEqual(["static", "service"]);
    local.setPlan({ ...PLAN, originated: [{ ...BLOCK, type: "service" }] });
    workAll(rib);
    expect(from()).toEqual(["service", null]);
  });

  test("another normal priority is that of what is originated, too", () => {
    const { rib, local } = announced();
    const normalPriority = { "ipv4-unicast": 512, "ipv6-unicast": 512 };
    local.setPlan({ ...PLAN, localRoutes: { ...PLAN.localRoutes, normalPriority } });
    workAll(rib);
    expect(attributes(rib, "10.65.0.0/26")).toMatchObject({ localPref: 2147483647 - 512 });
  });

  test("records the interface of each route", () => {
    const { rib } = announced();
    const table = rib.table("ipv4-unicast");
    expect(rib.attributes.interfaceName(table.best(table.find(prefix("10.65.0.5/32"))))).toBe("cali12345");
  });

  test("follows the kernel and the plan, and leaves nothing behind", () => {
    const { rib, view, local } = announced();
    view.apply(
      new KernelMessages()
        .noRoute("10.65.0.5/32", [[null, 3]], { protocol: 3 })
        .noAddress(2, "10.0.0.1/24")
        .noAddress(2, "10.0.0.2/24")
        .take(),
    );
    workAll(rib);
    expect(["10.65.0.5/32", "10.0.0.0/24"].map((text) => bestPeer(rib, text))).toEqual([null, null]);
    local.setPlan({ ...PLAN, originated: [] });
    workAll(rib);
    expect(bestPeer(rib, "10.65.0.0/26")).toBeNull();
    view.replaceInterfaces(new ArrayBuffer(0));
    view.replaceRoutes(new ArrayBuffer(0));
    workAll(rib);
    rib.checkInvariants(new Map());
    expect([rib.table("ipv4-unicast").prefixCount, rib.attributes.count]).toEqual([0, 0]);
  });

  test("another AS number or router id makes new peers with the same routes", () => {
    const { rib, local } = announced();
    local.setPlan({ ...PLAN, asNumber: asn(64513) });
    workAll(rib);
    const table = rib.table("ipv4-unicast");
    expect(rib.peer(table.bestPeer(table.find(BLOCK.prefix))).asNumber).toBe(64513);
    expect(rib.activePeers()).toHaveLength(4);
  });
});

function nodeView(): KernelView {
  const view = new KernelView();
  view.apply(
    new KernelMessages()
      .link(1, "lo")
      .link(2, "eth0")
      .link(3, "cali12345")
      .link(4, "docker0")
      .link(5, "eth9", "down")
      .address(1, "127.0.0.1/8")
      .address(1, "10.255.0.1/32")
      .address(2, "10.0.0.1/24")
      .address(2, "10.0.0.2/24")
      .address(2, "fd00::1/64")
      .address(2, "fe80::1/64")
      .address(3, "169.254.0.1/32")
      .address(4, "172.17.0.1/16")
      .address(5, "10.5.0.1/24")
      .route("10.0.0.0/24", [[null, 2]], { protocol: 2 })
      .route("0.0.0.0/0", [["10.0.0.254", 2]], { protocol: 4 })
      .route("10.65.0.5/32", [[null, 3]], { protocol: 3 })
      .route("fd00:65::5/128", [[null, 3]], { protocol: 3, metric: 1024 })
      .route("192.0.2.0/24", [["10.0.0.9", 2]], { metric: 9 })
      .route("192.0.2.0/24", [["10.0.0.8", 2]], { metric: 7 })
      .route("198.51.100.0/24", [])
      .take(),
  );
  return view;
}

function announced(plan = PLAN) {
  const rib = newRib();
  const view = nodeView();
  const local = new LocalRoutes({ rib, view });
  local.setPlan(plan);
  workAll(rib);
  return { rib, view, local };
}

function texts(routes: ReturnType<typeof localRoutesOf>, source: string): string[] {
  const ofSource = routes.filter((route) => route.source === source);
  return ofSource.map(({ prefix, gateway, interface: name }) => `${prefix} ${name}${gateway === null ? "" : ` via ${gateway}`}`);
}

function attributes(rib: Rib, text: string) {
  const table = rib.table(prefix(text).family);
  return rib.attributes.decode(table.best(table.find(prefix(text))));
}
