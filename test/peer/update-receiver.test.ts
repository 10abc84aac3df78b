import { describe, expect, test } from "vitest";
import { formatAsPath } from "../../protocol/attributes/as-path.js";
import type { CodecOptions } from "../../protocol/messages/codec-options.js";
import { Family } from "../../protocol/net/address-family.js";
import { parsePrefix } from "../../protocol/net/text.js";
import type { BgpError } from "../../protocol/wire/bgp-error.js";
import { NO_PREFIX, type PeerId } from "../../rib/store/ids.js";
import { UpdateReceiver } from "../../src/peer/update-receiver.js";
import { addPeer, newRib, workAll } from "../rib/rib-under-test.js";

const OPTIONS: CodecOptions = {
  fourOctetAs: true,
  internal: false,
  addPath: new Set(),
  families: new Set(Object.values(Family)),
  extendedNextHop: false,
  maxMessageLength: 4096,
};

const attribute = (flags: number, code: number, ...value: number[]) => [flags, code, value.length, ...value];
const ORIGIN = attribute(0x40, 1, 0);
const AS_PATH = attribute(0x40, 2, 2, 2, 0, 0, 0xfd, 0xe9, 0, 3, 0x0d, 0x40); // 65001 200000
const NEXT_HOP = attribute(0x40, 3, 192, 0, 2, 1);
const MANDATORY = [...ORIGIN, ...AS_PATH, ...NEXT_HOP];
const TEN = [8, 10];
const ELEVEN = [8, 11];
const V6 = [32, 0x20, 0x01, 0x0d, 0xb8];
const NEXT_HOP_6 = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const mpReach = (...nlri: number[]) => attribute(0x80, 14, 0, 2, 1, 16, ...NEXT_HOP_6, 0, ...nlri);
const mpUnreach = (...nlri: number[]) => attribute(0x80, 15, 0, 2, 1, ...nlri);

function update({ withdrawn = [], attributes = [], nlri = [] }: Partial<Record<"withdrawn" | "attributes" | "nlri", number[]>>) {
  const u16 = (value: number) => [value >> 8, value & 255];
  const body = [...u16(withdrawn.length), ...withdrawn, ...u16(attributes.length), ...attributes, ...nlri];
  return Uint8Array.from([...new Array<number>(16).fill(255), ...u16(19 + body.length), 2, ...body]);
}

/** A peer whose UPDATEs go into a RIB of its own. */
class Received {
  readonly rib = newRib();
  readonly peer = addPeer(this.rib);
  readonly faults: BgpError[] = [];
  readonly endsOfRib: Family[] = [];
  readonly #receiver: UpdateReceiver;

  constructor(options: Partial<CodecOptions> = {}) {
    const [rib, peer] = [this.rib, this.peer];
    this.#receiver = new UpdateReceiver({
      onExcessPaths: () => {},
      ...{ rib, peer, options: { ...OPTIONS, ...options } },
      onFault: (fault) => this.faults.push(fault),
      onEndOfRib: (family) => this.endsOfRib.push(family),
    });
  }

  /** The message stands in the middle of a larger buffer, as it comes out of a socket. */
  take(parts: Parameters<typeof update>[0]): BgpError | null {
    const message = update(parts);
    const buffer = new Uint8Array(message.length + 20).fill(0xaa);
    buffer.set(message, 7);
    const error = this.#receiver.receive(buffer, 7, 7 + message.length);
    buffer.fill(0xbb); // valid during the call only
    workAll(this.rib);
    this.rib.checkInvariants();
    return error;
  }

  /** Attributes of a prefix as they are kept; null: the peer does not announce it. */
  kept(text: string) {
    const prefix = parsePrefix(text);
    if (!prefix.ok) throw new Error(prefix.error);
    const table = this.rib.table(prefix.value.family);
    const [route] = table.candidatesOf(this.peer, table.find(prefix.value));
    return route === undefined ? null : this.rib.attributes.decode(route.received);
  }

  get actions(): string[] {
    return this.faults.map(({ action }) => action);
  }
}

const sequence = (...asns: number[]) => [{ type: "sequence", asns }];

describe("UpdateReceiver", () => {
  test("announces and withdraws IPv4, the withdrawals of a message before its announcements (RFC 4271 §4.3)", () => {
    const received = new Received();
    expect(received.take({ attributes: MANDATORY, nlri: [...TEN, ...ELEVEN] })).toBeNull();
    expect(received.kept("10.0.0.0/8")).toMatchObject({ origin: 0, asPath: sequence(65001, 200000) });
    expect(received.take({ withdrawn: [...TEN, ...ELEVEN], attributes: MANDATORY, nlri: ELEVEN })).toBeNull();
    expect([received.kept("10.0.0.0/8"), received.kept("11.0.0.0/8")]).toEqual([null, expect.anything()]);
    expect(received.faults).toEqual([]);
  });

  test("announces and withdraws IPv6 by MP_REACH_NLRI and MP_UNREACH_NLRI (RFC 4760)", () => {
    const received = new Received();
    received.take({ attributes: [...ORIGIN, ...AS_PATH, ...mpReach(...V6)] });
    expect(received.kept("2001:db8::/32")?.nextHop?.toString()).toBe("2001:db8::1");
    received.take({ attributes: mpUnreach(...V6) });
    expect(received.kept("2001:db8::/32")).toBeNull();
  });

  test("both families in one message get the next hop of their own", () => {
    const received = new Received();
    received.take({ attributes: [...MANDATORY, ...mpReach(...V6)], nlri: TEN });
    expect(received.kept("10.0.0.0/8")?.nextHop?.toString()).toBe("192.0.2.1");
    expect(received.kept("2001:db8::/32")?.nextHop?.toString()).toBe("2001:db8::1");
  });

  test("the same attribute bytes are one set, however often they come", () => {
    const received = new Received();
    received.take({ attributes: MANDATORY, nlri: TEN });
    const count = received.rib.attributes.count;
    received.take({ attributes: MANDATORY, nlri: ELEVEN });
    expect(received.rib.attributes.count).toBe(count);
    received.take({ withdrawn: [...TEN, ...ELEVEN] });
    expect(received.rib.attributes.count).toBe(count - 1);
  });

  test("treat-as-withdraw takes away what was announced before, and counts (RFC 7606 §2)", () => {
    const received = new Received();
    received.take({ attributes: MANDATORY, nlri: [...TEN, ...ELEVEN] });
    expect(received.take({ attributes: [...attribute(0x40, 1, 9), ...AS_PATH, ...NEXT_HOP], nlri: TEN })).toBeNull();
    expect([received.kept("10.0.0.0/8"), received.kept("11.0.0.0/8")]).toEqual([null, expect.anything()]);
    expect(received.actions).toEqual(["treat-as-withdraw"]);
  });

  test("treat-as-withdraw of the attribute list's framing takes IPv6 away as well (RFC 7606 §4)", () => {
    const received = new Received();
    received.take({ attributes: [...ORIGIN, ...AS_PATH, ...mpReach(...V6)] });
    received.take({ attributes: MANDATORY, nlri: TEN });
    const torn = [0x40, 5, 200, 0]; // its length reaches beyond the list
    expect(received.take({ attributes: [...mpReach(...V6), ...MANDATORY, ...torn], nlri: TEN })).toBeNull();
    expect([received.kept("10.0.0.0/8"), received.kept("2001:db8::/32")]).toEqual([null, null]);
    expect(received.actions).toContain("treat-as-withdraw");
  });

  test("attribute-discard keeps the route without the attribute, each time anew (RFC 7606 §7.6)", () => {
    const received = new Received();
    const broken = attribute(0x40, 6, 1); // ATOMIC_AGGREGATE has no value
    for (const _ of [1, 2]) {
      expect(received.take({ attributes: [...MANDATORY, ...broken], nlri: TEN })).toBeNull();
      expect(received.kept("10.0.0.0/8")).toMatchObject({ asPath: sequence(65001, 200000) });
      expect(received.kept("10.0.0.0/8")).not.toHaveProperty("atomicAggregate");
    }
    expect(received.actions).toEqual(["attribute-discard", "attribute-discard"]);
  });

  test("LOCAL_PREF of an external peer is ignored, that of an internal one kept (RFC 7606 §7.5)", () => {
    const localPref = attribute(0x40, 5, 0, 0, 0, 200);
    const [external, internal] = [new Received(), new Received({ internal: true })];
    for (const received of [external, internal]) received.take({ attributes: [...MANDATORY, ...localPref], nlri: TEN });
    expect(external.kept("10.0.0.0/8")?.localPref).toBeUndefined();
    expect(internal.kept("10.0.0.0/8")?.localPref).toBe(200);
  });

  test("session reset is returned, is counted, and leaves the routes to the session's end", () => {
    const received = new Received();
    received.take({ attributes: MANDATORY, nlri: TEN });
    const error = received.take({ attributes: MANDATORY, nlri: [33, 10, 0, 0, 0, 0] });
    expect(error).toMatchObject({ code: 3, subcode: 10, action: "session-reset" });
    expect(received.actions).toEqual(["session-reset"]);
    expect(received.kept("10.0.0.0/8")).not.toBeNull();
  });

  test("a two-octet peer's AS_PATH is merged with its AS4_PATH (RFC 6793 §4.2.3)", () => {
    const received = new Received({ fourOctetAs: false });
    const asPath = attribute(0x40, 2, 2, 2, 0xfd, 0xe9, 0x5b, 0xa0); // 65001 AS_TRANS
    const as4Path = attribute(0xc0, 17, 2, 1, 0, 3, 0x0d, 0x40); // 200000
    received.take({ attributes: [...ORIGIN, ...asPath, ...NEXT_HOP, ...as4Path], nlri: TEN });
    expect(received.kept("10.0.0.0/8")).toMatchObject({ asPath: sequence(65001, 200000) });
    expect(received.kept("10.0.0.0/8")).not.toHaveProperty("as4Path");
  });

  test("the same bytes mean other AS numbers from a two-octet peer, whoever comes first", () => {
    const received = new Received();
    const old = addPeer(received.rib, { name: "old" });
    const two = new UpdateReceiver({
      onExcessPaths: () => {},
      ...{ rib: received.rib, peer: old, options: { ...OPTIONS, fourOctetAs: false } },
      ...{ onFault: () => {}, onEndOfRib: () => {} },
    });
    // Four octets: 66051 and 65538 in a sequence each. Two octets: 1, and 513 1 2.
    const attributes = [...ORIGIN, ...attribute(0x40, 2, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1, 0, 2), ...NEXT_HOP];
    const asPathOf = (peer: PeerId, nlri: number[]) => {
      const message = update({ attributes, nlri });
      if (peer === old) expect(two.receive(message, 0, message.length)).toBeNull();
      else received.take({ attributes, nlri });
      const table = received.rib.table(Family.Ipv4Unicast);
      const [route] = table.candidatesOf(peer, table.nextReceived(peer, NO_PREFIX));
      return formatAsPath(received.rib.attributes.decode(route.received).asPath ?? []);
    };
    for (const _ of [1, 2]) {
      expect(asPathOf(received.peer, TEN)).toBe("66051 65538");
      expect(asPathOf(old, TEN)).toBe("1 513 1 2");
    }
  });

  test.each([
    ["IPv4", {}, Family.Ipv4Unicast],
    ["IPv6", { attributes: mpUnreach() }, Family.Ipv6Unicast],
  ])("End-of-RIB of %s is told, and changes no route (RFC 4724 §2)", (_, parts, family) => {
    const received = new Received();
    received.take({ attributes: MANDATORY, nlri: TEN });
    received.take(parts);
    expect(received.endsOfRib).toEqual([family]);
    expect(received.kept("10.0.0.0/8")).not.toBeNull();
  });
});
