import type { AttributeSet } from "../protocol/attributes/attribute-set.js";
import { decodeCanonical } from "../protocol/attributes/decode-attributes.js";
import { AdjRibOut } from "./adj-rib-out.js";
import type { ChangeQueue } from "./changes.js";
import { advertiseTo } from "./export/advertise-to.js";
import type { CatchUp } from "./export/catch-up.js";
import type { ChunkPool } from "./export/chunk-pool.js";
import { type ChunkStream, EVERYONE, everyoneBut, only } from "./export/chunk-stream.js";
import { type ExportProfile, encodingKey, profileKey } from "./export/export-profile.js";
import { GroupStreams, goesOn } from "./export/group-streams.js";
import type { Recipient } from "./export/recipient.js";
import { MOST_BATCH_OCTETS, UpdateBatch } from "./export/update-batch.js";
import { UpdateEncoder } from "./export/update-encoder.js";
import type { FamilyTable } from "./family-table.js";
import type { RibPeer } from "./peer-table.js";
import { PolicyEvaluator } from "./policy/evaluate.js";
import type { Rib } from "./rib.js";
import { type AttributeSetId, NO_ATTRIBUTES, NO_PEER, NO_PREFIX, type PeerId, type PrefixId } from "./store/ids.js";

/**
 * Peers whose export result is the same (equal `ExportProfile`s): one Adj-RIB-Out, one encoding, the same buffers.
 *
 * For each changed prefix it is decided once what the members are to be told; what differs from what they were told is sorted
 * into messages once, and `GroupStreams` says who gets them.
 */
export class UpdateGroup {
  readonly out: AdjRibOut;
  readonly streams: GroupStreams;
  /** Members of other groups that will come here once it is complete. */
  expected = 0;

  readonly #rib: Rib;
  readonly #table: FamilyTable;
  readonly #queue: ChangeQueue;
  readonly #batch = new UpdateBatch();
  readonly #encoder: UpdateEncoder;
  readonly #sources: RibPeer[] = []; // by PeerId, as they were when last seen: a peer may be gone before its routes are
  #viewer: UpdateEncoder | null = null;
  #profile: ExportProfile;
  #key: string;
  #evaluator: PolicyEvaluator;
  #untilComplete: number;

  constructor(rib: Rib, pool: ChunkPool, profile: ExportProfile) {
    this.#rib = rib;
    this.#table = rib.table(profile.family);
    this.#profile = profile;
    this.#key = profileKey(profile);
    this.#queue = this.#table.subscribe();
    this.#untilComplete = this.#queue.size;
    this.out = new AdjRibOut(rib.attributes, this.#table.prefixes);
    this.streams = new GroupStreams(pool, this.#table.prefixes, this.out);
    this.#evaluator = this.#newEvaluator();
    this.#encoder = this.#newEncoder(profile);
  }

  get profile(): ExportProfile {
    return this.#profile;
  }

  /** Of the profile; changes with the policy. */
  get key(): string {
    return this.#key;
  }

  get evaluator(): PolicyEvaluator {
    return this.#evaluator;
  }

  /** True when everything that was in the table at the start has been decided upon once. */
  get isComplete(): boolean {
    return this.#untilComplete <= 0;
  }

  /** True when nobody needs the group any more. */
  get isIdle(): boolean {
    return this.expected === 0 && this.streams.recipients.length === 0;
  }

  /** True when it waits for a socket: a member's being ready again is a reason to call `work`. */
  get isBlocked(): boolean {
    const { live, catchUps } = this.streams;
    const isStuck = this.#queue.size > 0 && !goesOn(live);
    return isStuck || catchUps.some(({ stream }) => !goesOn(stream));
  }

  /**
   * Takes a member over from the group that its old profile belongs to; it is told the differences. To be called when this group
   * is complete, or it would be told that routes are gone which only come later.
   */
  adopt(recipient: Recipient, from: UpdateGroup): void {
    const behind = from.streams.takeOut(recipient);
    const catchUp = this.streams.joinBehind(recipient);
    const isSameEncoding =
      encodingKey(from.profile) === encodingKey(this.#profile) && from.evaluator.prependsOwnAs === this.#evaluator.prependsOwnAs;
    const end = Math.max(from.out.capacity, this.out.capacity);
    for (let id = 1 as PrefixId; id < end; id++) {
      const before = from.out.advertised(id);
      const source = from.out.source(id);
      const isBehind = behind.owes(id);
      if (isSameEncoding && !isBehind && before === this.out.advertised(id) && source === this.out.source(id)) continue;
      const mayHold = isBehind ? behind.mayHold(id) : before !== NO_ATTRIBUTES && source !== recipient.peer;
      if (mayHold || this.out.advertised(id) !== NO_ATTRIBUTES) catchUp.owe(id, mayHold);
    }
    from.streams.remove(behind);
  }

  /**
   * Another policy for all members: every prefix is decided upon anew, and what comes out the same is not sent again.
   *
   * @returns false, and nothing is done, when equal attribute sets would be encoded differently from now on
   */
  changePolicy(profile: ExportProfile): boolean {
    const before = this.#profile;
    if (encodingKey(profile) !== encodingKey(before)) return false;
    const old = this.#evaluator;
    this.#profile = profile;
    const evaluator = this.#newEvaluator();
    if (evaluator.prependsOwnAs !== old.prependsOwnAs) {
      evaluator.close();
      this.#profile = before;
      return false;
    }
    this.#key = profileKey(profile);
    this.#evaluator = evaluator;
    old.close();
    this.#reconsider();
    return true;
  }

  /**
   * Decides upon up to `limit` changed prefixes, and sends up to so many to each stream.
   *
   * @returns true when there is more to do now; false also while it waits for sockets
   */
  work(limit: number): boolean {
    const { streams } = this;
    streams.beginTurn();
    if (goesOn(streams.live)) this.#takeChanges(limit);
    for (const catchUp of streams.catchUps) if (goesOn(catchUp.stream)) this.#serve(catchUp, limit);
    streams.endTurn(this.isComplete);
    return (this.#queue.size > 0 && goesOn(streams.live)) || streams.catchUps.some(({ stream }) => goesOn(stream));
  }

  /** True when the attributes and one prefix fit into a message for these peers. */
  fits(set: AttributeSetId, source: PeerId): boolean {
    this.#sources[source] = this.#rib.peer(source);
    return this.#encoder.fits(set, source);
  }

  /** The attributes of an advertised set as the members get them; AS numbers four octets wide always. */
  attributesSent(set: AttributeSetId, source: PeerId): AttributeSet {
    this.#viewer ??= this.#newEncoder({ ...this.#profile, fourOctetAs: true });
    const { bytes, length, usesMpReach, nextHop } = this.#viewer.rewrite(set, source);
    const attributes = decodeCanonical(bytes, 0, length);
    return usesMpReach ? { ...attributes, ...nextHop.read() } : attributes;
  }

  /** Ends the group; then `out.clear` lets go of its table. */
  close(): void {
    this.#queue.close();
    this.#evaluator.close();
    this.streams.close();
  }

  /** @throws Error when counters and tables disagree: for tests */
  checkInvariants(): void {
    this.out.checkInvariants();
    const { recipients } = this.streams;
    if (new Set(recipients).size !== recipients.length) throw new Error("a member is in two streams");
  }

  /** Every prefix is decided upon anew; what comes out the same is not sent again. */
  #reconsider(): void {
    this.#queue.restart();
    if (!this.isComplete) this.#untilComplete = this.#queue.size;
  }

  #takeChanges(limit: number): void {
    this.#batch.clear();
    let octets = 0;
    for (let taken = 0; taken < limit && octets < MOST_BATCH_OCTETS; taken++) {
      const prefix = this.#queue.next();
      if (prefix === NO_PREFIX) {
        this.#untilComplete = 0;
        break;
      }
      this.#untilComplete--;
      octets += this.#update(prefix);
    }
    this.#send(this.streams.live);
  }

  /** Brings the Adj-RIB-Out up to date for one prefix. @returns octets of attributes to be sent */
  #update(prefix: PrefixId): number {
    const { out } = this;
    const { live, catchUps } = this.streams;
    const best = this.#table.best(prefix);
    const learnedFrom = this.#table.bestPeer(prefix);
    const set = best === NO_ATTRIBUTES ? NO_ATTRIBUTES : this.#decide(prefix, best, learnedFrom);
    const source = set === NO_ATTRIBUTES ? NO_PEER : learnedFrom;
    const before = out.advertised(prefix);
    const sourceBefore = out.source(prefix);
    if (set === before && source === sourceBefore) return 0;
    for (const catchUp of catchUps) catchUp.owe(prefix, before !== NO_ATTRIBUTES);
    out.set(prefix, set, source);
    if (live.recipients.length === 0) return 0;
    if (set === NO_ATTRIBUTES) {
      this.#batch.withdraw(prefix, live.reaches(sourceBefore) ? everyoneBut(sourceBefore) : EVERYONE);
      return 0;
    }
    this.#batch.announce(prefix, set, source);
    // The new source must not keep what it was told while the route was another's.
    const wasTold = before !== NO_ATTRIBUTES && source !== sourceBefore;
    if (wasTold && live.reaches(source)) this.#batch.withdraw(prefix, only(source));
    return this.#rib.attributes.byteLength(set);
  }

  /** The set to advertise for a path, after policy; 0: it is not for these peers. */
  #decide(prefix: PrefixId, best: AttributeSetId, source: PeerId): AttributeSetId {
    const peer = this.#rib.peer(source);
    this.#sources[source] = peer;
    if (advertiseTo(peer, this.#rib.attributes.flags(best), this.#profile) !== null) return NO_ATTRIBUTES;
    const set = this.#evaluator.evaluate(prefix, best, peer.source);
    return set !== NO_ATTRIBUTES && this.#encoder.fits(set, source) ? set : NO_ATTRIBUTES;
  }

  #serve(catchUp: CatchUp, limit: number): void {
    this.#batch.clear();
    catchUp.fill(this.#batch, this.out, this.#rib.attributes, limit);
    this.#send(catchUp.stream);
  }

  #send(stream: ChunkStream): void {
    this.#encoder.encode(this.#batch, stream);
    stream.flush();
  }

  #newEvaluator(): PolicyEvaluator {
    const { attributes, nextHops } = this.#rib;
    const { policy, internal, localAs } = this.#profile;
    return new PolicyEvaluator(policy, { attributes, nextHops, prefixes: this.#table.prefixes }, internal ? null : localAs);
  }

  #newEncoder(profile: ExportProfile): UpdateEncoder {
    return new UpdateEncoder(profile, this.#evaluator.prependsOwnAs, {
      attributes: this.#rib.attributes,
      prefixes: this.#table.prefixes,
      originOf: (source) => this.#sources[source],
    });
  }
}
