import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeAttributes } from "../../../protocol/attributes/decode-attributes.js";
import type { CodecOptions } from "../../../protocol/messages/codec-options.js";
import { encodeMessage } from "../../../protocol/messages/message.js";
import { decodeUpdate, type RoutePrefix, readPrefixes } from "../../../protocol/messages/update.js";
import { UpdateReader } from "../../../protocol/messages/update-reader.js";
import { anyCodecOptions, anyUpdate } from "../../arbitraries.js";
import { BIRD } from "../../golden/captured.js";
import { fromHex, messageOf, toHex, updateOf } from "../../golden/hex.js";
import { EXTERNAL } from "../../golden/options.js";

const ORIGIN = "400101 00";
const AS_PATH = "400206 0201 0000fde9";
const NEXT_HOP = "400304 c0000201";
const MED = "800404 0000000a";
const REACH6 = "800e1a 0002 01 10 20010db8000000000000000000000001 00 20 20010db8";
const REACH6_CUT = "800e15 0002 01 10 20010db8000000000000000000000001 00";
const UNREACH6 = "800f08 0002 01 20 20010db9";

function read(bytes: Uint8Array, options: CodecOptions = EXTERNAL) {
  const reader = new UpdateReader(options);
  return { reader, error: reader.read(bytes, 0, bytes.length) };
}

/** What the reader found, in texts; lists in hex. */
function splitOf(bytes: Uint8Array, options: CodecOptions = EXTERNAL) {
  const { reader, error } = read(bytes, options);
  expect(error).toBeNull();
  return {
    withdrawn: reader.withdrawals.map((slot) => (slot.present ? readPrefixes(slot.nlri).map(textOf).join(" ") : null)),
    announced: reader.announcements.map((slot) =>
      slot.present
        ? `${readPrefixes(slot.nlri).map(({ prefix }) => prefix)} ${toHex(slot.bytes.subarray(slot.start, slot.end))}`
        : null,
    ),
  };
}

function textOf({ prefix, pathId }: RoutePrefix): string {
  return `${prefix} ${pathId ?? ""}`;
}

const plain = (text: string) => text.replace(/\s/g, "");

describe("UpdateReader.read", () => {
  test("leaves the attribute list of a plain IPv4 UPDATE where it is", () => {
    const bytes = updateOf({ attributes: ORIGIN + AS_PATH + NEXT_HOP, nlri: "18 0a0000" });
    const { reader } = read(bytes);
    expect(reader.announcements[0]).toMatchObject({ present: true, start: 23, end: 43, family: "ipv4-unicast" });
    expect(reader.announcements[0].bytes).toBe(bytes);
  });

  test("gives IPv6 prefixes a list with MP_REACH_NLRI cut down, in its place, without NEXT_HOP", () => {
    const communities = "c01008 0002fde900000001";
    const { announced } = splitOf(updateOf({ attributes: REACH6 + ORIGIN + AS_PATH + NEXT_HOP + communities }));
    expect(announced).toEqual([null, `2001:db8::/32 ${plain(ORIGIN + AS_PATH + REACH6_CUT + communities)}`]);
  });

  test("gives each of two announcements its own list with one next hop", () => {
    const bytes = updateOf({ attributes: ORIGIN + AS_PATH + NEXT_HOP + REACH6 + UNREACH6, nlri: "18 0a0000" });
    const { announced } = splitOf(bytes);
    expect(announced).toEqual([
      `10.0.0.0/24 ${plain(ORIGIN + AS_PATH + NEXT_HOP)}`,
      `2001:db8::/32 ${plain(ORIGIN + AS_PATH + REACH6_CUT)}`,
    ]);
  });

  test("finds withdrawals of both fields", () => {
    const { reader } = read(updateOf({ withdrawn: "18 0a0000 10 0a01", attributes: UNREACH6 }));
    const texts = reader.withdrawals.map((slot) => readPrefixes(slot.nlri).map(({ prefix }) => prefix.toString()));
    expect(texts).toEqual([["10.0.0.0/24", "10.1.0.0/16"], ["2001:db9::/32"]]);
  });

  test("forgets the message before", () => {
    const reader = new UpdateReader(EXTERNAL);
    const full = updateOf({
      withdrawn: "18 0a0000",
      attributes: ORIGIN + AS_PATH + NEXT_HOP + REACH6 + UNREACH6,
      nlri: "18 0a0000",
    });
    const overrun = updateOf({ attributes: `${ORIGIN}4002`, nlri: "18 0a0000" });
    for (const first of [full, overrun, new Uint8Array(0)]) {
      reader.read(first, 0, first.length);
      const bytes = fromHex(BIRD.endOfRibIpv6);
      expect(reader.read(bytes, 0, bytes.length)).toBeNull();
      expect([...reader.announcements, ...reader.withdrawals].map(({ present }) => present)).toEqual([
        false,
        false,
        false,
        false,
      ]);
      expect(reader).toMatchObject({ endOfRib: "ipv6-unicast", faults: [], action: "apply", looseAttributes: null });
    }
  });

  test.each([
    ["IPv4", fromHex(BIRD.endOfRibIpv4), "ipv4-unicast"],
    ["IPv6", fromHex(BIRD.endOfRibIpv6), "ipv6-unicast"],
    ["IPv6 with an extended length", updateOf({ attributes: "900f0003 0002 01" }), "ipv6-unicast"],
    ["IPv4 in MP_UNREACH_NLRI", updateOf({ attributes: "800f03 0001 01" }), "ipv4-unicast"],
    ["a family that we do not carry", updateOf({ attributes: "800f03 0001 80" }), null],
  ])("knows the End-of-RIB marker of %s (RFC 4724 §2)", (_what, bytes, family) => {
    expect(read(bytes).reader.endOfRib).toBe(family);
  });

  test.each([
    ["an empty MP_UNREACH_NLRI beside attributes", updateOf({ attributes: `800f03 0002 01 ${ORIGIN}` })],
    ["an empty MP_UNREACH_NLRI beside withdrawals", updateOf({ withdrawn: "00", attributes: "800f03 0002 01" })],
    ["withdrawals", updateOf({ withdrawn: "00" })],
  ])("takes %s for no End-of-RIB marker", (_what, bytes) => {
    expect(read(bytes).reader.endOfRib).toBeNull();
  });

  test("ignores prefixes of families that were not negotiated (RFC 4760 §7)", () => {
    const onlyIpv6 = { ...EXTERNAL, families: new Set(["ipv6-unicast" as const]) };
    const bytes = updateOf({ withdrawn: "18 0b0000", attributes: ORIGIN + AS_PATH + NEXT_HOP, nlri: "18 0a0000" });
    expect(splitOf(bytes, onlyIpv6)).toEqual({ withdrawn: [null, null], announced: [null, null] });
    const vpn = updateOf({ attributes: `${ORIGIN}800e09 0001 80 00 00 ffffffff800f05 0019 46 ffff` });
    expect(splitOf(vpn)).toEqual({ withdrawn: [null, null], announced: [null, null] });
  });
});

describe("UpdateReader ends the session", () => {
  test.each([
    ["Withdrawn Routes Length beyond the message (RFC 7606 §4)", messageOf(2, fromHex("0005 18 0a0000 0000")), 1],
    ["Total Path Attribute Length beyond the message (RFC 7606 §4)", messageOf(2, fromHex("0000 0005 400101")), 1],
    ["an NLRI length above 32 (RFC 7606 §5.3)", updateOf({ attributes: ORIGIN + AS_PATH + NEXT_HOP, nlri: "21 0a00000000" }), 10],
    ["NLRI cut short", updateOf({ attributes: ORIGIN + AS_PATH + NEXT_HOP, nlri: "18 0a00" }), 10],
    ["Withdrawn Routes cut short (RFC 7606 §3 i)", updateOf({ withdrawn: "18 0a00" }), 10],
    ["MP_REACH_NLRI twice (RFC 7606 §3 g)", updateOf({ attributes: ORIGIN + AS_PATH + REACH6 + REACH6 }), 1],
    ["MP_UNREACH_NLRI twice", updateOf({ attributes: UNREACH6 + UNREACH6 }), 1],
    ["an MP_REACH_NLRI below 5 octets", updateOf({ attributes: "800e04 0002 01 00" }), 9],
    ["an MP_UNREACH_NLRI below 3 octets", updateOf({ attributes: "800f02 0002" }), 9],
    [
      "an IPv6 next hop of 12 octets (RFC 7606 §7.11)",
      updateOf({ attributes: "800e11 0002 01 0c 000000000000000000000001 00" }),
      9,
    ],
    ["an IPv6 prefix with an IPv4 next hop", updateOf({ attributes: "800e0a 0002 01 04 c0000201 00 00" }), 9],
    ["a next hop beyond MP_REACH_NLRI", updateOf({ attributes: "800e08 0002 01 10 20010db8" }), 9],
    ["MP_REACH_NLRI with a length above 128", updateOf({ attributes: `${REACH6_CUT.replace("15", "16")}81` }), 9],
    ["MP_UNREACH_NLRI cut short", updateOf({ attributes: "800f07 0002 01 40 20010d" }), 9],
    ["MP_REACH_NLRI with flags 0x40 (RFC 7606 §5.3)", updateOf({ attributes: REACH6.replace("800e", "400e") }), 4],
    ["MP_UNREACH_NLRI with flags 0xc0", updateOf({ attributes: UNREACH6.replace("800f", "c00f") }), 4],
    ["MP_REACH_NLRI beyond the list: its prefixes are lost (RFC 7606 §3 j)", updateOf({ attributes: `${ORIGIN}800e30 0002` }), 1],
    ["a fault above attribute-discard where nothing is announced (RFC 7606 §5.2)", updateOf({ attributes: "400101 07" }), 6],
    ["a list overrun where nothing is announced", updateOf({ attributes: `${ORIGIN}4002` }), 1],
  ])("on %s", (_what, bytes, subcode) => {
    const { reader, error } = read(bytes);
    expect(error).toMatchObject({ code: 3, subcode, action: "session-reset" });
    expect([...reader.announcements, ...reader.withdrawals].some(({ present }) => present)).toBe(false);
  });

  test("with the whole offending attribute as data (RFC 4271 §6.3)", () => {
    const attribute = "800e08 0002 01 10 20010db8";
    const { error } = read(updateOf({ attributes: ORIGIN + attribute }));
    expect(toHex(error!.data)).toBe(plain(attribute));
  });
});

describe("UpdateReader treats as withdrawn", () => {
  test.each([
    ["one octet left", "40"],
    ["two octets left", "4002"],
    ["three octets left with Extended Length", "500200"],
    ["a value longer than what is left", "400206 0201"],
  ])("a list that ends with %s, finding the NLRI by the total length (RFC 7606 §4)", (_what, rest) => {
    const { reader, error } = read(updateOf({ attributes: ORIGIN + NEXT_HOP + rest, nlri: "18 0a0000" }));
    expect(error).toBeNull();
    expect(reader.action).toBe("treat-as-withdraw");
    expect(reader.faults).toMatchObject([{ code: 3, subcode: 1, action: "treat-as-withdraw", data: fromHex(rest) }]);
    expect(readPrefixes(reader.announcements[0].nlri).map(({ prefix }) => prefix.toString())).toEqual(["10.0.0.0/24"]);
  });
});

describe("attributes without prefixes (RFC 7606 §5.2)", () => {
  test("need not be complete", () => {
    const { reader, error } = read(updateOf({ withdrawn: "18 0a0000", attributes: ORIGIN + MED }));
    expect(error).toBeNull();
    expect(reader.looseAttributes?.set).toEqual({ origin: 0, multiExitDisc: 10 });
  });

  test("may have faults of attribute-discard", () => {
    const { reader, error } = read(updateOf({ attributes: `${UNREACH6}400504 00000064` }));
    expect(error).toBeNull();
    expect(reader.faults).toMatchObject([{ action: "attribute-discard" }]);
  });
});

const anySessionAndUpdate = anyCodecOptions.chain((options) => fc.tuple(fc.constant(options), anyUpdate(options)));

describe("UpdateReader and decodeUpdate", () => {
  test("agree on every message, sound or with octets changed", () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 3 });
    fc.assert(
      fc.property(anySessionAndUpdate, changes, ([options, update], octets) => {
        const bytes = encodeMessage(update, options);
        for (const [at, value] of octets) bytes[19 + (at % (bytes.length - 19))] = value;
        const { reader, error } = read(bytes, options);
        const decoded = decodeUpdate(bytes, 0, bytes.length, options);
        expect(decoded.ok ? null : decoded.error).toEqual(error);
        if (!decoded.ok) return;
        const announced = reader.announcements.filter((slot) => slot.present).flatMap((slot) => readPrefixes(slot.nlri));
        const withdrawn = reader.withdrawals.filter((slot) => slot.present).flatMap((slot) => readPrefixes(slot.nlri));
        const all = [...decoded.value.withdrawn, ...decoded.value.announced.flatMap(({ prefixes }) => prefixes)];
        expect(all.map(textOf).sort()).toEqual([...withdrawn, ...announced].map(textOf).sort());
        expect(decoded.value.endOfRib).toBe(reader.endOfRib);
      }),
      { numRuns: 1000 },
    );
  });

  test("give each announcement attributes that stand on their own", () => {
    fc.assert(
      fc.property(anySessionAndUpdate, ([options, update]) => {
        const bytes = encodeMessage(update, options);
        const { reader } = read(bytes, options);
        const slot = reader.announcements.find(({ present }) => present)!;
        const decoded = decodeAttributes(slot.bytes, slot.start, slot.end, options, slot.family);
        expect(decoded).toMatchObject({ faults: [], action: "none" });
        expect(decoded.set).toEqual(update.announced[0]!.attributes);
      }),
    );
  });
});
