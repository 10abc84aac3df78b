import type { Family } from "../protocol/net/address-family.js";
import type { Prefix } from "../protocol/net/prefix.js";
import type { RouterId } from "../protocol/net/router-id.js";
import type { NlriBlock } from "../protocol/nlri/nlri-block.js";
import type { DecisionOptions } from "./decision/options.js";
import type { DecisionFacts } from "./decision/tie-breaks.js";
import { FamilyTable } from "./family-table.js";
import { type ImportEvaluator, ImportFilter } from "./import-filter.js";
import { NextHopTable } from "./next-hop-table.js";
import { PeerTable, type RibPeer } from "./peer-table.js";
import { PolicyEvaluator } from "./policy/evaluate.js";
import type { Policy } from "./policy/policy.js";
import type { OwnIdentity } from "./store/attribute-facts.js";
import { AttributeSetTable } from "./store/attribute-set-table.js";
import type { AttributeSetId, PeerId } from "./store/ids.js";
import { PrefixTable } from "./store/prefix-table.js";

export interface RibOptions {
  readonly seed: number; // 32 random bits, new in every process: see store/hash.ts
  readonly routerId: RouterId;
  readonly clusterId: number | null; // set: a route reflector
  readonly ownAsNumbers: readonly number[];
  readonly families: readonly Family[];
  readonly decision: DecisionOptions;
}

/**
 * The routing information bases of RFC 4271 §3.2, for all families: routes go in by peer, changes of the best paths come out by
 * `table(family).subscribe()`. Nothing is selected before `work`.
 */
export class Rib {
  readonly nextHops: NextHopTable;
  readonly attributes: AttributeSetTable;
  readonly peers = new PeerTable();
  readonly #tables = new Map<Family, FamilyTable>();
  readonly #active = new Set<PeerId>();
  #departed: PeerId[] = []; // without routes, but perhaps still the best peer of a prefix that is to be selected
  #own: OwnIdentity;

  constructor(options: RibOptions) {
    this.#own = { asNumbers: options.ownAsNumbers, routerId: options.routerId, clusterId: options.clusterId };
    this.nextHops = new NextHopTable(options.seed);
    this.attributes = new AttributeSetTable({ seed: options.seed + 1, nextHops: this.nextHops, own: this.#own });
    const { attributes, nextHops, peers } = this;
    const facts: DecisionFacts = { attributes, nextHops, peers, options: options.decision };
    for (const family of options.families)
      this.#tables.set(family, new FamilyTable(new PrefixTable(family, options.seed + 2), facts));
    nextHops.onChanged = (id) => {
      for (const table of this.#tables.values()) table.nextHopChanged(id);
    };
  }

  get families(): readonly Family[] {
    return [...this.#tables.keys()];
  }

  /** The family must be one of `families`. */
  table(family: Family): FamilyTable {
    return this.#tables.get(family)!;
  }

  /** From now on the peer may announce routes. */
  addPeer(peer: RibPeer): PeerId {
    this.#knowOwnAs(peer.localAs);
    const id = this.peers.add(peer);
    this.#active.add(id);
    for (const table of this.#tables.values()) table.addPeer(id, this.filterFor(peer, table));
    return id;
  }

  /** The peer, also while its routes are being removed. */
  peer(id: PeerId): RibPeer {
    return this.peers.get(id);
  }

  /** Peers that may announce routes. */
  activePeers(): readonly PeerId[] {
    return [...this.#active];
  }

  /**
   * The peer has every prefix of the block, with the attributes `set`; the caller's reference on it stays the caller's.
   * @returns routes that were passed over, as the peer has too many paths (see `PathLanes`)
   */
  announce(peer: PeerId, nlri: NlriBlock, set: AttributeSetId): number {
    return this.table(nlri.family).announce(peer, nlri, set);
  }

  withdraw(peer: PeerId, nlri: NlriBlock): void {
    this.table(nlri.family).withdraw(peer, nlri);
  }

  announcePrefix(peer: PeerId, prefix: Prefix, set: AttributeSetId): void {
    this.table(prefix.family).announcePrefix(peer, prefix, set);
  }

  withdrawPrefix(peer: PeerId, prefix: Prefix): void {
    this.table(prefix.family).withdrawPrefix(peer, prefix);
  }

  /** The session is over: its routes go, in `work`. The id is dead for the caller. */
  removePeer(peer: PeerId): void {
    this.#active.delete(peer);
    let remaining = this.#tables.size;
    for (const table of this.#tables.values()) {
      table.removePeer(peer, () => {
        if (--remaining === 0) this.#departed.push(peer);
      });
    }
  }

  /** The session is over but may come back (RFC 4724 §4.2): its routes in `family` stay, marked. */
  markStale(peer: PeerId, family: Family): void {
    this.table(family).markStale(peer);
  }

  /** End-of-RIB, or the time is up: routes not announced again since `markStale` go, in `work`, also if they are marked anew before. */
  sweepStale(peer: PeerId, family: Family): void {
    this.table(family).sweepStale(peer);
  }

  /**
   * What the peer is has changed (a new session took over its routes, another tolerance of loops): its routes go through import
   * and decision anew, in `work`.
   */
  updatePeer(id: PeerId, peer: RibPeer): void {
    this.#knowOwnAs(peer.localAs);
    this.peers.replace(id, peer);
    for (const table of this.#tables.values()) table.replaceFilter(id, this.filterFor(peer, table), { reselect: true });
  }

  /** What was received goes through the new policy, in `work`; no session needs a reset. @param policy null: accept everything */
  setImportPolicy(id: PeerId, policy: Policy | null): void {
    const peer = { ...this.peers.get(id), importPolicy: policy };
    this.peers.replace(id, peer);
    for (const table of this.#tables.values()) table.replaceFilter(id, this.filterFor(peer, table), { reselect: false });
  }

  /** How the routes of such a peer come in; closed by whoever puts it to use. */
  filterFor(peer: RibPeer, table: FamilyTable): ImportFilter {
    return new ImportFilter(peer, this.#own, this.attributes, this.#evaluatorFor(peer.importPolicy, table));
  }

  /**
   * Does a part of what is to be done: in each family up to `limit` routes of background work, and the selection of up to
   * `limit` prefixes. 4096 take one or two milliseconds (`bench/decision.ts`).
   * @returns true when there is more
   */
  work(limit: number): boolean {
    let more = false;
    for (const table of this.#tables.values()) more = table.work(limit) || more;
    if (!more) this.#forgetDeparted();
    return more;
  }

  /**
   * @param held references on attribute sets that others hold, by id; when not given, others may hold any
   * @throws Error when something does not add up, references included: for tests
   */
  checkInvariants(held?: ReadonlyMap<AttributeSetId, number>): void {
    const references = new Map(held);
    for (const table of this.#tables.values()) {
      table.checkInvariants((set) => references.set(set, (references.get(set) ?? 0) + 1));
    }
    this.attributes.checkInvariants(references, held !== undefined);
    this.nextHops.checkInvariants();
  }

  /** Who we are has changed: what peers sent goes through the loop checks anew, in `work`. */
  setIdentity({ routerId, clusterId }: { readonly routerId: RouterId; readonly clusterId: number | null }): void {
    if (routerId === this.#own.routerId && clusterId === this.#own.clusterId) return;
    this.#own = { ...this.#own, routerId, clusterId };
    this.attributes.setOwnIdentity(this.#own);
    for (const id of this.#active) this.updatePeer(id, this.peers.get(id));
  }

  #evaluatorFor(policy: Policy | null, table: FamilyTable): ImportEvaluator | null {
    if (policy === null) return null;
    const { attributes, nextHops } = this;
    return new PolicyEvaluator(policy, { attributes, prefixes: table.prefixes, nextHops });
  }

  #knowOwnAs(localAs: number): void {
    if (this.#own.asNumbers.includes(localAs)) return;
    this.#own = { ...this.#own, asNumbers: [...this.#own.asNumbers, localAs] };
    this.attributes.setOwnIdentity(this.#own);
  }

  /** Once nothing is dirty, no best path is by a peer without routes. */
  #forgetDeparted(): void {
    for (const peer of this.#departed) this.peers.remove(peer);
    this.#departed = [];
  }
}
