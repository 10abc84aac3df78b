import { describe, expect, test } from "vitest";
import { Family } from "../../../protocol/net/address-family.js";
import { asn } from "../../../protocol/net/asn.js";
import {
  AttributeFacts,
  AttributeFlag,
  countInAsPath,
  isInClusterList,
  type OwnIdentity,
} from "../../../rib/store/attribute-facts.js";
import { attributeList, identifier, type PathText } from "../attribute-lists.js";

const NOBODY: OwnIdentity = { asNumbers: [], routerId: 0, clusterId: null };

function factsOf(text: PathText, own = NOBODY, family: Family = Family.Ipv4Unicast): AttributeFacts {
  const bytes = attributeList(text, family);
  const facts = new AttributeFacts();
  facts.read(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length, own);
  return facts;
}

describe("AttributeFacts", () => {
  test.each<[string, NonNullable<PathText["segments"]>, number, number]>([
    ["an empty AS_PATH is 0 long and begins in our AS", [], 0, 0],
    ["AS_SEQUENCE counts its ASes", [{ type: "sequence", asns: [7, 8, 9].map(asn) }], 3, 7],
    ["AS_SET counts one (RFC 4271 §9.1.2.2 a) and has no first AS", [{ type: "set", asns: [7, 8, 9].map(asn) }], 1, 0],
    [
      "a sequence before a set names the neighbour",
      [
        { type: "sequence", asns: [7, 8].map(asn) },
        { type: "set", asns: [9, 10].map(asn) },
      ],
      3,
      7,
    ],
    [
      "confederation segments count zero (RFC 5065 §5.3)",
      [
        { type: "confed-sequence", asns: [65001, 65002].map(asn) },
        { type: "confed-set", asns: [65003].map(asn) },
        { type: "sequence", asns: [7].map(asn) },
      ],
      1,
      7,
    ],
  ])("AS_PATH: %s", (_name, segments, length, neighbor) => {
    const facts = factsOf({ segments });
    expect([facts.asPathLength, facts.neighborAs]).toEqual([length, neighbor]);
  });

  test("absent MED and LOCAL_PREF are 0 and 100, and known to be absent", () => {
    const facts = factsOf({});
    expect([facts.med, facts.localPref, facts.flags]).toEqual([0, 100, 0]);
  });

  test("numbers above 2^31 keep their value", () => {
    const facts = factsOf({ med: 0xffffffff, localPref: 0xfffffffe, path: [4200000001], originatorId: "255.0.0.1" });
    expect([facts.med, facts.localPref, facts.neighborAs, facts.originatorId]).toEqual([
      0xffffffff, 0xfffffffe, 4200000001, 0xff000001,
    ]);
    expect(facts.flags).toBe(AttributeFlag.HasMed | AttributeFlag.HasLocalPref);
  });

  test("well-known communities become flags (RFC 1997)", () => {
    const { NoExport, NoAdvertise, NoExportSubconfed } = AttributeFlag;
    expect(factsOf({ communities: [0x00010001, 0xffffff01] }).flags).toBe(NoExport);
    expect(factsOf({ communities: [0xffffff02, 0xffffff03] }).flags).toBe(NoAdvertise | NoExportSubconfed);
  });

  test("the next hop is that of NEXT_HOP, or the global one of MP_REACH_NLRI (RFC 4760, RFC 8950)", () => {
    const classic = factsOf({ nextHop: "192.0.2.9" });
    expect([classic.nextHopVersion, classic.nextHop0]).toEqual([4, 0xc0000209 | 0]);
    const wide = factsOf({ nextHop: "2001:db8::9" }, NOBODY, Family.Ipv6Unicast);
    expect([wide.nextHopVersion, wide.nextHop0, wide.nextHop3]).toEqual([6, 0x20010db8, 9]);
    const extended = factsOf({ nextHop: "2001:db8::9" }, NOBODY, Family.Ipv4Unicast);
    expect([extended.nextHopVersion, extended.nextHop3]).toEqual([6, 9]);
  });

  test.each<[string, PathText, boolean]>([
    ["our AS in AS_PATH", { path: [7, 64512] }, true],
    [
      "our AS in an AS_SET",
      {
        segments: [
          { type: "sequence", asns: [asn(7)] },
          { type: "set", asns: [asn(64512)] },
        ],
      },
      true,
    ],
    ["our router id as ORIGINATOR_ID", { originatorId: "10.0.0.1" }, true],
    ["our cluster id in CLUSTER_LIST", { clusterList: [5, 77] }, true],
    ["others everywhere", { path: [7, 8], originatorId: "10.0.0.2", clusterList: [5, 6] }, false],
  ])("MayLoop: %s", (_name, text, expected) => {
    const own: OwnIdentity = { asNumbers: [64512], routerId: identifier("10.0.0.1"), clusterId: 77 };
    expect((factsOf(text, own).flags & AttributeFlag.MayLoop) !== 0).toBe(expected);
  });

  test("an AS_PATH in extended length is read (RFC 4271 §4.3)", () => {
    const facts = factsOf({ path: Array.from({ length: 200 }, (_, i) => i + 1) });
    expect([facts.asPathLength, facts.neighborAs]).toEqual([200, 1]);
  });
});

test("countInAsPath counts an AS in all segments; isInClusterList finds a cluster", () => {
  const bytes = attributeList({
    segments: [
      { type: "sequence", asns: [7, 8, 7].map(asn) },
      { type: "set", asns: [7, 9].map(asn) },
    ],
    clusterList: [1, 2],
  });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  expect(countInAsPath(view, 0, bytes.length, 7)).toBe(3);
  expect(countInAsPath(view, 0, bytes.length, 10)).toBe(0);
  expect(isInClusterList(view, 0, bytes.length, 2)).toBe(true);
  expect(isInClusterList(view, 0, bytes.length, 3)).toBe(false);
});
