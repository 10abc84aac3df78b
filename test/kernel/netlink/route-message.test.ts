import { describe, expect, test } from "vitest";
import { parseIpAddress, parsePrefix } from "../../../protocol/net/text.js";
import { type Destination, destinationOf } from "../../../src/kernel/netlink/destination.js";
import { Forwarding, type Hop, MAX_FORWARDING_OCTETS, MAX_HOPS } from "../../../src/kernel/netlink/forwarding.js";
import { readAddress, readLink } from "../../../src/kernel/netlink/link-message.js";
import { MessageWriter } from "../../../src/kernel/netlink/message-writer.js";
import { eachMessage } from "../../../src/kernel/netlink/messages.js";
import { readReply } from "../../../src/kernel/netlink/reply.js";
import { MAX_ROUTE_OCTETS, RouteEncoder, RouteReader } from "../../../src/kernel/netlink/route-message.js";

// "as the kernel has it": captured from dumps of Linux 6.18 in a namespace with a veth v0 (index 3) that has 10.1.0.1/24 and
// fd01::1/64. Layouts: <linux/rtnetlink.h>.

const GATEWAY_ROUTE =
  "4400000018002200030000001f76000002180000feb300010000000008000f00fe00000008000100c00002000800060014000000080005000a0100090800040003000000";
const MULTIPATH_ROUTE =
  "6000000018002200030000001f76000002180000fe0c00010000000008000f00fe00000008000100c6336400340009001000000003000000080005000a0100092000040403000000160012000a00fd0100000000000000000000000000090000";
const BLACKHOLE_ROUTE = "2c00000018002200030000001f76000002180000fe0400060000000008000f00fe00000008000100cb007100";
const GATEWAY_ROUTE_V6 =
  "8800000018002200040000001f7600000a200000feb300010000000008000f00fe0000001400010020010db8000000000000000000000000080006001400000014000500fd010000000000000000000000000009080004000300000024000c0000000000000000000000000000000000000000000000000000000000000000000500140000000000";
const BLACKHOLE_ROUTE_V6 =
  "7400000018002200040000001f7600000a200000fe0300060000000008000f00fe0000001400010020010db90000000000000000000000000800060000040000080004000100000024000c0000000000000000000000000000000000000000000000000000000000000000000500140000000000";

describe("RouteReader", () => {
  test("reads an IPv4 route via a gateway as the kernel has it", () => {
    const { reader, hops } = read(GATEWAY_ROUTE);
    expect(reader).toMatchObject({ version: 4, w0: 0xc0000200 | 0, length: 24, table: 254, protocol: 179, type: 1, metric: 20 });
    expect(texts(hops)).toEqual(["10.1.0.9 3 1"]);
  });

  test("reads a multipath of an IPv4 and an on-link IPv6 gateway with its weights", () => {
    const { reader, hops } = read(MULTIPATH_ROUTE);
    expect(reader).toMatchObject({ protocol: 12, metric: 0 });
    expect(texts(hops)).toEqual(["10.1.0.9 3 1", "fd01::9 3 5 onlink"]);
  });

  test("reads blackholes, which have no hops even where the kernel shows a device", () => {
    expect(read(BLACKHOLE_ROUTE)).toMatchObject({ reader: { type: 6, protocol: 4 }, hops: [] });
    expect(read(BLACKHOLE_ROUTE_V6)).toMatchObject({ reader: { version: 6, type: 6, metric: 1024, length: 32 }, hops: [] });
  });

  test("reads an IPv6 route", () => {
    const { reader, hops } = read(GATEWAY_ROUTE_V6);
    expect(reader).toMatchObject({ version: 6, w0: 0x20010db8, w1: 0, w2: 0, w3: 0, length: 32, metric: 20 });
    expect(texts(hops)).toEqual(["fd01::9 3 1"]);
  });
});

describe("Forwarding.fingerprint", () => {
  test("is that of the same route as the kernel has it", () => {
    for (const route of [GATEWAY_ROUTE, MULTIPATH_ROUTE, BLACKHOLE_ROUTE, GATEWAY_ROUTE_V6, BLACKHOLE_ROUTE_V6]) {
      const { reader, hops } = read(route);
      expect(new Forwarding(hops).fingerprint).toBe(reader.fingerprint);
    }
  });

  test("is the same for any order of the hops and any weight of an only one, and another for everything else", () => {
    const a = hop("10.0.0.1", 1);
    const b = hop("10.0.0.2", 2);
    const print = (...hops: Hop[]) => new Forwarding(hops).fingerprint;
    expect(print(a, b)).toBe(print(b, a));
    expect(print({ ...a, weight: 7 })).toBe(print(a));
    const distinct = [
      print(),
      print(a),
      print(b),
      print(a, b),
      print(a, a),
      print(a, { ...b, weight: 2 }),
      print({ ...a, weight: 2 }, b),
      print({ ...a, ifindex: 2 }),
      print({ ...a, onlink: true }),
      print({ ...a, gateway: null }),
      print(hop("::a00:1", 1)),
    ];
    expect(new Set(distinct).size).toBe(distinct.length);
  });
});

describe("RouteEncoder", () => {
  const encoder = new RouteEncoder({ table: 254, protocol: 179 });

  test("adds with NLM_F_CREATE | NLM_F_EXCL", () => {
    const message = written((w) => encoder.add(w, 7, to("192.0.2.0/24"), 20, new Forwarding([hop("10.1.0.9", 3)])));
    expect(message).toBe(
      // length 60, type 24, flags REQUEST|EXCL|CREATE, sequence 7, port 0
      "3c000000" +
        "1800" +
        "0106" +
        "07000000" +
        "00000000" +
        // AF_INET /24, table 254, protocol 179, scope universe, unicast, no flags
        "02180000" +
        "feb30001" +
        "00000000" +
        // RTA_DST, RTA_PRIORITY, RTA_OIF, RTA_GATEWAY
        "08000100c0000200" +
        "0800060014000000" +
        "0800040003000000" +
        "080005000a010009",
    );
  });

  test("replaces with NLM_F_CREATE | NLM_F_REPLACE", () => {
    const message = written((w) => encoder.replace(w, 1, to("192.0.2.0/24"), 20, new Forwarding([])));
    expect(message).toBe("2c0000001800010501000000000000000218" + "0000feb300060000000008000100c00002000800060014000000");
  });

  test("removes with our protocol, any type and any scope", () => {
    const message = written((w) => encoder.remove(w, 1, to("2001:db8::/32"), 1024));
    expect(message).toBe(
      "380000001900010001000000000000000a200000feb3ff00000000001400010020010db80000000000000000000000000800060000040000",
    );
  });

  test("names a table above 255 by RTA_TABLE", () => {
    const far = new RouteEncoder({ table: 1000, protocol: 179 });
    const message = written((w) => far.remove(w, 1, to("192.0.2.0/24"), 20));
    expect(message).toBe(
      "34000000190001000100000000000000" +
        "0218000000b3ff0000000000" +
        "08000100c0000200" +
        "08000f00e8030000" +
        "0800060014000000",
    );
  });

  test("what it writes, RouteReader reads, for every kind of forwarding", () => {
    const v6 = hop("fe80::1", 4);
    const ways: [string, readonly Hop[]][] = [
      ["192.0.2.0/24", [hop("10.1.0.9", 3)]],
      ["192.0.2.0/24", [{ ...hop("10.1.0.9", 3), onlink: true }]],
      ["192.0.2.0/24", [{ ...hop("10.1.0.9", 3), gateway: null }]],
      ["192.0.2.0/24", [v6]],
      ["192.0.2.0/24", [hop("10.1.0.9", 3), { ...v6, weight: 256, onlink: true }]],
      ["2001:db8::/32", [v6, hop("fd01::9", 3)]],
      ["0.0.0.0/0", []],
    ];
    for (const [prefix, hops] of ways) {
      const { reader, hops: back } = read(written((w) => encoder.add(w, 1, to(prefix), 2147483547, new Forwarding(hops))));
      expect(texts(back)).toEqual(texts(hops));
      expect(reader).toMatchObject({ metric: 2147483547, fingerprint: new Forwarding(hops).fingerprint });
    }
  });

  test("the longest message fits the room that is said to be enough", () => {
    const hops = [...Array(MAX_HOPS).keys()].map((i) => hop(`fe80::${i + 1}`, i + 1));
    expect(new Forwarding(hops).attributes(4)).toHaveLength(MAX_FORWARDING_OCTETS);
    const message = written((w) =>
      new RouteEncoder({ table: 1000, protocol: 179 }).add(w, 1, to("2001:db8::/32"), 1, new Forwarding(hops)),
    );
    expect(message.length / 2).toBeLessThanOrEqual(MAX_ROUTE_OCTETS);
  });
});

describe("interfaces", () => {
  test("readLink reads name and flags as the kernel has them", () => {
    const link = parse(
      "3800000010000200020000001f760000000001000300000043100100000000000700030076300000" + "08000d00e80300000500100006000000",
      readLink,
    );
    expect(link).toEqual({ ifindex: 3, name: "v0", isUp: true, hasCarrier: true });
  });

  test("readAddress reads an IPv4 and an IPv6 address as the kernel has them", () => {
    const four =
      "4c00000014000200020000001f76000002188000030000000800" +
      "01000a010001080002000a0100010700030076300000080008008000000014000600ffffffffffffffff2e2404002e240400";
    const six =
      "4800000014000200020000001f7600000a4082000300000014000100fd01000000000000000000000000000114000600ffffffffffffffff2f2404002f2404000800080082000000";
    expect(`${parse(four, readAddress)?.local}/${parse(four, readAddress)?.length}`).toBe("10.1.0.1/24");
    expect(parse(six, readAddress)).toMatchObject({ ifindex: 3, length: 64, scope: 0 });
    expect(`${parse(six, readAddress)?.peer}`).toBe("fd01::1");
  });
});

describe("readReply", () => {
  test("takes the kernel's explanation (NLMSGERR_ATTR_MSG), without its full stop", () => {
    const text = Buffer.from("Nexthop has invalid gateway\0").toString("hex");
    const reply = parseWhole(
      `${"44000000" + "0200" + "0003" + "00000000" + "00000000"}9bffffff${"44000000" + "1800" + "0506" + "09000000" + "00000000"}20000100${text}`,
    );
    expect(reply).toEqual({ errno: 101, sequence: 9, text: "Nexthop has invalid gateway" });
  });

  test("falls back on the system's words, and knows an acknowledgement", () => {
    const request = "240000001900010005000000" + "00000000";
    expect(parseWhole(`24000000020000010000000000000000fdffffff${request}`)).toEqual({
      errno: 3,
      sequence: 5,
      text: "No such process",
    });
    expect(parseWhole(`2400000002000001000000000000000000000000${request}`)).toEqual({ errno: 0, sequence: 5, text: "" });
  });
});

function read(hex: string) {
  const reader = new RouteReader();
  const bytes = Uint8Array.from(Buffer.from(hex, "hex"));
  const hops = reader.readWithHops(new DataView(bytes.buffer), 16, bytes.length);
  return { reader, hops };
}

function parse<T>(hex: string, reader: (bytes: Uint8Array, view: DataView, at: number, end: number) => T): T {
  const bytes = Uint8Array.from(Buffer.from(hex, "hex"));
  return reader(bytes, new DataView(bytes.buffer), 16, bytes.length);
}

function parseWhole(hex: string) {
  const bytes = Uint8Array.from(Buffer.from(hex, "hex"));
  const view = new DataView(bytes.buffer);
  let reply: ReturnType<typeof readReply> | null = null;
  eachMessage(view, (_type, _flags, start, _body, end) => {
    reply = readReply(bytes, view, start, end);
  });
  return reply;
}

function written(write: (writer: MessageWriter) => void): string {
  const writer = new MessageWriter(MAX_ROUTE_OCTETS + 64);
  write(writer);
  return Buffer.from(writer.bytes.subarray(0, writer.length)).toString("hex");
}

function to(text: string): Destination {
  const prefix = parsePrefix(text);
  if (!prefix.ok) throw new Error(prefix.error);
  return destinationOf(prefix.value);
}

function hop(gateway: string, ifindex: number): Hop {
  const address = parseIpAddress(gateway);
  if (!address.ok) throw new Error(address.error);
  return { gateway: address.value, ifindex, onlink: false, weight: 1 };
}

function texts(hops: readonly Hop[]): string[] {
  return hops.map(({ gateway, ifindex, weight, onlink }) => `${gateway} ${ifindex} ${weight}${onlink ? " onlink" : ""}`);
}
