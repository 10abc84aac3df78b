import type { AttributeSet } from "../protocol/attributes/attribute-set.js";
import { decodeCanonical } from "../protocol/attributes/decode-attributes.js";
import type { ChangeQueue } from "./changes.js";
import { advertiseTo } from "./export/advertise-to.js";
import type { AdvertisedPrefixes } from "./export/advertised-prefixes.js";
import type { CatchUp } from "./export/catch-up.js";
import type { ChunkPool } from "./export/chunk-pool.js";
import type { ChunkStream } from "./export/chunk-stream.js";
import { type ExportProfile, encodingKey, profileKey } from "./export/export-profile.js";
import { GroupStreams, goesOn } from "./export/group-streams.js";
import type { Holdings } from "./export/holdings.js";
import type { Recipient } from "./export/recipient.js";
import { MOST_BATCH_OCTETS, UpdateBatch } from "./export/update-batch.js";
import { UpdateEncoder } from "./export/update-encoder.js";
import type { FamilyTable } from "./family-table.js";
import type { PathId } from "./path-id.js";
import type { RibPeer } from "./peer-table.js";
import { PolicyEvaluator } from "./policy/evaluate.js";
import type { RouteSource } from "./policy/policy.js";
import type { Rib } from "./rib.js";
import { type AttributeSetId, NO_ATTRIBUTES, NO_PEER, NO_PREFIX, type PeerId, type PrefixId } from "./store/ids.js";

/** A path as an update group sees it. Plain data, for people. */
export interface ExportPath {
  readonly path: PathId; // 0 where a prefix has but one
  readonly set: AttributeSetId;
  readonly source: PeerId; // whom it was learned from
}

/** What the two kinds of group differ in. */
interface GroupParts<H extends Holdings> {
  readonly out: AdvertisedPrefixes;
  readonly queue: ChangeQueue;
  readonly newHoldings: () => H;
}

/**
 * Peers whose export result is the same (equal `ExportProfile`s): one Adj-RIB-Out, one encoding, the same buffers.
 *
 * For each changed prefix it is decided once what the members are to be told; what differs from what they were told is sorted
 * into messages once, and `GroupStreams` says who gets them.
 */
export abstract class UpdateGroup<H extends Holdings = Holdings> {
  abstract readonly out: AdvertisedPrefixes;
  readonly streams: GroupStreams<H>;
  /** Members of other groups that will come here once it is complete. */
  expected = 0;

  protected readonly table: FamilyTable;
  protected readonly batch = new UpdateBatch();
  readonly #rib: Rib;
  readonly #queue: ChangeQueue;
  readonly #encoder: UpdateEncoder;
  readonly #sources: RibPeer[] = []; // by PeerId, as they were when last seen: a peer may be gone before its routes are
  /** The path decided upon last: prefixes that come in one UPDATE are decided upon one after another. */
  readonly #path = { set: NO_ATTRIBUTES, source: NO_PEER, kind: "bgp" as RouteSource, isAllowed: false, fits: false };
  #viewer: UpdateEncoder | null = null;
  #profile: ExportProfile;
  #key: string;
  #evaluator: PolicyEvaluator;
  #untilComplete: number;

  constructor(rib: Rib, pool: ChunkPool, profile: ExportProfile, { out, queue, newHoldings }: GroupParts<H>) {
    this.#rib = rib;
    this.table = rib.table(profile.family);
    this.#profile = profile;
    this.#key = profileKey(profile);
    this.#queue = queue;
    this.streams = new GroupStreams(pool, profile.family, out, newHoldings);
    this.#evaluator = this.#newEvaluator();
    if (this.#evaluator.rejectsAll) queue.suspend();
    this.#untilComplete = queue.size;
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

  /** What is in the table now is to be decided upon before the group is complete. */
  expectAll(): void {
    this.#untilComplete = this.#queue.size;
  }

  /** True when nobody needs the group any more. */
  get isIdle(): boolean {
    return this.expected === 0 && this.streams.recipients.length === 0;
  }

  /** Streams that have something to send. */
  get busyStreams(): number {
    return (this.#queue.size > 0 ? 1 : 0) + this.streams.catchUps.length;
  }

  /** True when it waits for a socket: a member's being ready again is a reason to call `work`. */
  get isBlocked(): boolean {
    const { live, catchUps } = this.streams;
    const isStuck = this.#queue.size > 0 && !goesOn(live);
    return isStuck || catchUps.some(({ stream }) => !goesOn(stream));
  }

  /** The paths of a prefix that could be told by their being chosen or eligible, before any rule and policy. */
  abstract offered(prefix: PrefixId): readonly ExportPath[];

  /** The paths of a prefix that the members, but for the source of each, are told. */
  abstract told(prefix: PrefixId): readonly ExportPath[];

  /**
   * Takes a member over from the group of the same kind that its old profile belongs to; it is told the differences. To be called
   * when this group is complete, or it would be told that routes are gone which only come later.
   */
  adopt(recipient: Recipient, from: UpdateGroup<H>): void {
    const behind = from.streams.takeOut(recipient);
    const catchUp = this.streams.joinBehind(recipient);
    const isSameEncoding =
      encodingKey(from.profile) === encodingKey(this.#profile) && from.evaluator.prependsOwnAs === this.#evaluator.prependsOwnAs;
    const end = Math.max(from.out.capacity, this.out.capacity);
    for (let id = 1 as PrefixId; id < end; id++) {
      const isBehind = behind.owes(id);
      if (isSameEncoding && !isBehind && this.tellsAs(from, id)) continue;
      this.takeOver(id, recipient, catchUp, from, isBehind ? behind.holdings : null);
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

  /** @param count called for every reference on an attribute set. @throws Error when counters and tables disagree: for tests */
  checkInvariants(count: (set: AttributeSetId) => void): void {
    this.out.checkInvariants(count);
    const { recipients } = this.streams;
    if (new Set(recipients).size !== recipients.length) throw new Error("a member is in two streams");
  }

  /** Brings the Adj-RIB-Out up to date for one prefix, and puts what differs into the batch. @returns octets of attributes to be sent */
  protected abstract update(prefix: PrefixId): number;

  /** True when both groups tell the same of the prefix, from the same sources. */
  protected abstract tellsAs(other: UpdateGroup<H>, prefix: PrefixId): boolean;

  /** Owes the prefix to a member of another group, unless neither knows of it. @param behind what it may have; null: what `from` tells */
  protected abstract takeOver(
    prefix: PrefixId,
    recipient: Recipient,
    catchUp: CatchUp<H>,
    from: UpdateGroup<H>,
    behind: H | null,
  ): void;

  /** The set to advertise for a path, after policy; 0: it is not for these peers. */
  protected decide(prefix: PrefixId, set: AttributeSetId, source: PeerId): AttributeSetId {
    const path = this.#path;
    if (set !== path.set || source !== path.source) this.#judge(set, source);
    if (!path.isAllowed) return NO_ATTRIBUTES;
    const accepted = this.#evaluator.evaluate(prefix, set, path.kind);
    if (accepted === set) return path.fits ? set : NO_ATTRIBUTES;
    return accepted !== NO_ATTRIBUTES && this.#encoder.fits(accepted, source) ? accepted : NO_ATTRIBUTES;
  }

  /** What holds for every prefix with this path. */
  #judge(set: AttributeSetId, source: PeerId): void {
    const peer = this.#rib.peer(source);
    this.#sources[source] = peer;
    const path = this.#path;
    path.set = set;
    path.source = source;
    path.kind = peer.source;
    path.isAllowed = advertiseTo(peer, this.#rib.attributes.flags(set), this.#profile) === null;
    path.fits = path.isAllowed && this.#encoder.fits(set, source);
  }

  /** Every prefix is decided upon anew; what comes out the same is not sent again. */
  #reconsider(): void {
    this.#queue.restart();
    if (!this.isComplete) this.#untilComplete = this.#queue.size;
  }

  #takeChanges(limit: number): void {
    this.batch.clear();
    this.#path.set = NO_ATTRIBUTES; // the id may be another's by now
    let octets = 0;
    for (let taken = 0; taken < limit && octets < MOST_BATCH_OCTETS; taken++) {
      const prefix = this.#queue.next();
      if (prefix === NO_PREFIX) {
        this.#untilComplete = 0;
        if (this.#evaluator.rejectsAll) this.#queue.suspend();
        break;
      }
      this.#untilComplete--;
      octets += this.update(prefix);
    }
    this.#send(this.streams.live);
  }

  #serve(catchUp: CatchUp<H>, limit: number): void {
    this.batch.clear();
    catchUp.fill(this.batch, limit);
    this.#send(catchUp.stream);
  }

  #send(stream: ChunkStream): void {
    this.#encoder.encode(this.batch, stream);
    stream.flush();
  }

  #newEvaluator(): PolicyEvaluator {
    const { attributes, nextHops } = this.#rib;
    const { policy, internal, localAs } = this.#profile;
    return new PolicyEvaluator(policy, { attributes, nextHops, prefixes: this.table.prefixes }, internal ? null : localAs);
  }

  #newEncoder(profile: ExportProfile): UpdateEncoder {
    return new UpdateEncoder(profile, this.#evaluator.prependsOwnAs, {
      attributes: this.#rib.attributes,
      prefixes: this.table.prefixes,
      originOf: (source) => this.#sources[source],
    });
  }
}
