import { describe, expect, test } from "vitest";
import { describeMessage } from "../../../protocol/messages/describe.js";
import { BIRD, FRR } from "../../golden/captured.js";
import { fromHex, messageOf, updateOf } from "../../golden/hex.js";
import { EXTERNAL, INTERNAL } from "../../golden/options.js";

describe("describeMessage", () => {
  test("shows prefixes with path identifiers under ADD-PATH, and attributes as texts", () => {
    const options = { ...EXTERNAL, addPath: new Set(["ipv4-unicast" as const]) };
    expect(describeMessage(fromHex(BIRD.updateWithPathIds), options)).toEqual({
      type: "update",
      withdrawn: [],
      announced: [
        { prefix: "198.51.100.0/25", pathId: 2 },
        { prefix: "203.0.113.0/24", pathId: 2 },
      ],
      attributes: {
        origin: "IGP",
        asPath: "4200000001",
        nextHop: "192.0.2.1",
        communities: ["65001:100"],
        extendedCommunities: ["rt:65001:7"],
        largeCommunities: ["65001:1:2"],
      },
    });
  });

  test("puts what is treated as withdrawn under withdrawn, and says why", () => {
    expect(describeMessage(fromHex(FRR.updateWithCommunities), INTERNAL)).toMatchObject({
      type: "update",
      announced: [],
      withdrawn: ["192.0.2.128/25", "203.0.113.0/24"],
      error: {
        code: 3,
        subcode: 8,
        action: "treat-as-withdraw",
        detail: "NEXT_HOP 127.0.0.1 is no host address",
        data: "4003047f000001",
      },
    });
  });

  test("states the strongest of several faults, and all of them", () => {
    const bytes = updateOf({ attributes: "400101 03 400200 400304c0000201 400504 00000064", nlri: "18 0a0000" });
    const description = describeMessage(bytes, EXTERNAL);
    expect(description["error"]).toMatchObject({ subcode: 6, action: "treat-as-withdraw" });
    expect(description["errors"]).toMatchObject([{ subcode: 6 }, { action: "attribute-discard" }]);
  });

  test("names families and attributes that are passed over", () => {
    const bytes = updateOf({ attributes: "400101 00 800e 05 4004470000 801a 03 010203" });
    expect(describeMessage(bytes, EXTERNAL)).toMatchObject({ announced: [], ignoredFamilies: ["16388/71"] });
    const withAigp = updateOf({ attributes: "400101 00 400200 400304c0000201 801a 03 010203", nlri: "18 0a0000" });
    expect(describeMessage(withAigp, EXTERNAL)["ignoredAttributes"]).toEqual([{ type: 26, flags: 0x80, value: "010203" }]);
  });

  test("shows both next hops of a message with IPv4 and IPv6 prefixes", () => {
    const reach = "800e 1a 0002 01 10 20010db8000000000000000000000001 00 20 20010db8";
    const bytes = updateOf({ attributes: `400101 00 400200 400304c0000201 ${reach}`, nlri: "18 0a0000" });
    expect(describeMessage(bytes, EXTERNAL)).toMatchObject({
      announced: ["10.0.0.0/24", "2001:db8::/32"],
      attributes: { nextHop: "192.0.2.1", mpNextHop: "2001:db8::1" },
    });
  });

  test("shows the fields of the other messages", () => {
    expect(describeMessage(fromHex(BIRD.open), EXTERNAL)).toMatchObject({
      type: "open",
      version: 4,
      asNumber: 4200000001,
      holdTimeSeconds: 240,
      routerId: "192.0.2.1",
    });
    expect(describeMessage(messageOf(3, [6, 2, 3, 0x62, 0x79, 0x65]), EXTERNAL)).toEqual({
      type: "notification",
      code: 6,
      subcode: 2,
      data: "03627965",
      description: 'Cease: Administrative Shutdown "bye"',
      communication: "bye",
    });
    expect(describeMessage(messageOf(5, [0, 1, 0, 1]), EXTERNAL)).toMatchObject({
      type: "route-refresh",
      afi: 1,
      subtype: "request",
    });
    expect(describeMessage(messageOf(4, []), EXTERNAL)).toEqual({ type: "keepalive" });
    expect(describeMessage(fromHex(BIRD.endOfRibIpv6), EXTERNAL)).toMatchObject({ endOfRib: "ipv6-unicast" });
  });

  test("answers bytes that are no message with an error", () => {
    expect(describeMessage(new Uint8Array(3), EXTERNAL)).toMatchObject({ type: "unknown", error: { code: 1, subcode: 2 } });
    expect(describeMessage(messageOf(2, [0, 9, 0, 0]), EXTERNAL)).toMatchObject({
      type: "update",
      withdrawn: [],
      error: { code: 3, subcode: 1 },
    });
    expect(describeMessage(messageOf(9, []), EXTERNAL)).toMatchObject({
      type: "unknown",
      error: { code: 1, subcode: 3, data: "09" },
    });
  });
});
