import { describe, expect, it } from "vitest";
import type { AttributeSet } from "../../../protocol/attributes/attribute-set.js";
import { Family } from "../../../protocol/net/address-family.js";
import { IpAddress } from "../../../protocol/net/ip-address.js";
import { Prefix } from "../../../protocol/net/prefix.js";
import type { ExportProfile } from "../../../rib/export/export-profile.js";
import { ExportReceiver } from "../../models/export-receiver.js";
import { ExportWorld, ip, path, profileOf } from "../../models/export-world.js";

const SET: AttributeSet = { origin: 0, asPath: path(65001), nextHop: ip("192.0.2.9") };
const SET6: AttributeSet = { ...SET, nextHop: ip("2001:db8::9") };
const V6 = { family: Family.Ipv6Unicast, selfAddress: ip("2001:db8::1") } as const;

const v4 = (i: number) => Prefix.of(IpAddress.v4((10 << 24) | (i << 8)), 24);
const host = (i: number) => Prefix.of(IpAddress.v4((10 << 24) | i), 32);
const v6 = (i: number) => Prefix.of(IpAddress.v6(0x20010db8, i, 0, 0), 64);

/** A table of `count` prefixes with the same attributes, and a member that is told of it. */
function tell(count: number, prefix: (i: number) => Prefix, set: AttributeSet, changes: Partial<ExportProfile> = {}) {
  const world = new ExportWorld();
  const from = world.addPeer();
  for (let i = 0; i < count; i++) world.announce(from, prefix(i), set);
  const profile = profileOf(changes);
  const receiver = new ExportReceiver(world.addPeer(), profile);
  const membership = world.groups.join(receiver, profile);
  world.settle(100_000);
  return { world, from, receiver, membership };
}

/** Octets of all messages but End-of-RIB. */
function lengths(receiver: ExportReceiver): readonly number[] {
  return receiver.lengths.filter((length) => length > 30);
}

/** ORIGIN, AS_PATH of two, and NEXT_HOP with their heads. */
const ATTRIBUTES = 4 + 13 + 7;
/** ORIGIN and AS_PATH of two. */
const ATTRIBUTES6 = 4 + 13;

describe("UpdateEncoder: as many prefixes as fit share a message (RFC 4271 §4.3)", () => {
  it.each([4096, 65535])("IPv4, messages of %i octets", (most) => {
    const fit = Math.floor((most - 23 - ATTRIBUTES) / 4);
    const { receiver } = tell(2 * fit + 1, v4, SET, { maxMessageLength: most });
    expect(receiver.routes.size).toBe(2 * fit + 1);
    expect(lengths(receiver)).toEqual([23 + ATTRIBUTES + 4 * fit, 23 + ATTRIBUTES + 4 * fit, 23 + ATTRIBUTES + 4]);
    expect(Math.max(...receiver.lengths)).toBeLessThanOrEqual(most);
  });

  it.each([4096, 65535])("IPv6, messages of %i octets", (most) => {
    const fit = Math.floor((most - 23 - 9 - 16 - ATTRIBUTES6) / 9);
    const { receiver } = tell(fit + 1, v6, SET6, { ...V6, maxMessageLength: most });
    expect(receiver.routes.size).toBe(fit + 1);
    expect(lengths(receiver)).toEqual([48 + ATTRIBUTES6 + 9 * fit, 48 + ATTRIBUTES6 + 9]);
  });

  it.each([
    ["IPv4", v4, SET, {}, 23 + 4 * 1018, 1018],
    ["IPv6", v6, SET6, V6, 30 + 9 * 451, 451],
  ] as const)("withdrawals too: %s", (_name, prefix, set, changes, length, fit) => {
    const { world, from, receiver } = tell(fit + 1, prefix, set, changes);
    receiver.lengths.length = 0;
    world.rib.removePeer(from);
    world.settle(100_000);
    expect(receiver.routes.size).toBe(0);
    expect(receiver.lengths[0]).toBe(length);
    expect(receiver.lengths).toHaveLength(2);
  });

  it("prefixes in turn with two sets still leave in two messages", () => {
    const world = new ExportWorld();
    const from = world.addPeer();
    for (let i = 0; i < 100; i++) world.announce(from, v4(i), { ...SET, multiExitDisc: 0, communities: [i % 2] });
    const profile = profileOf();
    const receiver = new ExportReceiver(world.addPeer(), profile);
    world.groups.join(receiver, profile);
    world.settle();
    expect(receiver.messages).toBe(3);
  });
});

describe("UpdateEncoder: attributes that leave little room", () => {
  /** Communities that bring the list, as an external peer gets it, to `octets`. */
  const filling = (octets: number): AttributeSet => {
    const count = (octets - ATTRIBUTES - 4) / 4;
    return { ...SET, communities: Array.from({ length: count }, (_, i) => i) };
  };

  it("4068 octets leave room for one host route in 4096", () => {
    const { receiver } = tell(3, host, filling(4068));
    expect(receiver.routes.size).toBe(3);
    expect(lengths(receiver)).toEqual([4096, 4096, 4096]);
  });

  it("4072 octets do not: the route is not sent, and explain says so (RFC 8654 §4)", () => {
    const { receiver, membership } = tell(3, host, filling(4072));
    expect(receiver.routes.size).toBe(0);
    expect(membership.advertisedCount).toBe(0);
    expect(membership.explain(host(0))[0]).toMatchObject({ isTooLong: true, isWanted: false, isPending: false });
    expect(receiver.markers).toEqual(["End-of-RIB"]);
  });

  it("with extended messages they do (RFC 8654)", () => {
    const { receiver } = tell(3, host, filling(60_000), { maxMessageLength: 65535 });
    expect(receiver.routes.size).toBe(3);
    expect(lengths(receiver)).toEqual([23 + 60_000 + 15]);
  });

  it("a route that grows too long is withdrawn", () => {
    const { world, from, receiver } = tell(1, host, SET);
    world.announce(from, host(0), filling(4072));
    world.settle();
    expect([...receiver.routes.keys()]).toEqual([]);
  });

  it("AS4_PATH counts for peers with 2-octet AS numbers (RFC 6793)", () => {
    const asPath = path(...Array.from({ length: 250 }, (_, i) => 4200000000 + i));
    const told = (octets: number, fourOctetAs: boolean) =>
      tell(1, host, { ...filling(octets), asPath }, { fourOctetAs }).receiver.routes.size;
    expect([told(3200, true), told(2600, true)]).toEqual([0, 1]);
    expect([told(2600, false), told(2000, false)]).toEqual([0, 1]);
  });
});
