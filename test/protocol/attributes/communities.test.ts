import { expect, test } from "vitest";
import { formatCommunity } from "../../../protocol/attributes/communities.js";
import { formatExtendedCommunity } from "../../../protocol/attributes/extended-communities.js";
import { formatLargeCommunity } from "../../../protocol/attributes/large-communities.js";
import { fromHex } from "../../golden/hex.js";

test.each([
  [0xfde90064, "65001:100"],
  [0xffff029a, "blackhole"],
  [0xffffff01, "no-export"],
  [0xffffff04, "no-peer"],
  [0, "0:0"],
])("formatCommunity writes %i as %s", (value, text) => {
  expect(formatCommunity(value)).toBe(text);
});

test.each([
  ["0002fde900000007", "rt:65001:7"],
  ["0003fde900000007", "soo:65001:7"],
  ["0102c00002010007", "rt:192.0.2.1:7"],
  ["0202fa56ea010007", "rt:4200000001:7"],
  ["4002fde900000007", "rt:65001:7"],
  ["030c000000000008", "030c000000000008"],
])("formatExtendedCommunity writes %s as %s", (hex, text) => {
  expect(formatExtendedCommunity(fromHex(hex))).toBe(text);
});

test("formatLargeCommunity writes three numbers", () => {
  expect(formatLargeCommunity([65001, 1, 2])).toBe("65001:1:2");
});
