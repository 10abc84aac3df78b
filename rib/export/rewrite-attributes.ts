import { decodeCanonical } from "../../protocol/attributes/decode-attributes.js";
import { encodeAttributes } from "../../protocol/attributes/encode-attributes.js";
import { copyOctets } from "../../protocol/attributes/octets.js";
import { Family } from "../../protocol/net/address-family.js";
import type { RouterId } from "../../protocol/net/router-id.js";
import type { RouteSource } from "../policy/policy.js";
import { AttributeCode, AttributeCursor, AttributeFlag } from "./attribute-cursor.js";
import type { ExportProfile } from "./export-profile.js";
import { NextHopField } from "./next-hop.js";

/** What a path's origin changes in the attributes that it leaves with: facts of a `RibPeer`. */
export interface RouteOrigin {
  readonly source: RouteSource;
  readonly internal: boolean; // learned over iBGP
  readonly routerId: RouterId;
}

/**
 * Attributes as a peer of one profile gets them: from the octets of an interned list straight to the octets of an UPDATE, in
 * ascending order of type, without building objects. Runs once a distinct set, source and batch.
 *
 * After `rewrite` the list is `bytes[0, length)`, without the next hop when that belongs into MP_REACH_NLRI (`usesMpReach`).
 */
export class AttributeRewriter {
  readonly bytes = new Uint8Array(MOST_OCTETS);
  readonly view = new DataView(this.bytes.buffer);
  length = 0;
  readonly nextHop: NextHopField;

  readonly #profile: ExportProfile;
  readonly #prependsLocalAs: boolean;
  readonly #cursor = new AttributeCursor();
  #origin: RouteOrigin = NOWHERE;
  #isReflected = false;

  /** @param hasOwnAs the sets given to `rewrite` start with our own AS already: policy has put it there */
  constructor(profile: ExportProfile, hasOwnAs: boolean) {
    this.#profile = profile;
    this.#prependsLocalAs = !profile.internal && !hasOwnAs;
    this.nextHop = new NextHopField(profile);
  }

  /** True when the next hop goes into MP_REACH_NLRI, and the NLRI with it (RFC 4760 §3, RFC 8950 §3). */
  get usesMpReach(): boolean {
    return this.#profile.family !== Family.Ipv4Unicast || this.nextHop.length !== 4;
  }

  /** @param list where the interned attributes are: octets [start, end) */
  rewrite(list: DataView, start: number, end: number, origin: RouteOrigin): void {
    this.length = 0;
    this.#origin = origin;
    this.#isReflected = this.#profile.internal && origin.internal && origin.source === "bgp";
    this.#cursor.reset(list, start, end);
    this.nextHop.choose(this.#cursor, origin.source);
    this.#cursor.reset(list, start, end);
    this.#walk();
    if (!this.#profile.fourOctetAs) this.#narrow();
  }

  /** Copies, changes or drops each attribute; puts in those that must be there and are not. */
  #walk(): void {
    const cursor = this.#cursor;
    const owed = this.#mandatory();
    let met = 0;
    while (cursor.next()) {
      while (met < owed.length && owed[met] < cursor.code) this.#add(owed[met++]);
      if (owed[met] === cursor.code) met++;
      this.#pass(cursor);
    }
    while (met < owed.length) this.#add(owed[met++]);
  }

  #mandatory(): readonly number[] {
    if (this.#isReflected) return MANDATORY_REFLECTED;
    return this.#profile.internal ? MANDATORY_INTERNAL : MANDATORY_EXTERNAL;
  }

  /** An attribute that the route has. */
  #pass(cursor: AttributeCursor): void {
    const { internal } = this.#profile;
    switch (cursor.code) {
      case AttributeCode.AsPath:
        if (this.#prependsLocalAs) this.#prepend(cursor);
        else this.#copy(cursor);
        break;
      case AttributeCode.NextHop:
        this.#add(AttributeCode.NextHop);
        break;
      case AttributeCode.MpReachNlri:
        break;
      case AttributeCode.MultiExitDisc: // RFC 4271 §5.1.4: not to other neighbouring ASes
      case AttributeCode.LocalPref: // §5.1.5: not to external peers
        if (internal) this.#copy(cursor);
        break;
      case AttributeCode.OriginatorId: // RFC 4456 §8: non-transitive, and only a reflector's
        if (this.#isReflected) this.#copy(cursor);
        break;
      case AttributeCode.ClusterList:
        if (this.#isReflected) this.#prependCluster(cursor);
        break;
      case AttributeCode.ExtendedCommunities:
        this.#copyExtended(cursor, 8);
        break;
      case AttributeCode.Ipv6ExtendedCommunities:
        this.#copyExtended(cursor, 20);
        break;
      default:
        if (KNOWN.has(cursor.code)) this.#copy(cursor);
        else this.#passUnknown(cursor);
    }
  }

  /** An attribute that every route must have towards these peers, and this one has not, or not its own. */
  #add(code: number): void {
    const { clusterId, routerId } = this.#profile;
    switch (code) {
      case AttributeCode.AsPath:
        this.#header(WELL_KNOWN, code, this.#prependsLocalAs ? 6 : 0);
        if (this.#prependsLocalAs) this.#segment(1);
        break;
      case AttributeCode.NextHop:
        if (this.usesMpReach) break;
        this.#header(WELL_KNOWN, code, 4);
        this.#octets(this.nextHop.view, 0, 4);
        break;
      case AttributeCode.LocalPref:
        this.#header(WELL_KNOWN, code, 4);
        this.#word(DEFAULT_LOCAL_PREF);
        break;
      case AttributeCode.OriginatorId: // RFC 4456 §8: who brought the route into the AS, as far as we know
        this.#header(AttributeFlag.Optional, code, 4);
        this.#word(this.#origin.routerId);
        break;
      case AttributeCode.ClusterList:
        this.#header(AttributeFlag.Optional, code, 4);
        this.#word(clusterId ?? routerId);
        break;
    }
  }

  /** RFC 4271 §5.1.2 (b): our AS in front, in a segment of its own when the first is no sequence or full. */
  #prepend(cursor: AttributeCursor): void {
    const { list, valueStart, valueEnd } = cursor;
    const length = valueEnd - valueStart;
    const count = length > 0 && list.getUint8(valueStart) === AS_SEQUENCE ? list.getUint8(valueStart + 1) : MOST_ASNS;
    if (count === MOST_ASNS) {
      this.#header(WELL_KNOWN, AttributeCode.AsPath, length + 6);
      this.#segment(1);
      this.#octets(list, valueStart, valueEnd);
    } else {
      this.#header(WELL_KNOWN, AttributeCode.AsPath, length + 4);
      this.#segment(count + 1);
      this.#octets(list, valueStart + 2, valueEnd);
    }
  }

  /** The head of an AS_SEQUENCE of `count`, and our AS as its first number. */
  #segment(count: number): void {
    this.bytes[this.length++] = AS_SEQUENCE;
    this.bytes[this.length++] = count;
    this.#word(this.#profile.localAs);
  }

  /** RFC 4456 §8: our CLUSTER_ID in front. */
  #prependCluster(cursor: AttributeCursor): void {
    const { clusterId, routerId } = this.#profile;
    this.#header(AttributeFlag.Optional, AttributeCode.ClusterList, cursor.valueEnd - cursor.valueStart + 4);
    this.#word(clusterId ?? routerId);
    this.#octets(cursor.list, cursor.valueStart, cursor.valueEnd);
  }

  /** RFC 4360 §6: communities with the non-transitive bit do not cross the AS border. `size` octets each. */
  #copyExtended(cursor: AttributeCursor, size: number): void {
    if (this.#profile.internal) {
      this.#copy(cursor);
      return;
    }
    const { list, valueStart, valueEnd } = cursor;
    let kept = 0;
    for (let at = valueStart; at < valueEnd; at += size) if ((list.getUint8(at) & NON_TRANSITIVE) === 0) kept++;
    if (kept === 0) return;
    this.#header(cursor.flags, cursor.code, kept * size);
    for (let at = valueStart; at < valueEnd; at += size) {
      if ((list.getUint8(at) & NON_TRANSITIVE) === 0) this.#octets(list, at, at + size);
    }
  }

  /** RFC 4271 §5: unrecognised transitive ones go on, marked Partial; others stop here. */
  #passUnknown(cursor: AttributeCursor): void {
    const passes = AttributeFlag.Optional | AttributeFlag.Transitive;
    if ((cursor.flags & passes) !== passes) return;
    const at = this.length;
    this.#copy(cursor);
    this.bytes[at] |= AttributeFlag.Partial;
  }

  #copy(cursor: AttributeCursor): void {
    this.#octets(cursor.list, cursor.start, cursor.valueEnd);
  }

  /** Extended Length where needed, and only there (RFC 4271 §4.3). */
  #header(flags: number, code: number, length: number): void {
    const { bytes } = this;
    const isLong = length > 255;
    bytes[this.length++] = isLong ? flags | AttributeFlag.ExtendedLength : flags & ~AttributeFlag.ExtendedLength;
    bytes[this.length++] = code;
    if (isLong) bytes[this.length++] = length >>> 8;
    bytes[this.length++] = length;
  }

  #word(value: number): void {
    this.view.setUint32(this.length, value);
    this.length += 4;
  }

  #octets(from: DataView, start: number, end: number): void {
    copyOctets(this.view, this.length, from, start, end - start);
    this.length += end - start;
  }

  /** RFC 6793 §4.2.2: what a peer with 2-octet AS numbers understands, the rest in AS4_PATH and AS4_AGGREGATOR. */
  #narrow(): void {
    const set = decodeCanonical(this.bytes, 0, this.length);
    const narrow = encodeAttributes(set, this.#profile.family, { fourOctetAs: false });
    this.bytes.set(narrow);
    this.length = narrow.length;
  }
}

/** A list fills at most one message; what this speaker adds comes on top. */
const MOST_OCTETS = 2 * 65535;
const DEFAULT_LOCAL_PREF = 100;
const AS_SEQUENCE = 2;
const MOST_ASNS = 255; // in one segment
const WELL_KNOWN = AttributeFlag.Transitive;
/** Of the first octet of an extended community's type (RFC 4360 §2). */
const NON_TRANSITIVE = 0x40;
const NOWHERE: RouteOrigin = { source: "static", internal: false, routerId: 0 as RouterId };

const { AsPath, NextHop, LocalPref, OriginatorId, ClusterList } = AttributeCode;
const MANDATORY_EXTERNAL: readonly number[] = [AsPath, NextHop];
const MANDATORY_INTERNAL: readonly number[] = [AsPath, NextHop, LocalPref];
const MANDATORY_REFLECTED: readonly number[] = [AsPath, NextHop, LocalPref, OriginatorId, ClusterList];

const KNOWN: ReadonlySet<number> = new Set(Object.values(AttributeCode));
