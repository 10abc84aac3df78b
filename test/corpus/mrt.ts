import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { IpAddress } from "../../protocol/net/ip-address.js";
import { Prefix } from "../../protocol/net/prefix.js";
import { ByteReader } from "../../protocol/wire/byte-reader.js";

/** What the tests need of an MRT file (RFC 6396, RFC 8050). Test input is trusted: lengths are not checked twice. */
export type MrtEntry = MrtMessage | MrtState | MrtRoute;

/** A BGP message as a collector received it. */
export interface MrtMessage {
  readonly type: "message";
  readonly label: string; // as bgpdump writes it
  readonly time: string;
  readonly peer: IpAddress;
  readonly peerAs: number;
  readonly localAs: number;
  readonly fourOctetAs: boolean;
  readonly addPath: boolean;
  readonly bytes: Uint8Array; // header included
}

/** A change of the FSM. */
export interface MrtState {
  readonly type: "state";
  readonly label: string;
  readonly time: string;
  readonly peer: IpAddress;
  readonly peerAs: number;
  readonly from: number;
  readonly to: number;
}

/** A route of a table dump. */
export interface MrtRoute {
  readonly type: "route";
  readonly label: string;
  readonly time: string;
  readonly peer: IpAddress;
  readonly peerAs: number;
  readonly prefix: Prefix;
  readonly pathId: number | null;
  readonly fourOctetAs: boolean;
  readonly attributes: Uint8Array; // a list; MP_REACH_NLRI without prefixes, as in `encodeAttributes`
}

const TABLE_DUMP = 12;
const TABLE_DUMP_V2 = 13;
const BGP4MP = 16;
const BGP4MP_ET = 17;

interface Peer {
  readonly address: IpAddress;
  readonly as: number;
}

/** The octets of a file, decompressed by its name. */
export function readMrtFile(path: string): Uint8Array {
  if (path.endsWith(".bz2")) return execFileSync("bzip2", ["-dc", path], { maxBuffer: 1 << 30 });
  const bytes = readFileSync(path);
  return path.endsWith(".gz") ? gunzipSync(bytes) : bytes;
}

/** Every entry of an MRT file in order; record types that hold no unicast routes are passed over. */
export function* readMrt(bytes: Uint8Array): Generator<MrtEntry> {
  let peers: readonly Peer[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 12 <= bytes.length; ) {
    const seconds = view.getUint32(at);
    const type = view.getUint16(at + 4);
    const subtype = view.getUint16(at + 6);
    const end = at + 12 + view.getUint32(at + 8);
    const body = new ByteReader(bytes, at + 12, end);
    if (type === TABLE_DUMP_V2 && subtype === 1) peers = readPeers(body);
    else if (type === TABLE_DUMP_V2) yield* readRib(String(seconds), subtype, body, peers);
    else if (type === TABLE_DUMP) yield readTableDump(String(seconds), subtype, body);
    else if (type === BGP4MP) yield* readBgp4mp("BGP4MP", String(seconds), subtype, body);
    else if (type === BGP4MP_ET) {
      const micros = String(body.u32()).padStart(6, "0");
      yield* readBgp4mp("BGP4MP_ET", `${seconds}.${micros}`, subtype, body);
    }
    at = end;
  }
}

/** RFC 6396 §4.4: subtypes 0 and 5 are state changes, the others messages; RFC 8050 §3 adds ADD-PATH. */
function* readBgp4mp(label: string, time: string, subtype: number, body: ByteReader): Generator<MrtEntry> {
  const fourOctetAs = [4, 5, 7, 9, 11].includes(subtype);
  const peerAs = fourOctetAs ? body.u32() : body.u16();
  const localAs = fourOctetAs ? body.u32() : body.u16();
  body.u16(); // interface
  const version = body.u16() === 2 ? 6 : 4;
  const peer = readAddress(body, version);
  readAddress(body, version);
  if (subtype === 0 || subtype === 5) {
    yield { type: "state", label, time, peer, peerAs, from: body.u16(), to: body.u16() };
    return;
  }
  const addPath = subtype >= 8;
  const name = addPath ? `${label}_AP` : label;
  yield { type: "message", label: name, time, peer, peerAs, localAs, fourOctetAs, addPath, bytes: body.rest() };
}

/** RFC 6396 §4.3.1 */
function readPeers(body: ByteReader): readonly Peer[] {
  body.u32(); // collector
  body.view(body.u16()); // view name
  const count = body.u16();
  return Array.from({ length: count }, () => {
    const type = body.u8();
    body.u32(); // BGP Identifier
    const address = readAddress(body, (type & 1) === 0 ? 4 : 6);
    return { address, as: (type & 2) === 0 ? body.u16() : body.u32() };
  });
}

/** RFC 6396 §4.3.2 and RFC 8050 §4: unicast and multicast of IPv4 and IPv6. */
function* readRib(time: string, subtype: number, body: ByteReader, peers: readonly Peer[]): Generator<MrtEntry> {
  const isIpv4 = [2, 3, 8, 9].includes(subtype);
  const isIpv6 = [4, 5, 10, 11].includes(subtype);
  if (!isIpv4 && !isIpv6) return;
  const addPath = subtype >= 8;
  body.u32(); // sequence number
  const prefix = readPrefix(body, isIpv4 ? 4 : 6);
  for (let left = body.u16(); left > 0; left--) {
    const peer = peers[body.u16()]!;
    body.u32(); // originated
    const pathId = addPath ? body.u32() : null;
    const attributes = expandReach(body.view(body.u16()), isIpv4 ? 1 : 2);
    const label = addPath ? "TABLE_DUMP2_AP" : "TABLE_DUMP2";
    yield { type: "route", label, time, peer: peer.address, peerAs: peer.as, prefix, pathId, fourOctetAs: true, attributes };
  }
}

/** RFC 6396 §4.2 */
function readTableDump(time: string, subtype: number, body: ByteReader): MrtRoute {
  const version = subtype === 2 ? 6 : 4;
  body.u32(); // view and sequence numbers
  const address = readAddress(body, version);
  const prefix = Prefix.of(address, body.u8());
  body.u8(); // status
  body.u32(); // originated
  const peer = readAddress(body, version);
  const peerAs = body.u16();
  const attributes = expandReach(body.view(body.u16()), version === 4 ? 1 : 2);
  return { type: "route", label: "TABLE_DUMP", time, peer, peerAs, prefix, pathId: null, fourOctetAs: false, attributes };
}

function readAddress(body: ByteReader, version: 4 | 6): IpAddress {
  return IpAddress.fromBytes(version, body.view(version === 4 ? 4 : 16));
}

function readPrefix(body: ByteReader, version: 4 | 6): Prefix {
  const length = body.u8();
  const octets = new Uint8Array(16);
  octets.set(body.view((length + 7) >> 3));
  return Prefix.of(IpAddress.fromBytes(version, octets), length);
}

/** RIB entries cut MP_REACH_NLRI down to the next hop (RFC 6396 §4.3.4), some writers do not; we want AFI to reserved octet. */
function expandReach(list: Uint8Array, afi: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0, next = 0; at < list.length; at = next) {
    const wide = (list[at]! & 0x10) !== 0;
    const value = at + (wide ? 4 : 3);
    next = value + (wide ? list[at + 2]! * 256 + list[at + 3]! : list[at + 2]!);
    if (list[at + 1] !== 14) {
      parts.push(list.subarray(at, next));
      continue;
    }
    const lengthAt = list[value] === 0 ? value + 3 : value; // AFI begins with 0, a next hop length does not
    const nextHop = list.subarray(lengthAt + 1, lengthAt + 1 + list[lengthAt]!);
    parts.push(Uint8Array.of(0x80, 14, nextHop.length + 5, 0, afi, 1, nextHop.length, ...nextHop, 0));
  }
  return Buffer.concat(parts);
}
