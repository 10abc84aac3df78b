import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkAttributes, decodeAttributes, decodeCanonical } from "../../../protocol/attributes/decode-attributes.js";
import { encodeAttributes } from "../../../protocol/attributes/encode-attributes.js";
import type { CodecOptions } from "../../../protocol/messages/codec-options.js";
import { Family } from "../../../protocol/net/address-family.js";
import { anyAttributeSet, anyCodecOptions, anyFamily } from "../../arbitraries.js";
import { fromHex, toHex } from "../../golden/hex.js";
import { EXTERNAL, INTERNAL, TWO_OCTET } from "../../golden/options.js";

const BASE = "400101 00 400206 0201 0000fde9 400304 c0000201";
const BASE_IBGP = `${BASE} 400504 00000064`;
const REACH6 = "800e15 0002 01 10 20010db8000000000000000000000001 00";

function decode(hex: string, options: CodecOptions = EXTERNAL, family: Family = Family.Ipv4Unicast) {
  const bytes = fromHex(hex);
  const decoded = decodeAttributes(bytes, 0, bytes.length, options, family);
  const { faults, action, clean } = checkAttributes(bytes, 0, bytes.length, options, family);
  expect({ faults, action, clean }).toEqual({ faults: decoded.faults, action: decoded.action, clean: decoded.clean });
  return decoded;
}

/** Each fault as `action code/subcode`. */
function faultsOf(hex: string, options?: CodecOptions, family?: Family): string[] {
  return decode(hex, options, family).faults.map(({ action, code, subcode }) => `${action} ${code}/${subcode}`);
}

const withdraw = (subcode: number) => [`treat-as-withdraw 3/${subcode}`];
const discard = (subcode: number) => [`attribute-discard 3/${subcode}`];

describe("malformed attributes (RFC 7606 §7)", () => {
  test.each([
    ["ORIGIN of 0 octets, §7.1", BASE.replace("400101 00", "400100"), withdraw(5)],
    ["ORIGIN of 2 octets, §7.1", BASE.replace("400101 00", "400102 0000"), withdraw(5)],
    ["ORIGIN 3, §7.1", BASE.replace("400101 00", "400101 03"), withdraw(6)],
    ["AS_PATH that ends in a segment header, §7.2", BASE.replace("400206 0201 0000fde9", "400201 02"), withdraw(11)],
    ["AS_PATH with a segment too long, §7.2", BASE.replace("0201 0000fde9", "0202 0000fde9"), withdraw(11)],
    ["AS_PATH with octets left over, §7.2", BASE.replace("400206 0201 0000fde9", "400207 0201 0000fde9 02"), withdraw(11)],
    ["AS_PATH with an empty segment, §7.2", BASE.replace("400206 0201 0000fde9", "400202 0200"), withdraw(11)],
    ["AS_PATH with segment type 0, §7.2", BASE.replace("0201 0000fde9", "0001 0000fde9"), withdraw(11)],
    ["AS_PATH with segment type 5, §7.2", BASE.replace("0201 0000fde9", "0501 0000fde9"), withdraw(11)],
    ["AS_PATH with AS 0, RFC 7607 §2", BASE.replace("0000fde9", "00000000"), withdraw(11)],
    ["AS_PATH with AS_CONFED_SEQUENCE, RFC 5065 §5", BASE.replace("0201 0000", "0301 0000"), withdraw(11)],
    ["AS_PATH with AS_CONFED_SET, RFC 5065 §5", BASE.replace("0201 0000", "0401 0000"), withdraw(11)],
    ["NEXT_HOP of 3 octets, §7.3", BASE.replace("400304 c0000201", "400303 c00002"), withdraw(5)],
    ["NEXT_HOP of 16 octets, §7.3", BASE.replace("400304 c0000201", `400310 ${"20".repeat(16)}`), withdraw(5)],
    ["NEXT_HOP 0.0.0.0, RFC 4271 §6.3", BASE.replace("c0000201", "00000000"), withdraw(8)],
    ["NEXT_HOP 127.0.0.1, RFC 4271 §6.3", BASE.replace("c0000201", "7f000001"), withdraw(8)],
    ["NEXT_HOP 224.0.0.1, RFC 4271 §6.3", BASE.replace("c0000201", "e0000001"), withdraw(8)],
    ["NEXT_HOP 255.255.255.255, RFC 4271 §6.3", BASE.replace("c0000201", "ffffffff"), withdraw(8)],
    ["MULTI_EXIT_DISC of 3 octets, §7.4", `${BASE} 800403 000000`, withdraw(5)],
    ["LOCAL_PREF from outside, §7.5", `${BASE} 400504 00000064`, discard(1)],
    ["LOCAL_PREF from outside of any length, §7.5", `${BASE} 400503 000064`, discard(1)],
    ["ATOMIC_AGGREGATE of 1 octet, §7.6", `${BASE} 400601 00`, discard(5)],
    ["AGGREGATOR of 6 octets, §7.7", `${BASE} c00706 fde9 c0000201`, discard(5)],
    ["AGGREGATOR with AS 0, RFC 7607 §2", `${BASE} c00708 00000000 c0000201`, discard(9)],
    ["COMMUNITIES of 0 octets, §7.8", `${BASE} c00800`, withdraw(5)],
    ["COMMUNITIES of 5 octets, §7.8", `${BASE} c00805 fde9000100`, withdraw(5)],
    ["ORIGINATOR_ID from outside, §7.9", `${BASE} 800904 c0000201`, discard(9)],
    ["CLUSTER_LIST from outside, §7.10", `${BASE} 800a04 c0000201`, discard(9)],
    ["EXTENDED_COMMUNITIES of 0 octets, §7.14", `${BASE} c01000`, withdraw(5)],
    ["EXTENDED_COMMUNITIES of 9 octets, §7.14", `${BASE} c01009 0002fde90000000100`, withdraw(5)],
    ["IPV6_EXTENDED_COMMUNITIES of 19 octets, §7.15", `${BASE} c01913 ${"00".repeat(19)}`, withdraw(5)],
    ["AS4_PATH from a four-octet speaker, RFC 6793 §4.1", `${BASE} c01106 0201 0000fde9`, discard(9)],
    ["AS4_AGGREGATOR from a four-octet speaker, RFC 6793 §4.1", `${BASE} c01208 0000fde9 c0000201`, discard(9)],
    ["LARGE_COMMUNITY of 0 octets, RFC 8092 §6", `${BASE} c02000`, withdraw(5)],
    ["LARGE_COMMUNITY of 13 octets, RFC 8092 §6", `${BASE} c0200d ${"00".repeat(13)}`, withdraw(5)],
    ["ONLY_TO_CUSTOMER of 5 octets, RFC 9234 §5", `${BASE} c02305 0000fde900`, withdraw(5)],
    ["ONLY_TO_CUSTOMER 0", `${BASE} c02304 00000000`, withdraw(9)],
    ["an unknown well-known attribute", `${BASE} 406301 00`, withdraw(2)],
  ])("%s", (_what, hex, expected) => {
    expect(faultsOf(hex)).toEqual(expected);
  });

  test.each([
    ["LOCAL_PREF of 5 octets, §7.5", `${BASE} 400505 0000000064`, withdraw(5)],
    ["ORIGINATOR_ID of 5 octets, §7.9", `${BASE_IBGP} 800905 0000000064`, withdraw(5)],
    ["CLUSTER_LIST of 0 octets, §7.10", `${BASE_IBGP} 800a00`, withdraw(5)],
    ["CLUSTER_LIST of 6 octets, §7.10", `${BASE_IBGP} 800a06 c00002010000`, withdraw(5)],
  ])("from an internal peer: %s", (_what, hex, expected) => {
    expect(faultsOf(hex, INTERNAL)).toEqual(expected);
  });

  test.each([
    ["an unspecified next hop", REACH6.replace("20010db8000000000000000000000001", "00".repeat(16)), withdraw(8)],
    ["a loopback next hop", REACH6.replace("20010db8000000000000000000000001", `${"00".repeat(15)}01`), withdraw(8)],
    ["a multicast next hop", REACH6.replace("20010db8000000000000000000000001", `ff02${"00".repeat(13)}01`), withdraw(8)],
  ])("MP_REACH_NLRI with %s", (_what, reach, expected) => {
    expect(faultsOf(`400101 00 400200 ${reach}`, EXTERNAL, Family.Ipv6Unicast)).toEqual(expected);
  });

  test("an IPv6 next hop for IPv4 that was not negotiated (RFC 8950 §4)", () => {
    const hex = `400101 00 400200 ${REACH6.replace("0002 01", "0001 01")}`;
    expect(faultsOf(hex)).toEqual([]);
    expect(faultsOf(hex, { ...EXTERNAL, extendedNextHop: false })).toEqual(withdraw(8));
  });

  test("next hops on the loopback are well between speakers on one host", () => {
    expect(faultsOf(BASE.replace("c0000201", "7f000001"), { ...EXTERNAL, loopback: true })).toEqual([]);
  });

  test("AS_SETs are accepted, or withdrawn when the operator follows RFC 9774", () => {
    const hex = BASE.replace("0201 0000", "0101 0000");
    expect(faultsOf(hex)).toEqual([]);
    expect(faultsOf(hex, { ...EXTERNAL, asSets: "withdraw" })).toEqual(withdraw(11));
  });
});

describe("attribute flags (RFC 7606 §3 c)", () => {
  test.each([
    ["ORIGIN optional", BASE.replace("400101", "c00101"), withdraw(4)],
    ["ORIGIN partial", BASE.replace("400101", "600101"), withdraw(4)],
    ["AS_PATH not transitive", BASE.replace("400206", "000206"), withdraw(4)],
    ["MULTI_EXIT_DISC transitive", `${BASE} c00404 0000000a`, withdraw(4)],
    ["MULTI_EXIT_DISC partial", `${BASE} a00404 0000000a`, withdraw(4)],
    ["LOCAL_PREF from outside, optional", `${BASE} c00504 00000064`, withdraw(4)],
    ["ATOMIC_AGGREGATE optional, §3 f", `${BASE} c00600`, discard(4)],
    ["AGGREGATOR not transitive, §3 f", `${BASE} 800708 0000fde9 c0000201`, discard(4)],
    ["COMMUNITIES not transitive", `${BASE} 800804 fde90001`, withdraw(4)],
    ["CLUSTER_LIST transitive", `${BASE} c00a04 c0000201`, withdraw(4)],
    ["COMMUNITIES partial: that is allowed", `${BASE} e00804 fde90001`, []],
    ["unused flag bits: ignored (RFC 4271 §4.3)", BASE.replace("400101", "4f0101"), []],
  ])("%s", (_what, hex, expected) => {
    expect(faultsOf(hex)).toEqual(expected);
  });

  test("Extended Length may be set on a short value", () => {
    expect(decode(BASE.replace("400101 00", "50010001 02")).set.origin).toBe(2);
  });
});

describe("the list as a whole (RFC 7606 §3)", () => {
  test.each([
    ["ORIGIN", "400206 0201 0000fde9 400304 c0000201", "01"],
    ["AS_PATH", "400101 00 400304 c0000201", "02"],
    ["NEXT_HOP", "400101 00 400206 0201 0000fde9", "03"],
  ])("withdraws when %s is missing, with its type code as data (§3 d)", (_what, hex, data) => {
    const { faults } = decode(hex);
    expect(faults).toMatchObject([{ action: "treat-as-withdraw", subcode: 3, data: fromHex(data) }]);
  });

  test("withdraws when LOCAL_PREF is missing inside the AS", () => {
    expect(faultsOf(BASE, INTERNAL)).toEqual(withdraw(3));
  });

  test("wants MP_REACH_NLRI for IPv6, and takes it for IPv4 (RFC 8950)", () => {
    expect(faultsOf(BASE, EXTERNAL, Family.Ipv6Unicast)).toEqual(withdraw(3));
    expect(faultsOf(`400101 00 400200 ${REACH6}`, EXTERNAL, Family.Ipv4Unicast)).toEqual([]);
  });

  test("keeps the first of a repeated attribute and discards the others (§3 g)", () => {
    const { set, action, clean } = decode(`${BASE} 800404 0000000a 800404 00000014 400101 02`);
    expect(set).toMatchObject({ multiExitDisc: 10, origin: 0 });
    expect({ action, clean }).toEqual({ action: "attribute-discard", clean: false });
  });

  test("takes the strongest action (§3 h) and reports every fault", () => {
    const { action, faults } = decode(`${BASE.replace("400101 00", "400101 09")} 400601 00 800403 000000`);
    expect(action).toBe("treat-as-withdraw");
    expect(faults.map((fault) => fault.subcode)).toEqual([6, 5, 5]);
  });

  test("completes data to type, length and value of the attribute (RFC 4271 §6.3)", () => {
    expect(toHex(decode(`${BASE} 90040003 000000`).faults[0]!.data)).toBe("90040003000000");
  });

  test("withdraws when the list ends within an attribute (§4)", () => {
    expect(faultsOf(`${BASE} 80`)).toEqual(withdraw(1));
    expect(faultsOf(`${BASE} 800404 0000`)).toEqual(withdraw(1));
  });

  test("keeps a bounded number of faults, whatever a peer sends", () => {
    const { faults, action } = decode(`${BASE} ${"400100".repeat(1000)}`);
    expect(faults).toHaveLength(16);
    expect(action).toBe("attribute-discard");
    const withStronger = decode(`${BASE} ${"400100".repeat(1000)} 800403 000000`);
    expect(withStronger.action).toBe("treat-as-withdraw");
    expect(withStronger.faults.some((fault) => fault.action === "treat-as-withdraw")).toBe(true);
  });

  test("passes on unknown transitive attributes, and ignores the others (RFC 4271 §5)", () => {
    const { set, ignored, clean, action } = decode(`${BASE} e06302 abcd 806402 ef01`);
    expect(set.unknown).toEqual([{ code: 0x63, flags: 0xe0, value: fromHex("abcd") }]);
    expect(ignored).toEqual([{ code: 0x64, flags: 0x80, value: fromHex("ef01") }]);
    expect({ action, clean }).toEqual({ action: "none", clean: false });
  });
});

test("the Partial bit of a known attribute stays set (RFC 4271 §5)", () => {
  const { set } = decode(`${BASE} e00804 fde90001 c02304 0000fde9`);
  expect(set.partial).toEqual([8]);
  const encoded = toHex(encodeAttributes(set, Family.Ipv4Unicast, { fourOctetAs: true }));
  expect(encoded).toContain("e00804fde90001c02304");
});

describe("clean", () => {
  test.each([
    ["an ordinary list", BASE, EXTERNAL, true],
    ["unknown transitive attributes", `${BASE} e06302 abcd`, EXTERNAL, true],
    ["two-octet AS numbers", BASE.replace("400206 0201 0000fde9", "400204 0201 fde9"), TWO_OCTET, false],
    ["attributes out of order", `800404 0000000a ${BASE}`, EXTERNAL, false],
    ["something discarded", `${BASE} 400504 00000064`, EXTERNAL, false],
    ["redundant large communities", `${BASE} c02018 ${"00000001".repeat(6)}`, EXTERNAL, false],
  ])("%s: the bytes can be kept or not", (_what, hex, options, expected) => {
    expect(decode(hex, options).clean).toBe(expected);
  });
});

describe("two-octet AS numbers (RFC 6793 §4.2.3)", () => {
  const asPathOf = (asPath: string, rest = "") =>
    decode(`400101 00 ${asPath} 400304 c0000201 ${rest}`, TWO_OCTET).set.asPath?.map(({ type, asns }) => `${type} ${asns}`);

  test.each([
    ["AS_PATH alone", "400206 0202 fde9 5ba0", "", ["sequence 65001,23456"]],
    ["AS4_PATH of the same length", "400206 0202 fde9 5ba0", "c0110a 0202 0000fde9 00010000", ["sequence 65001,65536"]],
    [
      "a shorter AS4_PATH: the leading numbers of AS_PATH",
      "400208 0203 0001 0002 5ba0",
      "c01106 0201 00010000",
      ["sequence 1,2,65536"],
    ],
    ["a longer AS4_PATH: ignored", "400204 0201 5ba0", "c0110a 0202 00010000 00010001", ["sequence 23456"]],
    [
      "a leading set, which counts as one",
      "40020a 0102 0001 0002 0201 5ba0",
      "c01106 0201 00010000",
      ["set 1,2", "sequence 65536"],
    ],
    [
      "confederation segments in AS4_PATH: discarded",
      "400204 0201 5ba0",
      "c0110c 0301 00000007 0201 00010000",
      ["sequence 65536"],
    ],
    ["a malformed AS4_PATH: discarded", "400204 0201 5ba0", "c01106 0901 00010000", ["sequence 23456"]],
    ["an AS4_PATH below 6 octets: discarded", "400204 0201 5ba0", "c01102 0200", ["sequence 23456"]],
    ["an AS4_PATH with AS 0: discarded (RFC 7607)", "400204 0201 5ba0", "c01106 0201 00000000", ["sequence 23456"]],
  ])("%s", (_what, asPath, as4Path, expected) => {
    expect(asPathOf(asPath, as4Path)).toEqual(expected);
  });

  const AS4 = "c01106 0201 00010000 c01208 00010001 c0000203";

  test("AS4_AGGREGATOR replaces an AGGREGATOR of AS_TRANS", () => {
    const { set } = decode(`400101 00 400204 0201 5ba0 400304 c0000201 c00706 5ba0 c0000202 ${AS4}`, TWO_OCTET);
    expect(set.aggregator).toMatchObject({ asNumber: 65537 });
    expect(set.asPath).toEqual([{ type: "sequence", asns: [65536] }]);
  });

  test("an AGGREGATOR of another AS overrides AS4_AGGREGATOR and AS4_PATH", () => {
    const { set } = decode(`400101 00 400204 0201 5ba0 400304 c0000201 c00706 fde9 c0000202 ${AS4}`, TWO_OCTET);
    expect(set.aggregator).toMatchObject({ asNumber: 65001 });
    expect(set.asPath).toEqual([{ type: "sequence", asns: [23456] }]);
  });

  test("AS4_AGGREGATOR without AGGREGATOR makes none", () => {
    expect(decode(`400101 00 400204 0201 5ba0 400304 c0000201 ${AS4}`, TWO_OCTET).set.aggregator).toBeUndefined();
  });
});

describe("next hops of MP_REACH_NLRI (RFC 2545 §3)", () => {
  const GLOBAL = "20010db8000000000000000000000001";
  const LOCAL = "fe800000000000000000000000000001";
  const reach = (octets: string, nextHop: string) => `400101 00 400200 800e${octets} 0002 01 ${nextHop} 00`;

  test.each([
    ["a global address", reach("15", `10 ${GLOBAL}`), "2001:db8::1", undefined],
    ["a global and a link-local one", reach("25", `20 ${GLOBAL} ${LOCAL}`), "2001:db8::1", "fe80::1"],
    ["a link-local one alone", reach("15", `10 ${LOCAL}`), "fe80::1", undefined],
    ["none and a link-local one", reach("25", `20 ${"00".repeat(16)} ${LOCAL}`), "fe80::1", undefined],
    ["a second one that is not link-local", reach("25", `20 ${GLOBAL} ${GLOBAL}`), "2001:db8::1", undefined],
  ])("%s", (_what, hex, nextHop, linkLocal) => {
    const { set, faults } = decode(hex, EXTERNAL, Family.Ipv6Unicast);
    expect(faults).toEqual([]);
    expect(set.nextHop?.toString()).toBe(nextHop);
    expect(set.linkLocalNextHop?.toString()).toBe(linkLocal);
  });
});

const anySetAndSession = fc
  .tuple(anyFamily, anyCodecOptions)
  .chain(([family, options]) => fc.tuple(fc.constant(family), fc.constant(options), anyAttributeSet(family, options.internal)));

describe("encodeAttributes", () => {
  test("is undone by decodeAttributes, without a fault", () => {
    fc.assert(
      fc.property(anySetAndSession, ([family, options, set]) => {
        const bytes = encodeAttributes(set, family, options);
        const decoded = decodeAttributes(bytes, 0, bytes.length, options, family);
        expect(decoded).toMatchObject({ faults: [], action: "none", clean: options.fourOctetAs });
        expect(decoded.set).toEqual(set);
      }),
      { numRuns: 500 },
    );
  });

  test("with four-octet AS numbers is undone by decodeCanonical", () => {
    fc.assert(
      fc.property(anySetAndSession, ([family, , set]) => {
        const bytes = encodeAttributes(set, family, { fourOctetAs: true });
        expect(decodeCanonical(bytes, 0, bytes.length)).toEqual(set);
        expect(toHex(encodeAttributes(decodeCanonical(bytes, 0, bytes.length), family, { fourOctetAs: true }))).toBe(
          toHex(bytes),
        );
      }),
    );
  });
});

describe("any bytes", () => {
  const anyList = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc
      .tuple(anySetAndSession, fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 3 }))
      .map(([[family, options, set], changes]) => {
        const bytes = encodeAttributes(set, family, options);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        return bytes;
      }),
  );

  test("are judged the same with and without decoding, never with an exception", () => {
    fc.assert(
      fc.property(anyList, anyFamily, anyCodecOptions, (bytes, family, options) => {
        const { set, ignored, ...verdict } = decodeAttributes(bytes, 0, bytes.length, options, family);
        expect(checkAttributes(bytes, 0, bytes.length, options, family)).toEqual(verdict);
        if (verdict.clean) expect(decodeCanonical(bytes, 0, bytes.length)).toEqual(set);
      }),
      { numRuns: 3000 },
    );
  });
});
