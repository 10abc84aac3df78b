import { IpAddress } from "../../../protocol/net/ip-address.js";
import {
  ADDRESS_HEADER,
  AF_INET,
  ATTRIBUTE_HEADER,
  align4,
  IFA_ADDRESS,
  IFA_LOCAL,
  IFF_LOWER_UP,
  IFF_UP,
  IFLA_IFNAME,
  LINK_HEADER,
} from "./code-points.js";

/** A network interface. */
export interface Link {
  readonly ifindex: number;
  readonly name: string;
  readonly isUp: boolean; // set up by the administrator
  readonly hasCarrier: boolean; // and able to send
}

/** An address of this host. */
export interface InterfaceAddress {
  readonly ifindex: number;
  readonly local: IpAddress; // ours
  readonly peer: IpAddress; // of the far end of a point-to-point link; else ours too: its prefix is what is connected
  readonly length: number;
  readonly scope: number;
}

/** Reads an RTM_NEWLINK or RTM_DELLINK body: `struct ifinfomsg` at `at`. */
export function readLink(bytes: Uint8Array, view: DataView, at: number, end: number): Link {
  const flags = view.getUint32(at + 8, true);
  let name = "";
  eachAttribute(view, at + LINK_HEADER, end, (type, from, to) => {
    if (type === IFLA_IFNAME) name = new TextDecoder().decode(bytes.subarray(from, to)).replace(/\0.*$/s, "");
  });
  const isUp = (flags & IFF_UP) !== 0;
  return { ifindex: view.getInt32(at + 4, true), name, isUp, hasCarrier: isUp && (flags & IFF_LOWER_UP) !== 0 };
}

/** The interface of an RTM_NEWLINK, RTM_DELLINK, RTM_NEWADDR or RTM_DELADDR body: all have it in the same place. */
export function ifindexOf(view: DataView, at: number): number {
  return view.getInt32(at + 4, true);
}

/** Reads an RTM_NEWADDR or RTM_DELADDR body: `struct ifaddrmsg` at `at`. Null for other families. */
export function readAddress(bytes: Uint8Array, view: DataView, at: number, end: number): InterfaceAddress | null {
  const version = view.getUint8(at) === AF_INET ? 4 : 6;
  let address: IpAddress | null = null;
  let local: IpAddress | null = null;
  eachAttribute(view, at + ADDRESS_HEADER, end, (type, from) => {
    if (type === IFA_ADDRESS) address = IpAddress.fromBytes(version, bytes, from);
    if (type === IFA_LOCAL) local = IpAddress.fromBytes(version, bytes, from);
  });
  const own = local ?? address;
  if (own === null) return null;
  const shape = { ifindex: ifindexOf(view, at), length: view.getUint8(at + 1), scope: view.getUint8(at + 3) };
  return { ...shape, local: own, peer: address ?? own };
}

function eachAttribute(
  view: DataView,
  start: number,
  end: number,
  visit: (type: number, from: number, to: number) => void,
): void {
  for (let at = start; at + ATTRIBUTE_HEADER <= end; ) {
    const octets = Math.max(view.getUint16(at, true), ATTRIBUTE_HEADER);
    visit(view.getUint16(at + 2, true) & 0x3fff, at + ATTRIBUTE_HEADER, Math.min(at + octets, end));
    at += align4(octets);
  }
}
