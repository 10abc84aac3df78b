import { describe, expect, test } from "vitest";
import { decodeMessage, encodeMessage } from "../../../protocol/messages/message.js";
import type { OpenMessage } from "../../../protocol/messages/open.js";
import { asn } from "../../../protocol/net/asn.js";
import { routerId } from "../../../protocol/net/router-id.js";
import { fromHex, messageOf, toHex } from "../../golden/hex.js";
import { EXTERNAL } from "../../golden/options.js";

const HEAD = "04 fde9 00b4 c0000201"; // version 4, AS 65001, hold time 180, 192.0.2.1

function decodeParameters(parameters: string, head = HEAD) {
  return decodeMessage(messageOf(1, fromHex(head + parameters)), EXTERNAL);
}

describe("decodeOpen", () => {
  test("reads the fields of RFC 4271 §4.2", () => {
    expect(decodeParameters("00")).toEqual({
      ok: true,
      value: { type: "open", version: 4, myAs: 65001, holdTimeSeconds: 180, routerId: 0xc0000201, capabilities: [] },
    });
  });

  test.each([
    ["many capabilities in one parameter", "0a 0208 0104000100010200", [{ type: "multiprotocol" }, { type: "route-refresh" }]],
    ["the same capability twice", "08 0202 0200 0202 0200", [{ type: "route-refresh" }, { type: "route-refresh" }]],
    ["octets in a capability that has none", "06 0204 02020000", [{ type: "route-refresh" }]],
    ["an unknown capability, kept", "06 0204 fb02abcd", [{ type: "unknown", code: 251, value: fromHex("abcd") }]],
    ["a role that nobody has named, kept", "05 0203 090109", [{ type: "unknown", code: 9 }]],
    ["a host name that does not fit, kept", "06 0204 49020541", [{ type: "unknown", code: 73 }]],
    [
      "the extended form of RFC 9072",
      "ff ff 0007 02 0004 0200 4600",
      [{ type: "route-refresh" }, { type: "enhanced-route-refresh" }],
    ],
    ["the extended form with a length field that is not 255", "0a ff 0007 02 0004 0200 4600", [{}, {}]],
    ["nothing in the extended form", "ff ff 0000", []],
  ])("accepts %s", (_what, parameters, capabilities) => {
    expect(decodeParameters(parameters)).toMatchObject({ ok: true, value: { capabilities } });
  });

  test.each([
    ["parameters shorter than their length", "04 0202", 0],
    ["parameters longer than their length", "02 0202 0200", 0],
    ["a parameter that is cut", "03 0204 02", 0],
    ["a capability that is cut", "04 0202 0204", 0],
    ["a multiprotocol capability of 2 octets", "06 0204 01020001", 0],
    ["an AS number of 3 octets", "07 0205 4103000001", 0],
    ["an empty graceful restart capability", "04 0202 4000", 0],
    ["a role of 4 octets", "08 0206 090400000001", 0],
    ["an authentication parameter (RFC 4271 §6.2)", "03 0101 00", 4],
    ["an unknown parameter", "02 fe00", 4],
    ["an extended parameter that is cut", "ff ff 0004 02 0004 02", 0],
  ])("refuses %s", (_what, parameters, subcode) => {
    expect(decodeParameters(parameters)).toMatchObject({ ok: false, error: { code: 2, subcode, action: "session-reset" } });
  });

  test("reads no further than the identifier when the version is another: the FSM answers that (2/1)", () => {
    expect(decodeParameters("ff aa", "03 fde9 00b4 c0000201")).toMatchObject({
      ok: true,
      value: { version: 3, capabilities: [] },
    });
  });
});

describe("encodeOpen", () => {
  const open: OpenMessage = {
    type: "open",
    version: 4,
    myAs: asn(65001),
    holdTimeSeconds: 180,
    routerId: routerId(0xc0000201),
    capabilities: [{ type: "route-refresh" }, { type: "four-octet-as", asNumber: asn(65001) }],
  };

  test("writes one parameter for each capability", () => {
    expect(toHex(encodeMessage(open, EXTERNAL)).slice(38)).toBe("04fde900b4c00002010c02020200020641040000fde9");
  });

  test("takes the extended form when 255 octets do not suffice (RFC 9072)", () => {
    const capabilities = [200, 201].map((code) => ({ type: "unknown" as const, code, value: new Uint8Array(150).fill(code) }));
    const bytes = encodeMessage({ ...open, capabilities }, EXTERNAL);
    expect(toHex(bytes.subarray(28, 35))).toBe("ffff0133020130");
    expect(decodeMessage(bytes, EXTERNAL)).toEqual({ ok: true, value: { ...open, capabilities } });
  });
});
