import fc, { type Arbitrary } from "fast-check";
import type { AsPathSegment, AttributeSet, UnknownAttribute } from "../protocol/attributes/attribute-set.js";
import { codecOf } from "../protocol/attributes/codec-table.js";
import type { Capability } from "../protocol/capabilities/capability.js";
import type { CodecOptions } from "../protocol/messages/codec-options.js";
import type { Message } from "../protocol/messages/message.js";
import type { NotificationMessage } from "../protocol/messages/notification.js";
import type { OpenMessage } from "../protocol/messages/open.js";
import type { RouteRefreshMessage } from "../protocol/messages/route-refresh.js";
import type { RoutePrefix, UpdateMessage } from "../protocol/messages/update.js";
import { Family } from "../protocol/net/address-family.js";
import { type Asn, asn } from "../protocol/net/asn.js";
import { IpAddress } from "../protocol/net/ip-address.js";
import { Prefix } from "../protocol/net/prefix.js";
import { routerId } from "../protocol/net/router-id.js";

// Values that every part accepts: what a well-behaved peer may send.

const u8 = fc.integer({ min: 0, max: 0xff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const word = fc.integer({ min: -0x80000000, max: 0x7fffffff });

export const anyFamily: Arbitrary<Family> = fc.constantFrom(...Object.values(Family));
export const anyAsn: Arbitrary<Asn> = fc
  .oneof(fc.integer({ min: 1, max: 65535 }), fc.integer({ min: 1, max: 0xffffffff }))
  .map(asn);
export const anyIpv4: Arbitrary<IpAddress> = word.map((w0) => IpAddress.v4(w0));
export const anyIpv6: Arbitrary<IpAddress> = fc.tuple(word, word, word, word).map((words) => IpAddress.v6(...words));

export const anyPrefix4: Arbitrary<Prefix> = fc
  .tuple(anyIpv4, fc.integer({ min: 0, max: 32 }))
  .map(([address, length]) => Prefix.of(address, length));
export const anyPrefix6: Arbitrary<Prefix> = fc
  .tuple(anyIpv6, fc.integer({ min: 0, max: 128 }))
  .map(([address, length]) => Prefix.of(address, length));
export const anyPrefix: Arbitrary<Prefix> = fc.oneof(anyPrefix4, anyPrefix6);

/** A unicast address that may be a next hop. */
export const anyNextHop4: Arbitrary<IpAddress> = fc
  .tuple(fc.integer({ min: 1, max: 223 }), fc.integer({ min: 0, max: 0xffffff }))
  .filter(([first]) => first !== 127)
  .map(([first, rest]) => IpAddress.v4((first << 24) | rest));
export const anyNextHop6: Arbitrary<IpAddress> = fc
  .tuple(fc.integer({ min: 0x20000000, max: 0x3fffffff }), word, word, word)
  .map((words) => IpAddress.v6(...words));
const anyLinkLocal: Arbitrary<IpAddress> = fc.tuple(word, word).map(([w2, w3]) => IpAddress.v6(0xfe800000, 0, w2, w3));

const anySegment: Arbitrary<AsPathSegment> = fc.record({
  type: fc.constantFrom("sequence", "sequence", "sequence", "set"),
  asns: fc.array(anyAsn, { minLength: 1, maxLength: 12 }),
});

/** Sequences and sets; no two sequences in a row, which RFC 6793 merging may join. */
export const anyAsPath: Arbitrary<readonly AsPathSegment[]> = fc
  .array(anySegment, { maxLength: 4 })
  .filter((segments) => segments.every(({ type }, i) => i === 0 || type !== segments[i - 1]!.type));

/** Type codes that have no row, nor ever one of the multiprotocol ones. */
const anyUnknownAttribute: Arbitrary<UnknownAttribute> = fc.record({
  code: u8.filter((code) => codecOf(code) === undefined && code !== 15),
  flags: fc.constantFrom(0xc0, 0xe0),
  value: fc.uint8Array({ maxLength: 300 }),
});

const unknownAttributes = fc
  .uniqueArray(anyUnknownAttribute, { minLength: 1, maxLength: 3, selector: ({ code }) => code })
  .map((list) => list.toSorted((a, b) => a.code - b.code));

/** Optional attributes in any combination. */
const optionalAttributes: Arbitrary<AttributeSet> = fc
  .record(
    {
      multiExitDisc: u32,
      atomicAggregate: fc.constant(true as const),
      aggregator: fc.record({ asNumber: anyAsn, address: anyIpv4 }),
      communities: fc.array(u32, { minLength: 1, maxLength: 80 }),
      extendedCommunities: fc.array(fc.uint8Array({ minLength: 8, maxLength: 8 }), { minLength: 1, maxLength: 4 }),
      ipv6ExtendedCommunities: fc.array(fc.uint8Array({ minLength: 20, maxLength: 20 }), { minLength: 1, maxLength: 2 }),
      largeCommunities: fc.uniqueArray(fc.tuple(u32, u32, u32), { minLength: 1, maxLength: 4, selector: String }),
      onlyToCustomer: anyAsn,
      unknown: unknownAttributes,
    },
    { requiredKeys: [] },
  )
  .map((set) => set as AttributeSet);

/** What an internal peer adds. */
const internalAttributes: Arbitrary<AttributeSet> = fc.oneof(
  fc.record({ localPref: u32 }),
  fc.record({ localPref: u32, originatorId: u32.map(routerId), clusterList: fc.array(u32, { minLength: 1, maxLength: 4 }) }),
);

/** A complete, valid set for prefixes of `family`. */
export function anyAttributeSet(family: Family, internal: boolean): Arbitrary<AttributeSet> {
  const v6NextHop = fc.oneof(
    fc.record({ nextHop: anyNextHop6 }),
    fc.record({ nextHop: anyNextHop6, linkLocalNextHop: anyLinkLocal }),
  );
  const nextHop: Arbitrary<AttributeSet> =
    family === Family.Ipv4Unicast ? fc.oneof(fc.record({ nextHop: anyNextHop4 }), v6NextHop) : v6NextHop;
  const partial = fc.subarray(Object.keys(MAY_BE_PARTIAL).map(Number));
  const mandatory = fc.record({ origin: fc.constantFrom(0 as const, 1 as const, 2 as const), asPath: anyAsPath });
  return fc
    .tuple(mandatory, nextHop, optionalAttributes, internal ? internalAttributes : fc.constant({}), partial)
    .map(([known, hop, optional, inside, codes]) => withPartial({ ...known, ...hop, ...optional, ...inside }, codes));
}

const MAY_BE_PARTIAL: Readonly<Record<number, keyof AttributeSet>> = {
  7: "aggregator",
  8: "communities",
  16: "extendedCommunities",
  25: "ipv6ExtendedCommunities",
  32: "largeCommunities",
  35: "onlyToCustomer",
};

function withPartial(set: AttributeSet, codes: readonly number[]): AttributeSet {
  const partial = codes.filter((code) => set[MAY_BE_PARTIAL[code]!] !== undefined);
  return partial.length === 0 ? set : { ...set, partial };
}

/** Every combination of negotiated facts, both families carried. */
export const anyCodecOptions: Arbitrary<CodecOptions> = fc.record({
  fourOctetAs: fc.boolean(),
  internal: fc.boolean(),
  addPath: fc.subarray(Object.values(Family)).map((families) => new Set(families)),
  families: fc.constant(new Set(Object.values(Family))),
  extendedNextHop: fc.constant(true),
  maxMessageLength: fc.constant(65535 as const),
});

function anyRoutePrefix(family: Family, options: CodecOptions): Arbitrary<RoutePrefix> {
  const prefix = family === Family.Ipv4Unicast ? anyPrefix4 : anyPrefix6;
  return options.addPath.has(family) ? fc.record({ prefix, pathId: u32 }) : prefix.map((value) => ({ prefix: value }));
}

/** An UPDATE without faults: withdrawals of both families, in the order of the message, and at most one announcement. */
export function anyUpdate(options: CodecOptions): Arbitrary<UpdateMessage> {
  const routes = (family: Family, minLength: number) => fc.array(anyRoutePrefix(family, options), { minLength, maxLength: 8 });
  const withdrawn = fc.tuple(routes(Family.Ipv4Unicast, 0), routes(Family.Ipv6Unicast, 0)).map((lists) => lists.flat());
  const announcement = anyFamily.chain((family) =>
    fc.record({
      family: fc.constant(family),
      attributes: anyAttributeSet(family, options.internal),
      prefixes: routes(family, 1),
    }),
  );
  return fc.record({
    type: fc.constant("update"),
    withdrawn,
    announced: announcement.map((value) => [value]),
    endOfRib: fc.constant(null),
    faults: fc.constant([]),
    action: fc.constant("none"),
  });
}

const anyAfiSafi = fc.record({ afi: u16, safi: u8 });
const anyText = fc.string({ maxLength: 16 });

/** Any capability that we know, and unknown ones. */
export const anyCapability: Arbitrary<Capability> = fc.oneof(
  anyAfiSafi.map((family) => ({ type: "multiprotocol" as const, ...family })),
  fc.constantFrom<Capability>({ type: "route-refresh" }, { type: "enhanced-route-refresh" }, { type: "extended-message" }),
  anyAsn.map((asNumber) => ({ type: "four-octet-as" as const, asNumber })),
  fc.record({
    type: fc.constant("graceful-restart" as const),
    restarting: fc.boolean(),
    notification: fc.boolean(),
    restartTimeSeconds: fc.integer({ min: 0, max: 4095 }),
    families: fc.array(fc.record({ afi: u16, safi: u8, forwardingPreserved: fc.boolean() }), { maxLength: 4 }),
  }),
  fc.record({
    type: fc.constant("add-path" as const),
    families: fc.array(fc.record({ afi: u16, safi: u8, mode: fc.constantFrom("receive", "send", "both") }), { maxLength: 4 }),
  }),
  fc.record({
    type: fc.constant("extended-next-hop" as const),
    families: fc.array(fc.record({ afi: u16, safi: u8, nextHopAfi: u16 }), { maxLength: 4 }),
  }),
  fc.record({
    type: fc.constant("role" as const),
    role: fc.constantFrom("provider", "route-server", "route-server-client", "customer", "peer"),
  }),
  fc.record({ type: fc.constant("fqdn" as const), hostname: anyText, domain: anyText }),
  fc.record({ type: fc.constant("software-version" as const), version: anyText }),
  fc.record({
    type: fc.constant("unknown" as const),
    code: fc.integer({ min: 128, max: 255 }),
    value: fc.uint8Array({ maxLength: 255 }),
  }),
);

/** From no capabilities to so many that the OPEN needs RFC 9072. */
export const anyOpen: Arbitrary<OpenMessage> = fc.record({
  type: fc.constant("open"),
  version: fc.constant(4),
  myAs: u16.map(asn),
  holdTimeSeconds: u16,
  routerId: u32.map(routerId),
  capabilities: fc.oneof(fc.array(anyCapability, { maxLength: 8 }), fc.array(anyCapability, { minLength: 8, maxLength: 12 })),
});

export const anyNotification: Arbitrary<NotificationMessage> = fc.record({
  type: fc.constant("notification"),
  code: u8,
  subcode: u8,
  data: fc.uint8Array({ maxLength: 300 }),
});

export const anyRouteRefresh: Arbitrary<RouteRefreshMessage> = fc.record({
  type: fc.constant("route-refresh"),
  afi: u16,
  safi: u8,
  subtype: fc.constantFrom("request", "begin", "end"),
});

/** Any message that a session with these options may carry. */
export function anyMessage(options: CodecOptions): Arbitrary<Message> {
  const keepalive = fc.constant({ type: "keepalive" as const });
  return fc.oneof(anyOpen, { weight: 4, arbitrary: anyUpdate(options) }, anyNotification, keepalive, anyRouteRefresh);
}
