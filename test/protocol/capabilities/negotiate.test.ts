import { describe, expect, test } from "vitest";
import type { Capability } from "../../../protocol/capabilities/capability.js";
import { type LocalOpen, negotiate } from "../../../protocol/capabilities/negotiate.js";
import type { OpenMessage } from "../../../protocol/messages/open.js";
import { asn } from "../../../protocol/net/asn.js";
import { routerId } from "../../../protocol/net/router-id.js";

const IPV4: Capability = { type: "multiprotocol", afi: 1, safi: 1 };
const IPV6: Capability = { type: "multiprotocol", afi: 2, safi: 1 };
const VPNV4: Capability = { type: "multiprotocol", afi: 1, safi: 128 };

function ours(capabilities: readonly Capability[], rest: Partial<LocalOpen> = {}): LocalOpen {
  return {
    asNumber: asn(65001),
    holdTimeSeconds: 90,
    keepaliveSeconds: null,
    routerId: routerId(1),
    peerAs: asn(65002),
    capabilities,
    ...rest,
  };
}

function theirs(capabilities: readonly Capability[], rest: Partial<OpenMessage> = {}): OpenMessage {
  return { type: "open", version: 4, myAs: asn(65002), holdTimeSeconds: 180, routerId: routerId(2), capabilities, ...rest };
}

describe("families", () => {
  test.each([
    ["both sides name", [IPV4, IPV6], [IPV6, VPNV4], ["ipv6-unicast"]],
    ["IPv4 unicast, when neither names any (RFC 4760 §8)", [], [], ["ipv4-unicast"]],
    ["IPv4 unicast, when one names it and the other none", [IPV4], [], ["ipv4-unicast"]],
    ["none, when they have none in common", [IPV4], [IPV6], []],
  ])("are those that %s", (_what, mine, peer, expected) => {
    const negotiated = negotiate(ours(mine), theirs(peer));
    expect(negotiated.families).toEqual(expected);
    expect([...negotiated.receive.families]).toEqual(expected);
    expect(negotiated.send.families).toEqual(negotiated.receive.families);
  });
});

describe("AS numbers (RFC 6793 §4.1)", () => {
  const four = (as: number): Capability => ({ type: "four-octet-as", asNumber: asn(as) });

  test("have four octets when both sides can", () => {
    expect(negotiate(ours([four(65001)]), theirs([four(4200000001)], { myAs: asn(23456) }))).toMatchObject({
      peerAs: 4200000001,
      internal: false,
      receive: { fourOctetAs: true },
      send: { fourOctetAs: true },
    });
    expect(negotiate(ours([]), theirs([four(65002)]))).toMatchObject({ peerAs: 65002, receive: { fourOctetAs: false } });
    expect(negotiate(ours([four(65001)]), theirs([]))).toMatchObject({ peerAs: 65002, receive: { fourOctetAs: false } });
  });

  test("that are equal make the session internal", () => {
    expect(negotiate(ours([]), theirs([], { myAs: asn(65001) }))).toMatchObject({ internal: true, receive: { internal: true } });
  });
});

describe("timers (RFC 4271 §4.2, §10)", () => {
  test.each([
    [90, null, 180, 90, 30],
    [90, null, 30, 30, 10],
    [90, 20, 180, 90, 20],
    [90, 20, 9, 9, 3],
    [3, null, 3, 3, 1],
    [0, 20, 180, 0, 0],
    [90, null, 0, 0, 0],
  ])(
    "hold %i with keepalive %s against hold %i make %i and %i",
    (hold, keepalive, peerHold, holdTimeSeconds, keepaliveSeconds) => {
      const local = ours([], { holdTimeSeconds: hold, keepaliveSeconds: keepalive });
      expect(negotiate(local, theirs([], { holdTimeSeconds: peerHold }))).toMatchObject({ holdTimeSeconds, keepaliveSeconds });
    },
  );
});

describe("ADD-PATH (RFC 7911 §4)", () => {
  const addPath = (mode: "receive" | "send" | "both"): Capability => ({
    type: "add-path",
    families: [{ afi: 1, safi: 1, mode }],
  });

  test.each([
    ["both", "both", true, true],
    ["receive", "send", true, false],
    ["send", "receive", false, true],
    ["receive", "receive", false, false],
    ["send", "both", false, true],
  ] as const)("we %s, the peer %s: receive %s, send %s", (mine, peer, receive, send) => {
    const negotiated = negotiate(ours([IPV4, addPath(mine)]), theirs([IPV4, addPath(peer)]));
    expect(negotiated.receive.addPath.has("ipv4-unicast")).toBe(receive);
    expect(negotiated.send.addPath.has("ipv4-unicast")).toBe(send);
  });

  test("needs the family", () => {
    const negotiated = negotiate(ours([IPV6, addPath("both")]), theirs([IPV6, addPath("both")]));
    expect(negotiated.receive.addPath.size).toBe(0);
  });
});

describe("the rest", () => {
  const LONG: Capability = { type: "extended-message" };

  test("long messages: we take them when we said so, and send them when the peer did too (RFC 8654 §4)", () => {
    const lengths = (mine: readonly Capability[], peer: readonly Capability[]) => {
      const { receive, send } = negotiate(ours(mine), theirs(peer));
      return [receive.maxMessageLength, send.maxMessageLength];
    };
    expect(lengths([LONG], [LONG])).toEqual([65535, 65535]);
    expect(lengths([LONG], [])).toEqual([65535, 4096]);
    expect(lengths([], [LONG])).toEqual([4096, 4096]);
  });

  test("IPv6 next hops for IPv4: the same (RFC 8950 §4)", () => {
    const extended: Capability = { type: "extended-next-hop", families: [{ afi: 1, safi: 1, nextHopAfi: 2 }] };
    expect(negotiate(ours([extended]), theirs([extended]))).toMatchObject({
      receive: { extendedNextHop: true },
      send: { extendedNextHop: true },
    });
    expect(negotiate(ours([extended]), theirs([])).send.extendedNextHop).toBe(false);
    expect(negotiate(ours([]), theirs([extended])).receive.extendedNextHop).toBe(false);
  });

  test("ROUTE-REFRESH needs the peer alone, its marks both (RFC 2918, RFC 7313)", () => {
    const both: readonly Capability[] = [{ type: "route-refresh" }, { type: "enhanced-route-refresh" }];
    expect(negotiate(ours([]), theirs(both))).toMatchObject({ routeRefresh: true, enhancedRouteRefresh: false });
    expect(negotiate(ours(both), theirs(both))).toMatchObject({ routeRefresh: true, enhancedRouteRefresh: true });
    expect(negotiate(ours(both), theirs([]))).toMatchObject({ routeRefresh: false, enhancedRouteRefresh: false });
  });

  test("graceful restart is the peer's, when both can (RFC 4724 §4)", () => {
    const restart = (restartTimeSeconds: number): Capability => ({
      type: "graceful-restart",
      restarting: false,
      notification: true,
      restartTimeSeconds,
      families: [],
    });
    expect(negotiate(ours([restart(10)]), theirs([restart(20)])).gracefulRestart).toEqual(restart(20));
    expect(negotiate(ours([]), theirs([restart(20)])).gracefulRestart).toBeNull();
    expect(negotiate(ours([restart(10)]), theirs([])).gracefulRestart).toBeNull();
  });
});
