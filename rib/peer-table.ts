import type { Asn } from "../protocol/net/asn.js";
import type { IpAddress } from "../protocol/net/ip-address.js";
import type { RouterId } from "../protocol/net/router-id.js";
import type { Policy, RouteSource } from "./policy/policy.js";
import { capacityFor, grown } from "./store/column.js";
import { PREFERENCE_UNIT, RAISE } from "./store/decision-columns.js";
import type { PeerId } from "./store/ids.js";

/** Where routes come from: a BGP session, or one of our own sources (pseudo-peers "direct", "static", "service", "kernel"). */
export interface RibPeer {
  readonly name: string;
  readonly source: RouteSource;
  readonly internal: boolean; // an iBGP session
  readonly asNumber: Asn;
  readonly localAs: Asn; // ours on this session
  readonly allowOwnAs: number; // `localAs` is tolerated this many times in AS_PATH
  readonly routerId: RouterId; // the peer's BGP Identifier
  readonly address: IpAddress; // the peer's
  readonly rrClient: boolean;
  readonly importPolicy: Policy | null; // null: accept everything
}

/** Route preference by source, the administrative distance of the reference turned round: higher wins before LOCAL_PREF. */
export const SOURCE_PREFERENCE: { readonly [source in RouteSource]: number } = {
  direct: 240,
  static: 200,
  service: 200,
  bgp: 100,
  kernel: 10,
};

const HIGHEST_PREFERENCE = 240;
const MAX_PEERS = 65535; // LocRib keeps the peer of the best path in 16 bits

/**
 * The peers that have routes, by id.
 *
 *   #peers[id]        as given; undefined when the id is free
 *   #sourceRank[id]   what to add to an attribute set's rank, which has RAISE when import did not raise the route
 *
 * Ids go round before one is used again, so that nobody takes a new session for the one before.
 */
export class PeerTable {
  readonly #peers: (RibPeer | undefined)[] = [undefined];
  #sourceRank = new Float64Array(16);
  #last = 0;
  #count = 0;

  /** @throws Error when there are 65535 peers already */
  add(peer: RibPeer): PeerId {
    if (this.#count === MAX_PEERS) throw new Error("too many peers");
    do this.#last = this.#last === MAX_PEERS ? 1 : this.#last + 1;
    while (this.#peers[this.#last] !== undefined);
    const id = this.#last;
    if (id >= this.#sourceRank.length) this.#sourceRank = grown(this.#sourceRank, capacityFor(id, this.#sourceRank.length));
    this.#peers[id] = peer;
    this.#sourceRank[id] = sourceRankOf(peer);
    this.#count++;
    return id as PeerId;
  }

  /** New facts about the same peer: a policy, or a session that took over the routes of the one before. */
  replace(id: PeerId, peer: RibPeer): void {
    this.#peers[id] = peer;
    this.#sourceRank[id] = sourceRankOf(peer);
  }

  remove(id: PeerId): void {
    this.#peers[id] = undefined;
    this.#count--;
  }

  /** `id` must be in use. */
  get(id: PeerId): RibPeer {
    return this.#peers[id]!;
  }

  /** What to add to `AttributeSetTable.rank`: smaller wins. */
  sourceRank(id: PeerId): number {
    return this.#sourceRank[id];
  }
}

/** RAISE is taken off here, so that no sum of both takes more than 53 bits. */
function sourceRankOf({ source }: RibPeer): number {
  return (HIGHEST_PREFERENCE - SOURCE_PREFERENCE[source] - RAISE) * PREFERENCE_UNIT;
}
