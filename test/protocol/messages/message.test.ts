import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CodecOptions } from "../../../protocol/messages/codec-options.js";
import { describeMessage } from "../../../protocol/messages/describe.js";
import { decodeMessage, encodeMessage, type Message } from "../../../protocol/messages/message.js";
import { anyCodecOptions, anyMessage } from "../../arbitraries.js";
import { BIRD, FRR, GOBGP } from "../../golden/captured.js";
import { fromHex, messageOf, toHex } from "../../golden/hex.js";
import { EXTERNAL, INTERNAL } from "../../golden/options.js";

const anySessionAndMessage = anyCodecOptions.chain((options) => fc.tuple(fc.constant(options), anyMessage(options)));

describe("decodeMessage", () => {
  test("gives back what encodeMessage was given, for every message and session", () => {
    fc.assert(
      fc.property(anySessionAndMessage, ([options, message]) => {
        expect(decodeMessage(encodeMessage(message, options), options)).toEqual({ ok: true, value: message });
      }),
      { numRuns: 1000 },
    );
  });

  test("answers any bytes with a Result, never an exception", () => {
    const type = fc.integer({ min: 0, max: 6 });
    fc.assert(
      fc.property(type, fc.uint8Array({ maxLength: 120 }), anyCodecOptions, (type, body, options) => {
        const result = decodeMessage(messageOf(type, body), options);
        if (!result.ok) expect(result.error.action).toBe("session-reset");
        describeMessage(messageOf(type, body), options);
      }),
      { numRuns: 2000 },
    );
  });

  test("answers a message with a few octets changed with a Result", () => {
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(anySessionAndMessage, fc.array(change, { minLength: 1, maxLength: 4 }), ([options, message], changes) => {
        const bytes = encodeMessage(message, options);
        for (const [at, value] of changes) bytes[19 + (at % Math.max(1, bytes.length - 19))] = value;
        decodeMessage(bytes, options);
        describeMessage(bytes, options);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ["too short for a header", new Uint8Array(5)],
    ["longer than its header says", Uint8Array.from([...messageOf(4, []), 0])],
  ])("refuses bytes that are %s (1/2)", (_what, bytes) => {
    expect(decodeMessage(bytes, EXTERNAL)).toMatchObject({ ok: false, error: { code: 1, subcode: 2 } });
  });
});

describe("captured messages", () => {
  const addPath: CodecOptions = { ...EXTERNAL, addPath: new Set(["ipv4-unicast"]) };
  const decodeHex = (hex: string, options: CodecOptions): Message => {
    const result = decodeMessage(fromHex(hex), options);
    if (!result.ok) throw new Error(result.error.detail);
    return result.value;
  };

  test.each([
    ["BIRD's OPEN", BIRD.open, EXTERNAL],
    ["BIRD's KEEPALIVE", BIRD.keepalive, EXTERNAL],
    ["BIRD's UPDATE with path identifiers", BIRD.updateWithPathIds, addPath],
    ["BIRD's IPv6 UPDATE", BIRD.updateIpv6, EXTERNAL],
    ["BIRD's End-of-RIB markers", BIRD.endOfRibIpv4, EXTERNAL],
    ["BIRD's IPv6 End-of-RIB marker", BIRD.endOfRibIpv6, EXTERNAL],
    ["FRR's OPEN", FRR.open, INTERNAL],
    ["FRR's IPv6 UPDATE", FRR.updateIpv6, INTERNAL],
    ["FRR's UPDATE with communities", FRR.updateWithCommunities, { ...INTERNAL, loopback: true }],
    ["FRR's UPDATE of an aggregate", FRR.updateOfAggregate, { ...INTERNAL, loopback: true }],
    ["GoBGP's OPEN", GOBGP.open, EXTERNAL],
    ["GoBGP's UPDATE", GOBGP.updateOutOfOrder, EXTERNAL],
    ["GoBGP's IPv6 UPDATE", GOBGP.updateIpv6, EXTERNAL],
  ])("%s survives decoding and encoding", (_what, hex, options) => {
    const message = decodeHex(hex, options);
    expect(message).not.toHaveProperty("faults.0");
    expect(decodeHex(toHex(encodeMessage(message, options)), options)).toEqual(message);
  });

  test("BIRD's IPv4 UPDATE and End-of-RIB markers are encoded to the same octets", () => {
    for (const hex of [BIRD.updateWithPathIds, BIRD.endOfRibIpv4, BIRD.endOfRibIpv6, BIRD.keepalive]) {
      expect(toHex(encodeMessage(decodeHex(hex, addPath), addPath))).toBe(hex);
    }
  });

  test("BIRD's OPEN is encoded to the same capabilities, one parameter each", () => {
    expect(decodeHex(BIRD.open, EXTERNAL)).toMatchObject({
      myAs: 23456,
      holdTimeSeconds: 240,
      capabilities: [
        { type: "multiprotocol", afi: 1, safi: 1 },
        { type: "multiprotocol", afi: 2, safi: 1 },
        { type: "route-refresh" },
        { type: "graceful-restart", restarting: false, restartTimeSeconds: 120, families: [] },
        { type: "four-octet-as", asNumber: 4200000001 },
        { type: "add-path", families: [{ afi: 1, safi: 1, mode: "send" }] },
        { type: "enhanced-route-refresh" },
        { type: "unknown", code: 71 },
      ],
    });
  });
});
