import { describe, expect, it } from "vitest";
import type { AttributeSet } from "../../../protocol/attributes/attribute-set.js";
import { Family } from "../../../protocol/net/address-family.js";
import { asn } from "../../../protocol/net/asn.js";
import { Matcher, type RouteFacts } from "../../../rib/policy/match.js";
import type { Condition, RouteSource } from "../../../rib/policy/policy.js";
import { cidr, ExportWorld, ip, path } from "../../models/export-world.js";

interface Route {
  readonly prefix?: string;
  readonly attributes?: AttributeSet;
  readonly source?: RouteSource;
  readonly interface?: string;
}

function holds(condition: Condition, route: Route, ownAs: number | null = null): boolean {
  const world = new ExportWorld();
  const prefix = cidr(route.prefix ?? "10.1.0.0/16");
  const { attributes, nextHops } = world.rib;
  const { prefixes } = world.rib.table(prefix.family);
  const set = world.intern({ origin: 0, asPath: [], ...route.attributes }, prefix.family, route.interface);
  const { w0, w1, w2, w3 } = prefix.address;
  const facts: RouteFacts = { w0, w1, w2, w3, length: prefix.length, set, source: route.source ?? "bgp" };
  return new Matcher(condition, { attributes, nextHops, prefixes }, ownAs).holds(facts);
}

describe("Matcher: prefix conditions (BGPFilter matchOperator)", () => {
  const inside = (text: string, minLength = 0, maxLength = 128, not = false): Condition => ({
    ...{ type: "prefix", cidr: cidr(text), operator: "in", not, minLength, maxLength },
  });
  const equal = (text: string, not = false): Condition => ({
    ...{ type: "prefix", cidr: cidr(text), operator: "equal", not, minLength: 0, maxLength: 128 },
  });

  it.each([
    ["In: the same prefix", inside("10.1.0.0/16"), "10.1.0.0/16", true],
    ["In: more specific", inside("10.0.0.0/8"), "10.1.0.0/16", true],
    ["In: less specific", inside("10.1.0.0/16"), "10.0.0.0/8", false],
    ["In: beside", inside("10.1.0.0/16"), "10.2.0.0/16", false],
    ["In: everything is inside /0", inside("0.0.0.0/0"), "203.0.113.7/32", true],
    ["In: 128.0.0.0/1 has the sign bit", inside("128.0.0.0/1"), "203.0.113.0/24", true],
    ["In: lengths from 24 on", inside("10.0.0.0/8", 24, 26), "10.1.0.0/16", false],
    ["In: the least length", inside("10.0.0.0/8", 24, 26), "10.1.2.0/24", true],
    ["In: the greatest length", inside("10.0.0.0/8", 24, 26), "10.1.2.64/26", true],
    ["In: one more", inside("10.0.0.0/8", 24, 26), "10.1.2.32/27", false],
    ["NotIn: outside", inside("10.0.0.0/8", 0, 128, true), "11.0.0.0/8", true],
    ["NotIn: inside", inside("10.0.0.0/8", 0, 128, true), "10.1.0.0/16", false],
    ["NotIn: inside, but of another length", inside("10.0.0.0/8", 24, 26, true), "10.1.0.0/16", true],
    ["Equal: the same", equal("10.1.0.0/16"), "10.1.0.0/16", true],
    ["Equal: another length", equal("10.1.0.0/16"), "10.1.0.0/17", false],
    ["NotEqual: another", equal("10.1.0.0/16", true), "10.2.0.0/16", true],
    ["IPv6: below the first word", inside("2001:db8:0:1::/64"), "2001:db8:0:1:8000::/66", true],
    ["IPv6: beside, in the second word", inside("2001:db8:0:1::/64"), "2001:db8:0:2::/64", false],
    ["IPv6: host routes", equal("2001:db8::1/128"), "2001:db8::1/128", true],
    ["another family is never inside", inside("2001:db8::/32"), "10.1.0.0/16", false],
    ["another family is always outside", inside("::/0", 0, 128, true), "10.1.0.0/16", true],
    ["another family is never equal", equal("::/0"), "0.0.0.0/0", false],
  ] as const)("%s", (_name, condition, prefix, expected) => {
    expect(holds(condition, { prefix })).toBe(expected);
  });

  it("inside-any holds inside one of the blocks of the route's family", () => {
    const condition: Condition = { type: "inside-any", cidrs: [cidr("2001:db8::/32"), cidr("10.1.0.0/16"), cidr("10.3.0.0/16")] };
    expect(holds(condition, { prefix: "10.3.4.0/24" })).toBe(true);
    expect(holds(condition, { prefix: "10.2.0.0/16" })).toBe(false);
    expect(holds({ type: "inside-any", cidrs: [] }, {})).toBe(false);
  });
});

describe("Matcher: conditions on what a route carries", () => {
  const v4 = ip("192.0.2.1");

  it("source holds for the sources listed", () => {
    expect(holds({ type: "source", sources: ["static", "kernel"] }, { source: "kernel" })).toBe(true);
    expect(holds({ type: "source", sources: ["static", "kernel"] }, { source: "bgp" })).toBe(false);
  });

  it.each([
    ["cali*", "cali12345", true],
    ["cali*", "eth0", false],
    ["*.cali", "vxlan.cali", true],
    ["*.cali", "vxlanxcali", false],
    ["e*0", "eth0", true],
    ["e*0", "eth01", false],
    ["eth0", "eth0", true],
    ["*", "anything", true],
  ])("interface glob %s, interface %s: %s", (glob, name, expected) => {
    expect(holds({ type: "interface", globs: ["zzz", glob] }, { interface: name })).toBe(expected);
  });

  it("interface asks the next hop's when the route names none, and no known interface matches nothing", () => {
    const world = new ExportWorld();
    const set = world.intern({ origin: 0, asPath: [], nextHop: v4 });
    const { attributes, nextHops } = world.rib;
    const { prefixes } = world.rib.table(Family.Ipv4Unicast);
    const matcher = new Matcher({ type: "interface", globs: ["*"] }, { attributes, nextHops, prefixes }, null);
    const facts: RouteFacts = { w0: 0, w1: 0, w2: 0, w3: 0, length: 0, set, source: "bgp" };
    expect(matcher.holds(facts)).toBe(false);
    nextHops.set(attributes.nextHop(set), { reachable: true, metric: 0, interface: "eth3" });
    expect(matcher.holds(facts)).toBe(true);
  });

  it.each([
    ["above", 100, {}, false],
    ["above", 99, {}, true], // LOCAL_PREF is 100 when absent
    ["above", 2147482623, { localPref: 2147483135 }, true],
    ["above", 4294967294, { localPref: 4294967295 }, true],
    ["equal", 100, {}, true],
    ["equal", 4294967295, { localPref: 4294967295 }, true],
    ["equal", 200, { localPref: 201 }, false],
  ] as const)("local-pref %s %i", (operator, value, attributes, expected) => {
    expect(holds({ type: "local-pref", operator, value }, { attributes })).toBe(expected);
  });

  it("community and large-community look at every value", () => {
    const attributes: AttributeSet = {
      communities: [0x00010001, 0xffff0001],
      largeCommunities: [
        [1, 2, 3],
        [4294967295, 0, 7],
      ],
    };
    expect(holds({ type: "community", community: 0xffff0001 }, { attributes })).toBe(true);
    expect(holds({ type: "community", community: 0x00010002 }, { attributes })).toBe(false);
    expect(holds({ type: "community", community: 0x00010001 }, {})).toBe(false);
    expect(holds({ type: "large-community", community: [4294967295, 0, 7] }, { attributes })).toBe(true);
    expect(holds({ type: "large-community", community: [2, 3, 4294967295] }, { attributes })).toBe(false);
  });

  const sets: AttributeSet = {
    asPath: [
      { type: "sequence", asns: [asn(1)] },
      { type: "sequence", asns: [asn(2)] },
      { type: "set", asns: [asn(3)] },
    ],
  };
  it.each([
    ["the whole path", [1, 2], path(1, 2), null, true],
    ["its beginning", [1], path(1, 2), null, true],
    ["its end", [2], path(1, 2), null, false],
    ["more than there is", [1, 2, 3], path(1, 2), null, false],
    ["nothing", [], path(), null, true],
    ["4-octet numbers", [4200000000], path(4200000000, 2), null, true],
    ["across two sequences", [1, 2], sets.asPath, null, true],
    ["into a set", [1, 2, 3], sets.asPath, null, false],
    ["behind our own AS, towards eBGP", [65000, 1], path(1, 2), 65000, true],
    ["our own AS alone, towards eBGP", [65000], path(), 65000, true],
    ["without our own AS, towards eBGP", [1], path(1, 2), 65000, false],
  ] as const)("as-path-prefix: %s", (_name, asns, asPath, ownAs, expected) => {
    const attributes = { asPath: asPath ?? [] };
    expect(holds({ type: "as-path-prefix", asns: asns.map((n) => asn(n)) }, { attributes }, ownAs)).toBe(expected);
  });

  it("never does not hold", () => {
    expect(holds({ type: "never" }, {})).toBe(false);
  });
});
