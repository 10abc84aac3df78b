import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Family } from "../../../protocol/net/address-family.js";
import { checkNlri, NlriBlock, NlriCursor, nlriOctets, writeNlri, writePathId } from "../../../protocol/nlri/nlri-block.js";
import { anyPrefix4, anyPrefix6 } from "../../arbitraries.js";
import { fromHex } from "../../golden/hex.js";

const V4 = Family.Ipv4Unicast;
const V6 = Family.Ipv6Unicast;

function walk(bytes: Uint8Array, family: Family, addPath = false): (readonly number[])[] {
  const block = new NlriBlock();
  const cursor = new NlriCursor();
  const entries: (readonly number[])[] = [];
  block.set(bytes, 0, bytes.length, family, addPath);
  cursor.reset(block);
  while (cursor.next()) entries.push([cursor.w0, cursor.w1, cursor.w2, cursor.w3, cursor.length, cursor.pathId]);
  return entries;
}

describe("NlriCursor", () => {
  test.each([
    [V4, anyPrefix4],
    [V6, anyPrefix6],
  ])("reads back what writeNlri wrote, %s", (family, prefix) => {
    fc.assert(
      fc.property(fc.array(prefix), fc.boolean(), fc.integer({ min: 0, max: 0xffffffff }), (prefixes, addPath, pathId) => {
        const octets = prefixes.reduce((sum, { length }) => sum + nlriOctets(length) + (addPath ? 4 : 0), 0);
        const bytes = new Uint8Array(octets);
        let at = 0;
        for (const { address, length } of prefixes) {
          if (addPath) at = writePathId(bytes, at, pathId);
          at = writeNlri(bytes, at, address.w0, address.w1, address.w2, address.w3, length);
        }
        expect(at).toBe(octets);
        expect(checkNlri(bytes, 0, octets, family, addPath)).toBeNull();
        const expected = prefixes.map(({ address: a, length }) => [a.w0, a.w1, a.w2, a.w3, length, addPath ? pathId : 0]);
        expect(walk(bytes, family, addPath)).toEqual(expected);
      }),
    );
  });

  test("clears host bits, which RFC 4271 §4.3 calls irrelevant", () => {
    expect(walk(fromHex("0d 0b0d"), V4)).toEqual([[0x0b080000, 0, 0, 0, 13, 0]]);
    expect(walk(fromHex("21 20010db8 ff"), V6)).toEqual([[0x20010db8, -0x80000000, 0, 0, 33, 0]]);
  });

  test("forgets the address of the block before", () => {
    const block = new NlriBlock();
    const cursor = new NlriCursor();
    block.set(fromHex("80 20010db8 00000001 00000002 00000003"), 0, 17, V6, false);
    cursor.reset(block);
    cursor.next();
    block.set(fromHex("18 0a0000"), 0, 4, V4, false);
    cursor.reset(block);
    expect(cursor.next()).toBe(true);
    expect([cursor.w0, cursor.w1, cursor.w2, cursor.w3, cursor.pathId]).toEqual([0x0a000000, 0, 0, 0, 0]);
  });
});

describe("checkNlri", () => {
  test.each([
    ["a length of 33 bits", V4, false, "21 0a000000 00", "NLRI has prefix length 33, more than 32"],
    ["a length of 129 bits", V6, false, "81", "NLRI has prefix length 129, more than 128"],
    ["a prefix that is cut", V4, false, "18 0a00", "NLRI ends 1 octets before its last prefix does"],
    ["a path identifier that is cut", V4, true, "000000", "NLRI ends within a path identifier"],
    ["a path identifier alone", V4, true, "00000001", "NLRI ends within a path identifier"],
  ])("refuses %s (RFC 7606 §5.3)", (_what, family, addPath, text, reason) => {
    const bytes = fromHex(text);
    expect(checkNlri(bytes, 0, bytes.length, family, addPath)).toBe(reason);
  });

  test("accepts nothing but what the cursor walks to the very end", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(V4, V6), fc.boolean(), (bytes, family, addPath) => {
        if (checkNlri(bytes, 0, bytes.length, family, addPath) !== null) return;
        const octets = walk(bytes, family, addPath).reduce((sum, entry) => sum + nlriOctets(entry[4]!) + (addPath ? 4 : 0), 0);
        expect(octets).toBe(bytes.length);
      }),
    );
  });
});
