import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { as4PathOf, asPathLength, formatAsPath, mergeAs4Path } from "../../../protocol/attributes/as-path.js";
import type { AsPathSegment } from "../../../protocol/attributes/attribute-set.js";
import { decodeCanonical } from "../../../protocol/attributes/decode-attributes.js";
import { encodeAttributes } from "../../../protocol/attributes/encode-attributes.js";
import { Family } from "../../../protocol/net/address-family.js";
import { AS_TRANS, asn } from "../../../protocol/net/asn.js";
import { anyAsPath } from "../../arbitraries.js";

function segment(type: AsPathSegment["type"], ...asns: number[]): AsPathSegment {
  return { type, asns: asns.map(asn) };
}

describe("asPathLength", () => {
  test("counts a set as one and confederation segments not (RFC 4271 §9.1.2.2, RFC 5065 §5.3)", () => {
    expect(asPathLength([])).toBe(0);
    expect(
      asPathLength([
        segment("confed-sequence", 1, 2),
        segment("confed-set", 3),
        segment("sequence", 4, 5),
        segment("set", 6, 7, 8),
      ]),
    ).toBe(3);
  });
});

describe("formatAsPath", () => {
  test("marks the kinds of segments as other speakers do", () => {
    const path = [segment("confed-sequence", 1, 2), segment("confed-set", 3, 4), segment("sequence", 5, 6), segment("set", 7, 8)];
    expect(formatAsPath(path)).toBe("(1 2) [3,4] 5 6 {7,8}");
    expect(formatAsPath([])).toBe("");
  });
});

describe("mergeAs4Path (RFC 6793 §4.2.3)", () => {
  test("restores what as4PathOf saved", () => {
    fc.assert(
      fc.property(anyAsPath, (path) => {
        const narrow = path.map(({ type, asns }) => ({ type, asns: asns.map((as) => (as > 0xffff ? AS_TRANS : as)) }));
        const saved = as4PathOf(path);
        expect(saved === null ? narrow : mergeAs4Path(narrow, saved)).toEqual(path);
      }),
    );
  });

  test("keeps confederation segments that lead or stand beside what is taken", () => {
    const path = [segment("confed-sequence", 1), segment("sequence", 2, 23456), segment("sequence", 23456)];
    expect(mergeAs4Path(path, [segment("sequence", 70000, 70001)])).toEqual([
      segment("confed-sequence", 1),
      segment("sequence", 2, 70000, 70001),
    ]);
    expect(mergeAs4Path([segment("confed-sequence", 1), segment("sequence", 23456)], [segment("sequence", 70000)])).toEqual([
      segment("confed-sequence", 1),
      segment("sequence", 70000),
    ]);
  });
});

test("a sequence of more than 255 AS numbers is written as two segments", () => {
  const asns = Array.from({ length: 300 }, (_, i) => i + 1);
  const bytes = encodeAttributes({ asPath: [segment("sequence", ...asns)] }, Family.Ipv4Unicast, { fourOctetAs: true });
  expect(decodeCanonical(bytes, 0, bytes.length).asPath).toEqual([
    segment("sequence", ...asns.slice(0, 255)),
    segment("sequence", ...asns.slice(255)),
  ]);
});
