import { describe, expect, test } from "vitest";
import { KernelView } from "../../src/kernel/kernel-view.js";
import { NextHopResolver } from "../../src/kernel/next-hop-resolver.js";
import { ip, KernelMessages } from "./kernel-messages.js";

// eth0 (2): 10.0.0.1/24, fd00::1/64; eth1 (3): 10.9.0.1/24; cali1 (4): workload

describe("NextHopResolver", () => {
  test("a next hop on a connected network is its own gateway, at no cost", () => {
    expect(resolve("10.0.0.7")).toEqual({ reachable: true, ways: ["10.0.0.7@2"], metric: 0, interface: "eth0" });
    expect(resolve("fd00::7")).toEqual({ reachable: true, ways: ["fd00::7@2"], metric: 0, interface: "eth0" });
  });

  test("a next hop behind a gateway costs what the kernel's route does", () => {
    const more = new KernelMessages().route("172.16.0.0/16", [["10.0.0.254", 2]], { metric: 30 });
    expect(resolve("172.16.5.5", more)).toEqual({ reachable: true, ways: ["10.0.0.254@2"], metric: 30, interface: "eth0" });
  });

  test("the longest prefix decides, then the lowest metric", () => {
    const more = new KernelMessages()
      .route("0.0.0.0/0", [["10.0.0.254", 2]])
      .route("172.16.0.0/16", [["10.9.0.254", 3]], { metric: 9 })
      .route("172.16.0.0/16", [["10.9.0.253", 3]], { metric: 8 });
    expect(resolve("172.16.5.5", more)).toMatchObject({ ways: ["10.9.0.253@3"] });
    expect(resolve("192.0.2.1", more)).toMatchObject({ ways: ["10.0.0.254@2"] });
  });

  test("a multipath route of the kernel gives several hops; a link without carrier gives none", () => {
    const ways = [
      ["10.0.0.254", 2],
      ["10.9.0.254", 3],
    ] as const;
    expect(resolve("192.0.2.1", new KernelMessages().route("0.0.0.0/0", ways))).toMatchObject({
      ways: ["10.0.0.254@2", "10.9.0.254@3"],
    });
    const noCarrier = new KernelMessages().route("0.0.0.0/0", ways).link(2, "eth0", "no-carrier");
    expect(resolve("192.0.2.1", noCarrier)).toMatchObject({ ways: ["10.9.0.254@3"], interface: "eth1" });
    expect(resolve("10.0.0.7", noCarrier)).toEqual({
      reachable: false,
      reason: "the link of the route 10.0.0.0/24 to 10.0.0.7 is down",
    });
  });

  test("an on-link gateway stays one", () => {
    const more = new KernelMessages().route("0.0.0.0/0", [["169.254.1.1", 2, "onlink"]]);
    expect(resolve("192.0.2.1", more)).toMatchObject({ ways: ["169.254.1.1@2!"] });
    expect(resolve("169.254.1.1", more)).toMatchObject({ ways: ["169.254.1.1@2!"] });
  });

  test("an address of this host, a blackhole and an address without a route are no next hops", () => {
    expect(resolve("10.0.0.1")).toEqual({ reachable: false, reason: "10.0.0.1 is an address of this host" });
    expect(resolve("192.0.2.1")).toEqual({ reachable: false, reason: "there is no route to 192.0.2.1" });
    const more = new KernelMessages().route("192.0.2.0/24", []);
    expect(resolve("192.0.2.1", more)).toEqual({ reachable: false, reason: "the route 192.0.2.0/24 to 192.0.2.1 leads nowhere" });
  });

  test("a link-local next hop needs its interface", () => {
    expect(resolve("fe80::7")).toMatchObject({ reachable: false });
    expect(resolve("fe80::7", undefined, "eth1")).toEqual({ reachable: true, ways: ["fe80::7@3"], metric: 0, interface: "eth1" });
    expect(resolve("fe80::7", undefined, "eth7")).toEqual({ reachable: false, reason: "the link eth7 of fe80::7 is down" });
  });
});

function resolve(address: string, more = new KernelMessages(), interfaceName: string | null = null) {
  const view = new KernelView();
  const base = new KernelMessages()
    .link(2, "eth0")
    .link(3, "eth1")
    .link(4, "cali1")
    .address(2, "10.0.0.1/24")
    .address(2, "fd00::1/64")
    .address(3, "10.9.0.1/24")
    .route("10.0.0.0/24", [[null, 2]], { protocol: 2 })
    .route("10.9.0.0/24", [[null, 3]], { protocol: 2 })
    .route("fd00::/64", [[null, 2]], { protocol: 2, metric: 256 });
  view.apply(base.take());
  view.apply(more.take());
  const resolution = new NextHopResolver(view).resolve(ip(address), interfaceName);
  if (!resolution.reachable) return resolution;
  const { hops, ...rest } = resolution;
  return { ...rest, ways: hops.map((hop) => `${hop.gateway}@${hop.ifindex}${hop.onlink ? "!" : ""}`) };
}
