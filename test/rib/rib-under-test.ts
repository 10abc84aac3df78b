import { Family } from "../../protocol/net/address-family.js";
import { asn } from "../../protocol/net/asn.js";
import { IpAddress } from "../../protocol/net/ip-address.js";
import { routerId } from "../../protocol/net/router-id.js";
import { DEFAULT_DECISION_OPTIONS, type DecisionOptions } from "../../rib/decision/options.js";
import type { RibPeer } from "../../rib/peer-table.js";
import { Rib } from "../../rib/rib.js";
import type { PeerId, PrefixId } from "../../rib/store/ids.js";
import { pathNlri } from "../models/export-world.js";
import type { NaivePeer } from "../models/naive-rib.js";
import { attributeList, type PathText, prefix } from "./attribute-lists.js";

export const OWN_AS = 64512;

export function newRib(decision: Partial<DecisionOptions> = {}, seed = 1): Rib {
  return new Rib({
    seed,
    routerId: routerId(0x0a000001),
    clusterId: 77,
    ownAsNumbers: [OWN_AS],
    families: [Family.Ipv4Unicast, Family.Ipv6Unicast],
    decision: { ...DEFAULT_DECISION_OPTIONS, ...decision },
  });
}

export const PEER: NaivePeer = {
  name: "tor",
  source: "bgp",
  internal: false,
  routerId: 0x0a000101,
  address: 0x0a000101,
  localAs: OWN_AS,
  allowOwnAs: 0,
  addPath: false,
};

/** A peer in the words of the Rib. */
export function ribPeer(peer: NaivePeer): RibPeer {
  return {
    name: peer.name,
    source: peer.source,
    internal: peer.internal,
    asNumber: asn(peer.internal ? OWN_AS : 65001),
    localAs: asn(peer.localAs),
    allowOwnAs: peer.allowOwnAs,
    routerId: routerId(peer.routerId),
    address: IpAddress.v4(peer.address),
    rrClient: false,
    importPolicy: null,
  };
}

export function addPeer(rib: Rib, peer: Partial<NaivePeer> = {}): PeerId {
  return rib.addPeer(ribPeer({ ...PEER, ...peer }));
}

/** Announces as a session does: interns, announces, lets go. */
export function announce(rib: Rib, peer: PeerId, text: string, path: PathText = {}): void {
  const its = prefix(text);
  const bytes = attributeList(path, its.family);
  const set = rib.attributes.intern(bytes, 0, bytes.length, { isRaised: path.isRaised ?? false });
  rib.announcePrefix(peer, its, set);
  rib.attributes.release(set);
}

/** Announces one path of several (RFC 7911). @returns 1 when it was not stored */
export function announcePath(rib: Rib, peer: PeerId, text: string, pathId: number, path: PathText = {}): number {
  const its = prefix(text);
  const bytes = attributeList(path, its.family);
  const set = rib.attributes.intern(bytes, 0, bytes.length);
  const excess = rib.announce(peer, pathNlri(its, pathId), set);
  rib.attributes.release(set);
  return excess;
}

export function withdrawPath(rib: Rib, peer: PeerId, text: string, pathId: number): void {
  rib.withdraw(peer, pathNlri(prefix(text), pathId));
}

export function workAll(rib: Rib, limit = 1000): void {
  while (rib.work(limit));
}

/** The name of the best path's peer, or null. */
export function bestPeer(rib: Rib, text: string): string | null {
  const table = rib.table(prefix(text).family);
  const peer = table.bestPeer(table.find(prefix(text)));
  return peer === 0 ? null : rib.peer(peer).name;
}

/** The names of the multipath set, the best first. */
export function multipathPeers(rib: Rib, text: string): string[] {
  const table = rib.table(prefix(text).family);
  const names: string[] = [];
  table.multipath(table.find(prefix(text)), (peer) => names.push(rib.peer(peer).name));
  return names;
}

/** Everything a queue has, as text. */
export function drain(rib: Rib, family: Family, queue: { next(): PrefixId }): string[] {
  const texts: string[] = [];
  for (let id = queue.next(); id !== 0; id = queue.next()) texts.push(rib.table(family).prefixes.read(id).toString());
  return texts;
}
