import { describe, expect, test } from "vitest";
import { parseAsn, parseIpAddress, parsePrefix, parseRouterId } from "../../../protocol/net/text.js";

const text = <T>(result: { ok: true; value: T } | { ok: false; error: string }) => (result.ok ? String(result.value) : "refused");

describe("parseIpAddress", () => {
  test.each([
    ["10.0.0.1", "10.0.0.1"],
    ["255.255.255.255", "255.255.255.255"],
    ["fd00::1", "fd00::1"],
    ["FD00:0:0::1", "fd00::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["::ffff:10.0.0.1", "::ffff:10.0.0.1"],
    ["::", "::"],
    ["1::", "1::"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["10.0.0.256", "refused"],
    ["10.0.0", "refused"],
    ["10.0.0.0/8", "refused"],
    ["fe80::1%eth0", "refused"],
    ["fd00::/64", "refused"],
    ["fd00:::1", "refused"],
    ["tor.example", "refused"],
    ["", "refused"],
  ])("%s is %s", (input, expected) => expect(text(parseIpAddress(input))).toBe(expected));
});

describe("parsePrefix", () => {
  test.each([
    ["10.0.0.0/8", "10.0.0.0/8"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["fd00::/8", "fd00::/8"],
    ["fd00:1:2:3:8000::/65", "fd00:1:2:3:8000::/65"],
    ["10.0.0.1/8", "refused"],
    ["10.0.0.0/33", "refused"],
    ["fd00::/129", "refused"],
    ["10.0.0.0", "refused"],
    ["10.0.0.0/", "refused"],
    ["10.0.0.0/-1", "refused"],
  ])("%s is %s", (input, expected) => expect(text(parsePrefix(input))).toBe(expected));

  test("clears host bits when asked", () => expect(text(parsePrefix("10.1.2.3/8", "clear"))).toBe("10.0.0.0/8"));
});

describe("parseAsn", () => {
  test.each([
    ["64512", "64512"],
    ["1.10", "65546"],
    ["65535.65535", "4294967295"],
    ["4294967295", "4294967295"],
    ["4294967296", "refused"],
    ["65536.1", "refused"],
    ["AS64512", "refused"],
    [" 64512", "refused"],
    ["0x10", "refused"],
    ["", "refused"],
  ])("%s is %s", (input, expected) => expect(text(parseAsn(input))).toBe(expected));
});

test("parseRouterId refuses zero and IPv6 (RFC 6286 §2.1)", () => {
  expect(parseRouterId("10.0.0.1")).toEqual({ ok: true, value: 0x0a000001 });
  expect(parseRouterId("0.0.0.0").ok).toBe(false);
  expect(parseRouterId("fd00::1").ok).toBe(false);
});
