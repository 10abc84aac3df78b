import { expect, test } from "vitest";
import { decodeMessage } from "../../../protocol/messages/message.js";
import { fromHex, messageOf, toHex } from "../../golden/hex.js";
import { EXTERNAL } from "../../golden/options.js";

const decodeBody = (hex: string) => decodeMessage(messageOf(5, fromHex(hex)), EXTERNAL);

test.each([
  ["a plain request", "0001 00 01", "request"],
  ["BoRR", "0002 01 01", "begin"],
  ["EoRR", "0002 02 01", "end"],
  ["a subtype to be ignored (RFC 7313 §5)", "0001 03 01", "unknown"],
  ["a request with filters (RFC 5291)", "0001 00 01 01 40 0009 800000000001000000", "request"],
])("decodeRouteRefresh reads %s", (_what, body, subtype) => {
  expect(decodeBody(body)).toMatchObject({ ok: true, value: { type: "route-refresh", safi: 1, subtype } });
});

test.each(["0001", "0001 00", "0001 01 01 00", "0001 02 01 0000"])(
  "decodeRouteRefresh refuses body %s with the whole message as data (RFC 7313 §5)",
  (body) => {
    const result = decodeBody(body);
    expect(result).toMatchObject({ ok: false, error: { code: 7, subcode: 1 } });
    expect(result.ok ? "" : toHex(result.error.data)).toBe(toHex(messageOf(5, fromHex(body))));
  },
);
