import type { AsPathSegment, AttributeSet } from "../../protocol/attributes/attribute-set.js";
import { encodeAttributes } from "../../protocol/attributes/encode-attributes.js";
import { Family } from "../../protocol/net/address-family.js";
import { type Asn, asn } from "../../protocol/net/asn.js";
import type { IpAddress } from "../../protocol/net/ip-address.js";
import type { Prefix } from "../../protocol/net/prefix.js";
import { routerId } from "../../protocol/net/router-id.js";
import { parseIpAddress, parsePrefix } from "../../protocol/net/text.js";
import { NlriBlock, nlriOctets, PATH_ID_OCTETS, writeNlri, writePathId } from "../../protocol/nlri/nlri-block.js";
import { DEFAULT_DECISION_OPTIONS } from "../../rib/decision/options.js";
import type { ExportProfile } from "../../rib/export/export-profile.js";
import type { RibPeer } from "../../rib/peer-table.js";
import type { Policy } from "../../rib/policy/policy.js";
import { Rib } from "../../rib/rib.js";
import type { AttributeSetId, PeerId } from "../../rib/store/ids.js";
import { UpdateGroups } from "../../rib/update-groups.js";

export const OUR_AS = asn(65000);
export const OUR_ID = routerId(0x0a00_0001);
export const ACCEPT_ALL: Policy = { name: "all", statements: [], otherwise: "accept" };

export function ip(text: string): IpAddress {
  const address = parseIpAddress(text);
  if (!address.ok) throw new Error(address.error);
  return address.value;
}

export function cidr(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (!prefix.ok) throw new Error(prefix.error);
  return prefix.value;
}

/** An AS_PATH of one sequence. */
export function path(...asns: number[]): readonly AsPathSegment[] {
  return asns.length === 0 ? [] : [{ type: "sequence", asns: asns.map((n): Asn => asn(n)) }];
}

/** One prefix with a path identifier, as it comes in an UPDATE (RFC 7911 §3). */
export function pathNlri({ address: { w0, w1, w2, w3 }, length, family }: Prefix, pathId: number): NlriBlock {
  const bytes = new Uint8Array(PATH_ID_OCTETS + nlriOctets(length));
  writeNlri(bytes, writePathId(bytes, 0, pathId), w0, w1, w2, w3, length);
  const block = new NlriBlock();
  block.set(bytes, 0, bytes.length, family, true);
  return block;
}

export function peerFacts(changes: Partial<RibPeer> = {}): RibPeer {
  return {
    ...{ name: "peer", source: "bgp", internal: false, asNumber: asn(65001), localAs: OUR_AS, allowOwnAs: 0 },
    ...{ routerId: routerId(0x0a00_0063), address: ip("10.0.0.99"), rrClient: false, importPolicy: null },
    ...changes,
  };
}

export function profileOf(changes: Partial<ExportProfile> = {}): ExportProfile {
  return {
    ...{ family: Family.Ipv4Unicast, internal: false, rrClient: false, localAs: OUR_AS, nextHop: "auto" },
    ...{ selfAddress: ip("10.0.0.1"), policy: ACCEPT_ALL, fourOctetAs: true, maxMessageLength: 4096 },
    ...{ extendedNextHop: false, addPath: false, clusterId: null, routerId: OUR_ID },
    ...changes,
  };
}

/** A Rib and its update groups, with short ways to feed them. */
export class ExportWorld {
  readonly rib: Rib;
  readonly groups: UpdateGroups;

  constructor() {
    this.rib = new Rib({
      ...{ seed: 7, routerId: OUR_ID, clusterId: null, ownAsNumbers: [OUR_AS] },
      ...{ families: [Family.Ipv4Unicast, Family.Ipv6Unicast], decision: DEFAULT_DECISION_OPTIONS },
    });
    this.groups = new UpdateGroups({ rib: this.rib });
  }

  addPeer(changes: Partial<RibPeer> = {}): PeerId {
    return this.rib.addPeer(peerFacts(changes));
  }

  /** With one reference, the caller's. */
  intern(attributes: AttributeSet, family: Family = Family.Ipv4Unicast, interfaceName?: string): AttributeSetId {
    const bytes = encodeAttributes(attributes, family, { fourOctetAs: true });
    const interfaceId = interfaceName === undefined ? 0 : this.rib.attributes.interfaces.idOf(interfaceName);
    return this.rib.attributes.intern(bytes, 0, bytes.length, { interfaceId });
  }

  announce(peer: PeerId, prefix: Prefix | string, attributes: AttributeSet): void {
    const block = typeof prefix === "string" ? cidr(prefix) : prefix;
    const set = this.intern(attributes, block.family);
    this.rib.announcePrefix(peer, block, set);
    this.rib.attributes.release(set);
  }

  /** One path of several (RFC 7911). */
  announcePath(peer: PeerId, prefix: Prefix | string, pathId: number, attributes: AttributeSet): void {
    const block = typeof prefix === "string" ? cidr(prefix) : prefix;
    const set = this.intern(attributes, block.family);
    this.rib.announce(peer, pathNlri(block, pathId), set);
    this.rib.attributes.release(set);
  }

  withdrawPath(peer: PeerId, prefix: Prefix | string, pathId: number): void {
    this.rib.withdraw(peer, pathNlri(typeof prefix === "string" ? cidr(prefix) : prefix, pathId));
  }

  withdraw(peer: PeerId, prefix: Prefix | string): void {
    this.rib.withdrawPrefix(peer, typeof prefix === "string" ? cidr(prefix) : prefix);
  }

  /** One turn. @returns true when there is more to do */
  work(limit = 1000): boolean {
    const isMore = this.rib.work(limit);
    return this.groups.work(limit) || isMore;
  }

  /** Turns until there is nothing to do. */
  settle(limit = 1000): void {
    for (let turns = 0; this.work(limit); turns++) if (turns > 10_000) throw new Error("there is always more to do");
  }

  checkInvariants(): void {
    const held = new Map<AttributeSetId, number>();
    this.groups.checkInvariants((set) => held.set(set, (held.get(set) ?? 0) + 1));
    this.rib.attributes.checkInvariants(held, false);
  }

  /** After everyone has left: nothing of the export side holds anything. */
  checkReleased(): void {
    this.groups.checkInvariants();
    this.rib.checkInvariants(new Map());
    if (this.groups.groupCount !== 0) throw new Error(`${this.groups.groupCount} groups are left`);
    if (this.groups.chunksInUse !== 0) throw new Error(`${this.groups.chunksInUse} chunks are in use`);
  }
}
