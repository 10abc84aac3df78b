import { describe, expect, test } from "vitest";
import type { ParseValue } from "../../../src/resources/field-reader.js";
import { cidr, nodeAddress } from "../../../src/resources/values/addresses.js";
import { asNumber } from "../../../src/resources/values/as-number.js";
import { parseCommunity } from "../../../src/resources/values/community.js";
import { duration, parseDuration } from "../../../src/resources/values/duration.js";
import { isLabelKey, labelValue, resourceName } from "../../../src/resources/values/names.js";
import { peerIp } from "../../../src/resources/values/peer-ip.js";
import { readScalar } from "../../../src/resources/yaml-scalar.js";

/** As if `written` stood in a file, in quotes or not; an error as its message. */
function read<T>(parse: ParseValue<T>, written: string, quoted = true): T | string | null {
  const parsed = parse(readScalar(written, quoted), () => {});
  return parsed.ok ? parsed.value : `refused: ${parsed.error.message}`;
}

describe("peerIp (reference 1.1)", () => {
  test.each([
    ["192.168.1.1", "192.168.1.1", null],
    ["fd00::1", "fd00::1", null],
    ["FD00:0::1", "fd00::1", null],
    ["192.168.1.1:500", "192.168.1.1", 500],
    ["[9000::]:500", "9000::", 500],
    ["1.2.3.4:65535", "1.2.3.4", 65535],
  ])("%s is %s with port %s", (written, address, port) => {
    const peer = read(peerIp, written);
    expect(peer).toMatchObject({ port });
    expect(String((peer as { address: unknown }).address)).toBe(address);
  });

  test.each([
    ["[fd00::1]", /brackets but no port/],
    ["192.168.1.1:", /no port from 1/],
    ["[9000::]:", /no port from 1/],
    [":8552", /no IPv4 or IPv6 address/],
    ["[]:8552", /no IPv4 or IPv6 address/],
    ["192.168.0.0:0", /no port from 1/],
    ["192.168.0.0:65536", /no port from 1/],
    ["[9000::]:98956", /no port from 1/],
    ["[192.168.0.1]:98956", /brackets around an IPv4/],
    ["[192.168.0.1]:500", /brackets around an IPv4/],
    ["192.168.0.330:170", /"192.168.0.330" is no IPv4/],
    ["[9000::FFFFF]:170", /no IPv4 or IPv6 address/],
    ["fe80::1%eth0", /zone/],
    ["[fe80::1%eth0]:179", /zone/],
    ["tor.example.com", /host name/],
    ["tor.example.com:179", /host name/],
    ["10.0.0.1/24", /no IPv4 or IPv6 address/],
    ["1.2.3.4:179:1", /no IPv4 or IPv6 address/],
    ["1.2.3.4:+1", /no IPv4 or IPv6 address/],
  ])("%s is refused", (written, message) => expect(read(peerIp, written)).toMatch(message));
});

describe("asNumber (reference 2.1)", () => {
  test.each([
    ["64512", false, 64512],
    ["64512", true, 64512],
    ["1.10", true, 65546],
    ["0.65000", true, 65000],
    ["65535.65535", true, 4294967295],
    ["4294967295", false, 4294967295],
    ["0", false, null],
    ["0", true, null],
  ])("%s (quoted: %s) is %s", (written, quoted, value) => expect(read(asNumber("unset"), written, quoted)).toBe(value));

  test.each([
    ["4294967296", false],
    ["-1", false],
    ["64512.5", false],
    ["1.10", false],
    ["1e3", false],
    ["true", false],
    ["65536.1", true],
    ["1.65536", true],
    ["1.2.3", true],
    ["", true],
    ["AS64512", true],
    [" 64512", true],
    ["0x10", true],
    ["64513x", true],
  ])("%s (quoted: %s) is refused", (written, quoted) => expect(read(asNumber("unset"), written, quoted)).toMatch(/^refused/));
});

describe("parseDuration (Go's notation)", () => {
  test.each([
    ["10s", 10],
    ["2m", 120],
    ["1m30s", 90],
    ["1h", 3600],
    ["1.5h", 5400],
    [".5m", 30],
    ["500ms", 1],
    ["499ms", 0],
    ["1499ms", 1],
    ["1500ms", 2],
    ["0.1s0.4s", 1],
    ["1500000us", 2],
    ["1500000µs", 2],
    ["1ns", 0],
    ["-2s", -2],
    ["+2s", 2],
    ["-1500ms", -2],
    ["0", 0],
  ])("%s is %i s", (text, seconds) => expect(parseDuration(text)).toEqual({ ok: true, value: seconds }));

  test.each(["", "10", "s", "10 s", "1d", "1m 30s", "10S", "1.2.3s", ".s", "1m30", "--1s"])("%j is refused", (text) => {
    expect(parseDuration(text).ok).toBe(false);
  });

  test.each([
    ["120", false, /120 has no unit/],
    ["121s", true, /"121s" is not allowed/],
    ["-1s", true, /"-1s" is not allowed/],
  ])("duration(0, 120) refuses %s", (written, quoted, message) =>
    expect(read(duration(0, 120), written, quoted)).toMatch(message),
  );
});

describe("parseCommunity", () => {
  test.each([
    ["0:0", 0],
    ["1:2", 65538],
    ["65535:65535", 4294967295],
    ["0:0:0", [0, 0, 0]],
    ["4294967295:4294967295:4294967295", [4294967295, 4294967295, 4294967295]],
  ])("%s is %j", (text, value) => expect(parseCommunity(text)).toEqual({ ok: true, value }));

  test.each([
    "65536:1",
    "70000:100",
    "1:2:3:4",
    "12345",
    "100 : 200",
    "100:200:",
    "-1:100",
    "",
    "1:2:4294967296",
    "a:b",
    "1:65536",
  ])("%j is refused", (text) => {
    expect(parseCommunity(text).ok).toBe(false);
  });
});

describe("addresses", () => {
  test.each([
    ["10.0.0.0/8", "10.0.0.0/8"],
    ["10.0.0.1", "10.0.0.1/32"],
    ["fd00::1", "fd00::1/128"],
    ["0.0.0.0/0", "0.0.0.0/0"],
  ])("cidr reads %s as %s", (written, prefix) => expect(String(read(cidr(), written))).toBe(prefix));

  test.each(["10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "/8", "x"])("cidr refuses %s", (written) => {
    expect(read(cidr(), written)).toMatch(/^refused/);
  });

  test("nodeAddress keeps the address and its subnet", () => {
    const address = read(nodeAddress(4), "10.0.0.11/24") as { address: unknown; network: unknown };
    expect([String(address.address), String(address.network)]).toEqual(["10.0.0.11", "10.0.0.0/24"]);
  });

  test("nodeAddress gives a bare address a subnet of one", () => {
    expect(String((read(nodeAddress(6), "fd00::11") as { network: unknown }).network)).toBe("fd00::11/128");
  });
});

describe("names", () => {
  test.each(["a", "a-b.c", "0", "node.a", "a".repeat(253)])("resourceName accepts %s", (name) =>
    expect(read(resourceName, name)).toBe(name),
  );
  test.each(["A", "a_b", "-a", "a-", "a..b", ".a", "a.", "a b", "a".repeat(254), "é"])("resourceName refuses %j", (name) => {
    expect(read(resourceName, name)).toMatch(/^refused/);
  });
  test.each(["a", "example.com/a", "A_b.c-d", `${"a".repeat(63)}`])("isLabelKey accepts %s", (key) =>
    expect(isLabelKey(key)).toBe(true),
  );
  test.each(["", "/a", "a/", "A.com/a", "a/b/c", "-a", "a".repeat(64), "a b"])("isLabelKey refuses %j", (key) =>
    expect(isLabelKey(key)).toBe(false),
  );
  test.each(["", "a", "A_b.c-d"])("labelValue accepts %j", (value) => expect(read(labelValue, value)).toBe(value));
  test.each(["-a", "a b", "a".repeat(64), "a/b"])("labelValue refuses %j", (value) =>
    expect(read(labelValue, value)).toMatch(/^refused/),
  );
});
