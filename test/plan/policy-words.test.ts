import { expect, test } from "vitest";
import { asn } from "../../protocol/net/asn.js";
import type { Condition, Modification } from "../../rib/policy/policy.js";
import { conditionText, modificationText } from "../../src/plan/policy-words.js";
import { prefix } from "./typed-set.js";

const inTen = { type: "prefix", cidr: prefix("10.0.0.0/8"), operator: "in", not: false, minLength: 8, maxLength: 32 } as const;

test.each<readonly [string, Condition]>([
  ["inside 10.0.0.0/8", inTen],
  ["not inside 10.0.0.0/8 with length 16 to 24", { ...inTen, not: true, minLength: 16, maxLength: 24 }],
  ["inside 10.0.0.0/8 with length 32", { ...inTen, minLength: 32 }],
  ["10.0.0.0/8", { ...inTen, operator: "equal", maxLength: 8 }],
  ["not 10.0.0.0/8", { ...inTen, operator: "equal", not: true, maxLength: 8 }],
  [
    "inside one of 9 blocks (10.0.0.0/8 to fd00::/8)",
    { type: "inside-any", cidrs: [...Array(8).fill(prefix("10.0.0.0/8")), prefix("fd00::/8")] },
  ],
  ["inside 10.0.0.0/8 or fd00::/8", { type: "inside-any", cidrs: [prefix("10.0.0.0/8"), prefix("fd00::/8")] }],
  ["from a BGP peer", { type: "source", sources: ["bgp"] }],
  ["leaves by interface eth0 or cali*", { type: "interface", globs: ["eth0", "cali*"] }],
  ["LOCAL_PREF above 2147482623 (priority 1024)", { type: "local-pref", operator: "above", value: 2147482623 }],
  ["LOCAL_PREF 2147483135 (priority 512)", { type: "local-pref", operator: "equal", value: 2147483135 }],
  ["carries community 65000:1", { type: "community", community: 65000 * 65536 + 1 }],
  ["carries community no-export", { type: "community", community: 0xffffff01 }],
  ["carries community 4294967295:0:1", { type: "large-community", community: [4294967295, 0, 1] }],
  ["AS_PATH starts with 65001 65002", { type: "as-path-prefix", asns: [asn(65001), asn(65002)] }],
  ["never", { type: "never" }],
])("a condition reads %s", (words, condition) => {
  expect(conditionText(condition)).toBe(words);
});

test.each<readonly [string, Modification]>([
  ["set LOCAL_PREF 2147483135 (priority 512)", { type: "set-local-pref", value: 2147483135 }],
  ["add community 65000:1 65000:2", { type: "add-communities", communities: [65000 * 65536 + 1, 65000 * 65536 + 2] }],
  ["add community 1:2:3", { type: "add-large-communities", communities: [[1, 2, 3]] }],
  ["prepend AS 65001 65001", { type: "prepend-as-path", asns: [asn(65001), asn(65001)] }],
  ["prefer like a static route", { type: "raise-preference" }],
])("a modification reads %s", (words, modification) => {
  expect(modificationText(modification)).toBe(words);
});
