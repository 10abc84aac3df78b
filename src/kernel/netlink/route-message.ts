import { IpAddress, type IpVersion } from "../../../protocol/net/ip-address.js";
import {
  AF_INET,
  AF_INET6,
  ATTRIBUTE_HEADER,
  align4,
  HOP_HEADER,
  MESSAGE_HEADER,
  MessageType,
  NLM_F_CREATE,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  NLM_F_REQUEST,
  ROUTE_HEADER,
  RouteAttribute,
  RouteType,
  RT_SCOPE_LINK,
  RT_SCOPE_NOWHERE,
  RT_SCOPE_UNIVERSE,
  RTM_F_CLONED,
  RTNH_F_ONLINK,
} from "./code-points.js";
import type { Destination } from "./destination.js";
import { Fingerprint, type Forwarding, type Hop, MAX_FORWARDING_OCTETS } from "./forwarding.js";
import type { MessageWriter } from "./message-writer.js";

/** Room that any route message of ours fits into, in octets. */
export const MAX_ROUTE_OCTETS = MESSAGE_HEADER + ROUTE_HEADER + 20 + 8 + 8 + MAX_FORWARDING_OCTETS;

/** Writes RTM_NEWROUTE and RTM_DELROUTE for routes of one table that carry our protocol number. */
export class RouteEncoder {
  readonly #table: number;
  readonly #protocol: number;

  constructor(options: { readonly table: number; readonly protocol: number }) {
    this.#table = options.table;
    this.#protocol = options.protocol;
  }

  /** A new route; the kernel refuses it (EEXIST) when any route of that prefix, table and metric is there. */
  add(writer: MessageWriter, sequence: number, to: Destination, metric: number, forwarding: Forwarding): void {
    this.#newRoute(writer, NLM_F_CREATE | NLM_F_EXCL, sequence, to, metric, forwarding);
  }

  /** Puts the route in the place of the one with that prefix, table and metric, whoever made it. */
  replace(writer: MessageWriter, sequence: number, to: Destination, metric: number, forwarding: Forwarding): void {
    this.#newRoute(writer, NLM_F_CREATE | NLM_F_REPLACE, sequence, to, metric, forwarding);
  }

  /** Removes a route of ours: one of another protocol is not found (ESRCH). */
  remove(writer: MessageWriter, sequence: number, to: Destination, metric: number): void {
    writer.begin(MessageType.DelRoute, NLM_F_REQUEST, sequence);
    this.#header(writer, to, RT_SCOPE_NOWHERE, 0, 0);
    writer.u32Attribute(RouteAttribute.Priority, metric);
    writer.end();
  }

  #newRoute(writer: MessageWriter, flags: number, sequence: number, to: Destination, metric: number, way: Forwarding): void {
    const attributes = way.attributes(to.version);
    if (attributes === null) throw new Error("an IPv6 route cannot have an IPv4 gateway");
    writer.begin(MessageType.NewRoute, NLM_F_REQUEST | flags, sequence);
    this.#header(writer, to, scopeOf(way, to.version), way.type, way.flags);
    writer.u32Attribute(RouteAttribute.Priority, metric);
    writer.copy(attributes);
    writer.end();
  }

  /** A `struct rtmsg`, the destination, and the table when its number needs more than eight bits. */
  #header(writer: MessageWriter, to: Destination, scope: number, type: number, flags: number): void {
    writer.u8(to.version === 4 ? AF_INET : AF_INET6);
    writer.u8(to.length);
    writer.u8(0);
    writer.u8(0);
    writer.u8(this.#table < 256 ? this.#table : 0);
    writer.u8(this.#protocol);
    writer.u8(scope);
    writer.u8(type);
    writer.u32(flags);
    writer.addressAttribute(RouteAttribute.Destination, to.version, to.w0, to.w1, to.w2, to.w3);
    if (this.#table >= 256) writer.u32Attribute(RouteAttribute.Table, this.#table);
  }
}

/** IPv4 keeps the distance to the destination: "link" without a gateway. IPv6 has no such thing. */
function scopeOf(way: Forwarding, version: IpVersion): number {
  return version === 4 && way.isDirect ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
}

/**
 * Reads route messages without making objects: `read` fills the fields, which the next `read` overwrites.
 * What the kernel sends is trusted to be well-formed.
 */
export class RouteReader implements Destination {
  version: IpVersion = 4;
  w0 = 0;
  w1 = 0;
  w2 = 0;
  w3 = 0;
  length = 0;
  tos = 0;
  table = 0;
  protocol = 0;
  scope = 0;
  type = 0;
  metric = 0; // unsigned
  isCloned = false; // an entry of the kernel's cache, no route
  fingerprint = 0;
  #hops: Hop[] | null = null;
  readonly #fingerprint = new Fingerprint();

  /**
   * @param at where the `struct rtmsg` begins
   * @param end where the message ends
   */
  read(view: DataView, at: number, end: number): void {
    this.version = view.getUint8(at) === AF_INET ? 4 : 6;
    this.length = view.getUint8(at + 1);
    this.tos = view.getUint8(at + 3);
    this.table = view.getUint8(at + 4);
    this.protocol = view.getUint8(at + 5);
    this.scope = view.getUint8(at + 6);
    this.type = view.getUint8(at + 7);
    const flags = view.getUint32(at + 8, true);
    this.isCloned = (flags & RTM_F_CLONED) !== 0;
    this.w0 = this.w1 = this.w2 = this.w3 = this.metric = 0;
    this.#fingerprint.clear();
    this.#attributes(view, at + ROUTE_HEADER, end, (flags & RTNH_F_ONLINK) !== 0);
    this.fingerprint = this.#fingerprint.value(this.type);
  }

  /** Like `read`, and returns the hops: none for a route that is no unicast route. */
  readWithHops(view: DataView, at: number, end: number): readonly Hop[] {
    const hops: Hop[] = [];
    this.#hops = hops;
    this.read(view, at, end);
    this.#hops = null;
    return this.type === RouteType.Unicast ? hops : [];
  }

  #attributes(view: DataView, start: number, end: number, onlink: boolean): void {
    let ifindex = 0;
    let gateway = 0;
    let multipath = false;
    for (let at = start; at + ATTRIBUTE_HEADER <= end; ) {
      const octets = view.getUint16(at, true);
      const payload = at + ATTRIBUTE_HEADER;
      switch (view.getUint16(at + 2, true)) {
        case RouteAttribute.Destination:
          this.#destination(view, payload, octets - ATTRIBUTE_HEADER);
          break;
        case RouteAttribute.OutInterface:
          ifindex = view.getInt32(payload, true);
          break;
        case RouteAttribute.Gateway:
        case RouteAttribute.Via:
          gateway = at;
          break;
        case RouteAttribute.Priority:
          this.metric = view.getUint32(payload, true);
          break;
        case RouteAttribute.Table:
          this.table = view.getUint32(payload, true);
          break;
        case RouteAttribute.Multipath:
          multipath = true;
          this.#legs(view, payload, at + octets);
          break;
      }
      at += align4(Math.max(octets, ATTRIBUTE_HEADER));
    }
    if (!multipath && ifindex !== 0) this.#hop(view, gateway, ifindex, onlink, 1);
  }

  #destination(view: DataView, at: number, octets: number): void {
    this.w0 = view.getInt32(at);
    if (octets < 16) return;
    this.w1 = view.getInt32(at + 4);
    this.w2 = view.getInt32(at + 8);
    this.w3 = view.getInt32(at + 12);
  }

  #legs(view: DataView, start: number, end: number): void {
    for (let at = start; at + HOP_HEADER <= end; ) {
      const octets = Math.max(view.getUint16(at, true), HOP_HEADER);
      const onlink = (view.getUint8(at + 2) & RTNH_F_ONLINK) !== 0;
      let gateway = 0;
      for (let inner = at + HOP_HEADER; inner + ATTRIBUTE_HEADER <= at + octets; ) {
        const type = view.getUint16(inner + 2, true);
        if (type === RouteAttribute.Gateway || type === RouteAttribute.Via) gateway = inner;
        inner += align4(Math.max(view.getUint16(inner, true), ATTRIBUTE_HEADER));
      }
      this.#hop(view, gateway, view.getInt32(at + 4, true), onlink, view.getUint8(at + 3) + 1);
      at += align4(octets);
    }
  }

  /** @param gateway where its attribute begins, 0: none */
  #hop(view: DataView, gateway: number, ifindex: number, onlink: boolean, weight: number): void {
    let at = gateway + ATTRIBUTE_HEADER;
    let octets = gateway === 0 ? 0 : view.getUint16(gateway, true) - ATTRIBUTE_HEADER;
    if (octets !== 0 && view.getUint16(gateway + 2, true) === RouteAttribute.Via) {
      at += 2;
      octets -= 2;
    }
    const version = octets === 0 ? 0 : octets === 4 ? 4 : 6;
    const w0 = version === 0 ? 0 : view.getInt32(at);
    const w1 = version === 6 ? view.getInt32(at + 4) : 0;
    const w2 = version === 6 ? view.getInt32(at + 8) : 0;
    const w3 = version === 6 ? view.getInt32(at + 12) : 0;
    this.#fingerprint.addHop(version, w0, w1, w2, w3, ifindex, onlink, weight);
    if (this.#hops === null) return;
    const address = version === 0 ? null : version === 4 ? IpAddress.v4(w0) : IpAddress.v6(w0, w1, w2, w3);
    this.#hops.push({ gateway: address, ifindex, onlink, weight });
  }
}
