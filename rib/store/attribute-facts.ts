/** What the bytes of an attribute list say to the decision process; a flag that is in `AttributeFacts.flags`. */
export const AttributeFlag = {
  NoExport: 1, // well-known community NO_EXPORT (RFC 1997)
  NoAdvertise: 2, // NO_ADVERTISE
  NoExportSubconfed: 4, // NO_EXPORT_SUBCONFED
  MayLoop: 8, // our AS is in AS_PATH, ORIGINATOR_ID is us, or our cluster is in CLUSTER_LIST: the import checks must look closer
  HasMed: 16,
  HasLocalPref: 32,
} as const;

/** Who we are, for loop checks. */
export interface OwnIdentity {
  readonly asNumbers: readonly number[]; // ours, and those we use as local AS on some session
  readonly routerId: number;
  readonly clusterId: number | null; // null: not a route reflector
}

// IANA bgp-parameters: path attribute type codes.
const ORIGIN = 1;
const AS_PATH = 2;
const NEXT_HOP = 3;
const MULTI_EXIT_DISC = 4;
const LOCAL_PREF = 5;
const COMMUNITIES = 8;
const ORIGINATOR_ID = 9;
const CLUSTER_LIST = 10;
const MP_REACH_NLRI = 14;

const AS_SET = 1;
const AS_SEQUENCE = 2;

const EXTENDED_LENGTH = 0x10;

/** LOCAL_PREF of a path that has none (what every implementation takes). */
export const DEFAULT_LOCAL_PREF = 100;

/** AS_PATH lengths from this one on count as equal: `rank` has eleven bits for them. */
export const MAX_AS_PATH_LENGTH = 2047;

/**
 * Reads out of an attribute list (flags, type, length, value, …) that is known to be valid, with 4-octet AS numbers, what the
 * decision needs. One reusable object: `read` fills the fields.
 */
export class AttributeFacts {
  origin = 0;
  asPathLength = 0; // RFC 4271 §9.1.2.2 (a): AS_SET counts one; RFC 5065 §5.3: confederation segments count zero
  neighborAs = 0; // the first AS of an AS_PATH that begins with AS_SEQUENCE; 0: the path begins in our own AS
  med = 0;
  localPref = DEFAULT_LOCAL_PREF;
  originatorId = 0;
  clusterListLength = 0; // entries
  flags = 0;
  nextHopVersion: 0 | 4 | 6 = 0; // 0: no next hop
  nextHop0 = 0; // address words, signed
  nextHop1 = 0;
  nextHop2 = 0;
  nextHop3 = 0;

  read(bytes: DataView, start: number, end: number, own: OwnIdentity): void {
    this.#clear();
    let at = start;
    while (at < end) {
      const extended = (bytes.getUint8(at) & EXTENDED_LENGTH) !== 0;
      const code = bytes.getUint8(at + 1);
      const length = extended ? bytes.getUint16(at + 2) : bytes.getUint8(at + 2);
      const value = at + (extended ? 4 : 3);
      this.#readAttribute(code, bytes, value, length, own);
      at = value + length;
    }
  }

  #clear(): void {
    this.origin = 0;
    this.asPathLength = 0;
    this.neighborAs = 0;
    this.med = 0;
    this.localPref = DEFAULT_LOCAL_PREF;
    this.originatorId = 0;
    this.clusterListLength = 0;
    this.flags = 0;
    this.nextHopVersion = 0;
    this.nextHop0 = this.nextHop1 = this.nextHop2 = this.nextHop3 = 0;
  }

  #readAttribute(code: number, bytes: DataView, at: number, length: number, own: OwnIdentity): void {
    switch (code) {
      case ORIGIN:
        this.origin = bytes.getUint8(at);
        break;
      case AS_PATH:
        this.#readAsPath(bytes, at, length, own);
        break;
      case NEXT_HOP:
        this.nextHopVersion = 4;
        this.nextHop0 = bytes.getInt32(at);
        break;
      case MULTI_EXIT_DISC:
        this.med = bytes.getUint32(at);
        this.flags |= AttributeFlag.HasMed;
        break;
      case LOCAL_PREF:
        this.localPref = bytes.getUint32(at);
        this.flags |= AttributeFlag.HasLocalPref;
        break;
      case COMMUNITIES:
        for (let i = 0; i < length; i += 4) this.flags |= wellKnownCommunity(bytes.getUint32(at + i));
        break;
      case ORIGINATOR_ID:
        this.originatorId = bytes.getUint32(at);
        if (this.originatorId === own.routerId) this.flags |= AttributeFlag.MayLoop;
        break;
      case CLUSTER_LIST:
        this.clusterListLength = length >>> 2;
        if (own.clusterId !== null && countWords(bytes, at, length, own.clusterId) > 0) this.flags |= AttributeFlag.MayLoop;
        break;
      case MP_REACH_NLRI:
        this.#readMpNextHop(bytes, at + 4, bytes.getUint8(at + 3));
        break;
    }
  }

  #readAsPath(bytes: DataView, start: number, length: number, own: OwnIdentity): void {
    let first = true;
    for (let at = start; at < start + length; ) {
      const type = bytes.getUint8(at);
      const count = bytes.getUint8(at + 1);
      if (type === AS_SEQUENCE) {
        this.asPathLength += count;
        if (first) this.neighborAs = bytes.getUint32(at + 2);
      } else if (type === AS_SET) this.asPathLength++;
      if (type === AS_SEQUENCE || type === AS_SET) first = false;
      for (const asn of own.asNumbers) {
        if (countWords(bytes, at + 2, 4 * count, asn) > 0) this.flags |= AttributeFlag.MayLoop;
      }
      at += 2 + 4 * count;
    }
  }

  /** The first, global next hop; a link-local one behind it (RFC 2545 §3) does not take part in the decision. */
  #readMpNextHop(bytes: DataView, at: number, length: number): void {
    if (length !== 4 && length < 16) return;
    this.nextHopVersion = length === 4 ? 4 : 6;
    this.nextHop0 = bytes.getInt32(at);
    if (length === 4) return;
    this.nextHop1 = bytes.getInt32(at + 4);
    this.nextHop2 = bytes.getInt32(at + 8);
    this.nextHop3 = bytes.getInt32(at + 12);
  }
}

function wellKnownCommunity(community: number): number {
  switch (community) {
    case 0xffffff01:
      return AttributeFlag.NoExport;
    case 0xffffff02:
      return AttributeFlag.NoAdvertise;
    case 0xffffff03:
      return AttributeFlag.NoExportSubconfed;
    default:
      return 0;
  }
}

/** How many of the 32-bit words in `length` octets are `wanted`. */
function countWords(bytes: DataView, at: number, length: number, wanted: number): number {
  let count = 0;
  for (let i = 0; i < length; i += 4) if (bytes.getUint32(at + i) === wanted) count++;
  return count;
}

/** How often `asn` stands in the AS_PATH of a valid attribute list, in segments of any type (RFC 4271 §9.1.2, RFC 5065 §4). */
export function countInAsPath(bytes: DataView, start: number, end: number, asn: number): number {
  const path = findAttribute(bytes, start, end, AS_PATH);
  if (path === undefined) return 0;
  let count = 0;
  for (let at = path.at; at < path.at + path.length; at += 2 + 4 * bytes.getUint8(at + 1)) {
    count += countWords(bytes, at + 2, 4 * bytes.getUint8(at + 1), asn);
  }
  return count;
}

/** True when `clusterId` stands in the CLUSTER_LIST of a valid attribute list (RFC 4456 §8). */
export function isInClusterList(bytes: DataView, start: number, end: number, clusterId: number): boolean {
  const list = findAttribute(bytes, start, end, CLUSTER_LIST);
  return list !== undefined && countWords(bytes, list.at, list.length, clusterId) > 0;
}

function findAttribute(bytes: DataView, start: number, end: number, wanted: number): { at: number; length: number } | undefined {
  for (let at = start; at < end; ) {
    const extended = (bytes.getUint8(at) & EXTENDED_LENGTH) !== 0;
    const length = extended ? bytes.getUint16(at + 2) : bytes.getUint8(at + 2);
    const value = at + (extended ? 4 : 3);
    if (bytes.getUint8(at + 1) === wanted) return { at: value, length };
    at = value + length;
  }
  return undefined;
}
