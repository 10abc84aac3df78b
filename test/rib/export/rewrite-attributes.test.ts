import { describe, expect, it } from "vitest";
import type { AsPathSegment, AttributeSet } from "../../../protocol/attributes/attribute-set.js";
import { decodeCanonical } from "../../../protocol/attributes/decode-attributes.js";
import { encodeAttributes } from "../../../protocol/attributes/encode-attributes.js";
import { Family } from "../../../protocol/net/address-family.js";
import { asn } from "../../../protocol/net/asn.js";
import { routerId } from "../../../protocol/net/router-id.js";
import type { ExportProfile } from "../../../rib/export/export-profile.js";
import { AttributeRewriter, type RouteOrigin } from "../../../rib/export/rewrite-attributes.js";
import { ip, OUR_AS, path, profileOf } from "../../models/export-world.js";

const EXTERNAL: RouteOrigin = { source: "bgp", internal: false, routerId: routerId(11) };
const INTERNAL: RouteOrigin = { source: "bgp", internal: true, routerId: routerId(12) };
const STATIC: RouteOrigin = { source: "static", internal: false, routerId: routerId(1) };
const KERNEL: RouteOrigin = { source: "kernel", internal: false, routerId: routerId(1) };

const TO_EXTERNAL = profileOf();
const TO_INTERNAL = profileOf({ internal: true });
const TO_CLIENT = profileOf({ internal: true, rrClient: true, clusterId: 42 });

const SET: AttributeSet = { origin: 0, asPath: path(65001, 65002), nextHop: ip("192.0.2.9") };

/** The list as it leaves, its next hop put back in; `types` are the type codes in their order. */
function rewrite(set: AttributeSet, from: RouteOrigin, to: ExportProfile, hasOwnAs = false) {
  const bytes = encodeAttributes(set, to.family, { fourOctetAs: true });
  const rewriter = new AttributeRewriter(to, hasOwnAs);
  const padded = Uint8Array.from([1, 2, 3, ...bytes, 4]); // a list lies somewhere in a slab
  rewriter.rewrite(new DataView(padded.buffer), 3, 3 + bytes.length, from);
  const list = rewriter.bytes.slice(0, rewriter.length);
  const attributes = decodeCanonical(list, 0, list.length);
  const types: number[] = [];
  for (
    let at = 0;
    at < list.length;
    at += (list[at] & 0x10) === 0 ? 3 + list[at + 2] : 4 + ((list[at + 2] << 8) | list[at + 3])
  ) {
    types.push(list[at + 1]);
  }
  expect(types).toEqual([...types].sort((a, b) => a - b));
  return { ...(rewriter.usesMpReach ? { ...attributes, ...rewriter.nextHop.read() } : attributes), types, list };
}

describe("AttributeRewriter: AS_PATH", () => {
  const segment = (type: AsPathSegment["type"], ...asns: number[]): AsPathSegment => ({ type, asns: asns.map((n) => asn(n)) });
  const long = Array.from({ length: 255 }, (_, i) => i + 1);
  const rest = Array.from({ length: 254 }, (_, i) => i + 1);

  it.each<[string, readonly AsPathSegment[], readonly AsPathSegment[]]>([
    ["a sequence gets our AS in front (b.1)", path(1, 2), path(OUR_AS, 1, 2)],
    ["254 numbers get one more", path(...rest), path(OUR_AS, ...rest)],
    ["255 numbers get a new segment in front", path(...long), [...path(OUR_AS), ...path(...long)]],
    ["a set gets a new segment in front (b.2)", [segment("set", 1, 2)], [...path(OUR_AS), segment("set", 1, 2)]],
    ["an empty path becomes ours (b.3)", [], path(OUR_AS)],
  ])("to an external peer: %s (RFC 4271 §5.1.2)", (_name, asPath, expected) => {
    expect(rewrite({ ...SET, asPath }, EXTERNAL, TO_EXTERNAL).asPath).toEqual(expected);
  });

  it("to an internal peer it stays as it is (RFC 4271 §5.1.2 a)", () => {
    expect(rewrite(SET, EXTERNAL, TO_INTERNAL).asPath).toEqual(SET.asPath);
  });

  it("a route of our own without one gets it: empty to internal peers, our AS to external ones (RFC 4271 §5.1.2)", () => {
    expect(rewrite({ origin: 0 }, STATIC, TO_INTERNAL).asPath).toEqual([]);
    expect(rewrite({ origin: 0 }, STATIC, TO_EXTERNAL).asPath).toEqual(path(OUR_AS));
  });

  it("has our AS once when policy has put it there already", () => {
    expect(rewrite({ ...SET, asPath: path(9, OUR_AS, 1) }, EXTERNAL, TO_EXTERNAL, true).asPath).toEqual(path(9, OUR_AS, 1));
  });

  it("to a peer with 2-octet AS numbers goes with AS_TRANS, and whole in AS4_PATH (RFC 6793 §4.2.2)", () => {
    const wide = { ...SET, asPath: path(4200000000), aggregator: { asNumber: asn(4200000001), address: ip("192.0.2.1") } };
    const { types, list } = rewrite(wide, EXTERNAL, profileOf({ fourOctetAs: false }));
    expect(types).toEqual([1, 2, 3, 7, 17, 18]);
    expect([...list.slice(4, 13)]).toEqual([0x40, 2, 6, 2, 2, OUR_AS >> 8, OUR_AS & 255, 23456 >> 8, 23456 & 255]);
    const narrow = rewrite(SET, EXTERNAL, profileOf({ fourOctetAs: false }));
    expect(narrow.types).toEqual([1, 2, 3]);
  });
});

describe("AttributeRewriter: what crosses the AS border", () => {
  const full: AttributeSet = {
    ...{ ...SET, multiExitDisc: 5, localPref: 300, originatorId: routerId(7), clusterList: [8, 9] },
    ...{ atomicAggregate: true, aggregator: { asNumber: asn(65001), address: ip("192.0.2.1") }, communities: [1] },
    ...{ largeCommunities: [[1, 2, 3]], onlyToCustomer: asn(65001) },
  };

  it("LOCAL_PREF, MULTI_EXIT_DISC, ORIGINATOR_ID and CLUSTER_LIST do not (RFC 4271 §5.1.4, §5.1.5; RFC 4456 §8)", () => {
    for (const from of [INTERNAL, EXTERNAL, STATIC]) {
      const out = rewrite(full, from, TO_EXTERNAL);
      expect(out.types).toEqual([1, 2, 3, 6, 7, 8, 32, 35]);
    }
  });

  it("the others do, ONLY_TO_CUSTOMER among them (RFC 9234 §5)", () => {
    const { atomicAggregate, aggregator, communities, largeCommunities, onlyToCustomer } = rewrite(full, EXTERNAL, TO_EXTERNAL);
    expect({ atomicAggregate, aggregator, communities, largeCommunities, onlyToCustomer }).toEqual({
      ...{ atomicAggregate: full.atomicAggregate, aggregator: full.aggregator, communities: full.communities },
      ...{ largeCommunities: full.largeCommunities, onlyToCustomer: full.onlyToCustomer },
    });
  });

  it("MULTI_EXIT_DISC stays on the way to internal peers (RFC 4271 §5.1.4)", () => {
    expect(rewrite(full, EXTERNAL, TO_INTERNAL).multiExitDisc).toBe(5);
  });

  it("extended communities with the non-transitive bit stay inside (RFC 4360 §6)", () => {
    const inside = Uint8Array.of(0x40, 4, 0, 0, 0, 0, 0, 1);
    const outside = Uint8Array.of(0, 2, 0, 1, 0, 0, 0, 2);
    const both = { ...SET, extendedCommunities: [inside, outside] };
    expect(rewrite(both, EXTERNAL, TO_EXTERNAL).extendedCommunities).toEqual([outside]);
    expect(rewrite(both, EXTERNAL, TO_INTERNAL).extendedCommunities).toEqual([inside, outside]);
    expect(rewrite({ ...SET, extendedCommunities: [inside] }, EXTERNAL, TO_EXTERNAL).extendedCommunities).toBeUndefined();
  });

  it("unknown attributes: transitive ones go on with the Partial bit, others are dropped (RFC 4271 §5)", () => {
    const value = Uint8Array.of(1, 2);
    const long = new Uint8Array(300);
    const unknown = [
      { code: 90, flags: 0x80, value },
      { code: 91, flags: 0xc0, value },
      { code: 92, flags: 0xe0, value },
      { code: 93, flags: 0xc0, value: long },
    ];
    for (const to of [TO_EXTERNAL, TO_INTERNAL, TO_CLIENT]) {
      expect(rewrite({ ...SET, unknown }, EXTERNAL, to).unknown).toEqual([
        { code: 91, flags: 0xe0, value },
        { code: 92, flags: 0xe0, value },
        { code: 93, flags: expect.toSatisfy((flags: number) => (flags & 0xe0) === 0xe0), value: long },
      ]);
    }
  });
});

describe("AttributeRewriter: LOCAL_PREF (RFC 4271 §5.1.5)", () => {
  it("is 100 to internal peers when the route has none, and its own otherwise", () => {
    expect(rewrite(SET, EXTERNAL, TO_INTERNAL).localPref).toBe(100);
    expect(rewrite({ origin: 0 }, STATIC, TO_INTERNAL).localPref).toBe(100);
    expect(rewrite({ ...SET, localPref: 7, communities: [1] }, EXTERNAL, TO_INTERNAL).localPref).toBe(7);
  });
});

describe("AttributeRewriter: reflection (RFC 4456 §8)", () => {
  it("ORIGINATOR_ID is the peer's that the route came from, unless there is one", () => {
    expect(rewrite(SET, INTERNAL, TO_CLIENT).originatorId).toBe(routerId(12));
    expect(rewrite({ ...SET, originatorId: routerId(7) }, INTERNAL, TO_CLIENT).originatorId).toBe(routerId(7));
  });

  it("CLUSTER_LIST gets our CLUSTER_ID in front", () => {
    expect(rewrite(SET, INTERNAL, TO_CLIENT).clusterList).toEqual([42]);
    expect(rewrite({ ...SET, clusterList: [8, 9] }, INTERNAL, TO_CLIENT).clusterList).toEqual([42, 8, 9]);
    const many = Array.from({ length: 63 }, (_, i) => i);
    expect(rewrite({ ...SET, clusterList: many }, INTERNAL, TO_CLIENT).clusterList).toEqual([42, ...many]);
  });

  it("neither is added to what an external peer or we ourselves brought", () => {
    for (const from of [EXTERNAL, STATIC]) {
      expect(rewrite(SET, from, TO_CLIENT).originatorId).toBeUndefined();
      expect(rewrite(SET, from, TO_CLIENT).clusterList).toBeUndefined();
    }
  });
});

describe("AttributeRewriter: NEXT_HOP (RFC 4271 §5.1.3, and what Calico's sessions do)", () => {
  const own = "10.0.0.1";
  const learned = "192.0.2.9";

  it.each([
    // mode, internal, origin, with a next hop → sent
    ["auto", true, "bgp", true, learned],
    ["auto", true, "kernel", true, learned],
    ["auto", true, "kernel", false, own],
    ["auto", true, "static", false, own],
    ["auto", true, "direct", false, own],
    ["auto", false, "bgp", true, own],
    ["auto", false, "kernel", true, own],
    ["auto", false, "static", false, own],
    ["keep", true, "bgp", true, learned],
    ["keep", true, "kernel", true, learned],
    ["keep", true, "static", false, own],
    ["keep", false, "bgp", true, learned],
    ["keep", false, "kernel", true, learned],
    ["keep", false, "kernel", false, own],
    ["keep", false, "static", false, own],
    ["self", true, "bgp", true, own],
    ["self", false, "bgp", true, own],
    ["self", true, "kernel", true, own],
  ] as const)("mode %s, internal %s, a %s route with a next hop: %s: %s", (nextHop, internal, source, has, expected) => {
    const { nextHop: _, ...without } = SET;
    const from: RouteOrigin = { source, internal: false, routerId: routerId(1) };
    const out = rewrite(has ? SET : without, from, profileOf({ nextHop, internal }));
    expect(out.nextHop?.toString()).toBe(expected);
    expect(out.types).toContain(3);
  });

  it("0.0.0.0 and :: are no next hops", () => {
    const v4 = rewrite({ ...SET, nextHop: ip("0.0.0.0") }, KERNEL, TO_INTERNAL);
    expect(v4.nextHop?.toString()).toBe(own);
    const to = profileOf({ internal: true, family: Family.Ipv6Unicast, selfAddress: ip("2001:db8::1") });
    expect(rewrite({ ...SET, nextHop: ip("::") }, KERNEL, to).nextHop?.toString()).toBe("2001:db8::1");
  });
});

describe("AttributeRewriter: next hops of MP_REACH_NLRI (RFC 4760, RFC 2545, RFC 8950)", () => {
  const v6 = profileOf({ family: Family.Ipv6Unicast, selfAddress: ip("2001:db8::1") });
  const set: AttributeSet = { ...SET, nextHop: ip("2001:db8::9"), linkLocalNextHop: ip("fe80::9") };

  it("IPv6 routes have none in the list, but in the field for MP_REACH_NLRI", () => {
    const out = rewrite(set, EXTERNAL, v6);
    expect(out.types).toEqual([1, 2]);
    expect(out.nextHop?.toString()).toBe("2001:db8::1");
  });

  it("our own link-local address goes with our own address only (RFC 2545 §3)", () => {
    const to = { ...v6, linkLocal: ip("fe80::1") };
    expect(rewrite(set, EXTERNAL, to).linkLocalNextHop?.toString()).toBe("fe80::1");
    const kept = rewrite(set, EXTERNAL, { ...to, internal: true });
    expect(kept.nextHop?.toString()).toBe("2001:db8::9");
    expect(kept.linkLocalNextHop).toBeUndefined();
  });

  it("a link-local next hop is not kept: it means nothing off its link", () => {
    const out = rewrite({ ...SET, nextHop: ip("fe80::9") }, EXTERNAL, { ...v6, internal: true });
    expect(out.nextHop?.toString()).toBe("2001:db8::1");
  });

  it("IPv4 routes keep an IPv6 next hop for peers that take it, and for others get ours (RFC 8950 §4)", () => {
    const v4over6 = { ...SET, nextHop: ip("2001:db8::9") };
    const takes = rewrite(v4over6, EXTERNAL, { ...TO_INTERNAL, extendedNextHop: true });
    expect(takes.nextHop?.toString()).toBe("2001:db8::9");
    expect(takes.types).not.toContain(3);
    expect(rewrite(v4over6, EXTERNAL, TO_INTERNAL).nextHop?.toString()).toBe("10.0.0.1");
    const ours = profileOf({ extendedNextHop: true, selfAddress: ip("2001:db8::1") });
    expect(rewrite(SET, EXTERNAL, ours).nextHop?.toString()).toBe("2001:db8::1");
  });
});
