import { parseIpAddress, parsePrefix } from "../../protocol/net/text.js";
import { IFF_LOWER_UP, IFF_UP, MessageType } from "../../src/kernel/netlink/code-points.js";
import { destinationOf } from "../../src/kernel/netlink/destination.js";
import { Forwarding, type Hop } from "../../src/kernel/netlink/forwarding.js";
import { MessageWriter } from "../../src/kernel/netlink/message-writer.js";
import { RouteEncoder } from "../../src/kernel/netlink/route-message.js";

/** What the kernel would say about links, addresses and routes, for tests without one. */
export class KernelMessages {
  readonly #writer = new MessageWriter(65536);

  link(ifindex: number, name: string, state: "up" | "no-carrier" | "down" = "up"): this {
    return this.#link(MessageType.NewLink, ifindex, name, state === "up" ? IFF_UP | IFF_LOWER_UP : state === "down" ? 0 : IFF_UP);
  }

  noLink(ifindex: number, name: string): this {
    return this.#link(MessageType.DelLink, ifindex, name, 0);
  }

  address(ifindex: number, text: string): this {
    return this.#address(MessageType.NewAddress, ifindex, text);
  }

  noAddress(ifindex: number, text: string): this {
    return this.#address(MessageType.DelAddress, ifindex, text);
  }

  /** @param hops `[gateway or null, interface index, "onlink"?]`; none: a blackhole */
  route(prefix: string, hops: readonly HopWords[], options: { protocol?: number; metric?: number } = {}): this {
    this.#encoder(options).add(
      this.#writer,
      0,
      destinationOf(prefixOf(prefix)),
      options.metric ?? 0,
      new Forwarding(hops.map(hopOf)),
    );
    return this;
  }

  replacedRoute(prefix: string, hops: readonly HopWords[], options: { protocol?: number; metric?: number } = {}): this {
    this.#encoder(options).replace(
      this.#writer,
      0,
      destinationOf(prefixOf(prefix)),
      options.metric ?? 0,
      new Forwarding(hops.map(hopOf)),
    );
    return this;
  }

  /** RTM_DELROUTE as the kernel announces it: with the way the route went. */
  noRoute(prefix: string, hops: readonly HopWords[], options: { protocol?: number; metric?: number } = {}): this {
    const start = this.#writer.length;
    this.route(prefix, hops, options);
    new DataView(this.#writer.bytes.buffer).setUint16(start + 4, MessageType.DelRoute, true);
    return this;
  }

  take(): ArrayBuffer {
    return this.#writer.bytes.slice(0, this.#writer.length).buffer;
  }

  #encoder({ protocol = 4 }: { protocol?: number }): RouteEncoder {
    return new RouteEncoder({ table: 254, protocol });
  }

  #link(type: number, ifindex: number, name: string, flags: number): this {
    const writer = this.#writer;
    writer.begin(type, 0, 0);
    for (const word of [0, ifindex, flags, 0]) writer.u32(word);
    writer.attributeHeader(3, name.length + 1);
    writer.copy(new TextEncoder().encode(`${name}\0`));
    writer.pad();
    writer.end();
    return this;
  }

  #address(type: number, ifindex: number, text: string): this {
    const [host, length] = text.split("/");
    const { version, w0, w1, w2, w3 } = ip(host);
    const writer = this.#writer;
    writer.begin(type, 0, 0);
    writer.u8(version === 4 ? 2 : 10);
    writer.u8(Number(length));
    writer.u8(0);
    writer.u8(host.startsWith("fe80") ? 253 : host.startsWith("127.") ? 254 : 0);
    writer.u32(ifindex);
    writer.addressAttribute(1, version, w0, w1, w2, w3);
    writer.end();
    return this;
  }
}

export type HopWords = readonly [gateway: string | null, ifindex: number, onlink?: "onlink"];

export function ip(text: string) {
  const address = parseIpAddress(text);
  if (!address.ok) throw new Error(address.error);
  return address.value;
}

export function prefix(text: string) {
  return prefixOf(text);
}

function prefixOf(text: string) {
  const parsed = parsePrefix(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

function hopOf([gateway, ifindex, onlink]: HopWords): Hop {
  return { gateway: gateway === null ? null : ip(gateway), ifindex, onlink: onlink !== undefined, weight: 1 };
}
