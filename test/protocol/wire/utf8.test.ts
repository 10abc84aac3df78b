import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeUtf8, encodeUtf8 } from "../../../protocol/wire/utf8.js";

test("decodeUtf8 reads what the platform reads, when it is well formed", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const octets = new TextEncoder().encode(text);
      expect(encodeUtf8(text, octets.length)).toEqual(octets);
      expect(decodeUtf8(octets)).toBe(new TextDecoder("utf-8", { ignoreBOM: true }).decode(octets));
    }),
  );
});

test("decodeUtf8 answers any bytes with text", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (octets) => {
      expect(new TextEncoder().encode(decodeUtf8(octets)).length).toBeGreaterThanOrEqual(0);
    }),
  );
});

test("encodeUtf8 cuts between characters", () => {
  expect(encodeUtf8("aé€", 3)).toEqual(Uint8Array.from([0x61, 0xc3, 0xa9]));
  expect(encodeUtf8("aé€", 5)).toEqual(Uint8Array.from([0x61, 0xc3, 0xa9]));
});
