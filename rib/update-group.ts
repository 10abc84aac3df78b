import type { AttributeSet } from "../protocol/attributes/attribute-set.js";
import { decodeCanonical } from "../protocol/attributes/decode-attributes.js";
import { AdjRibOut } from "./adj-rib-out.js";
import type { ChangeQueue } from "./changes.js";
import { advertiseTo } from "./export/advertise-to.js";
import { CatchUp } from "./export/catch-up.js";
import type { ChunkPool } from "./export/chunk-pool.js";
import { ChunkStream, EVERYONE, everyoneBut, only } from "./export/chunk-stream.js";
import { type ExportProfile, encodingKey, profileKey } from "./export/export-profile.js";
import { endOfRib, refreshMarker } from "./export/message-frame.js";
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
 * Most members are up to date and share the live stream, which is fed by the changes of the Loc-RIB. The others are in a
 * `CatchUp`, fed by the Adj-RIB-Out, and come to the live stream when they are owed nothing. A stream goes on while one of its
 * members is ready for more; those far behind it are split off.
 */
export class UpdateGroup {
  readonly #rib: Rib;
  readonly #table: FamilyTable;
  readonly #pool: ChunkPool;
  readonly #queue: ChangeQueue;
  readonly #batch = new UpdateBatch();
  readonly #live: ChunkStream;
  readonly #sources: RibPeer[] = []; // by PeerId, as they were when last seen: a peer may be gone before its routes are
  #profile: ExportProfile;
  #key: string;
  #evaluator: PolicyEvaluator;
  readonly #encoder: UpdateEncoder;
  #viewer: UpdateEncoder | null = null;
  #catchUps: CatchUp[] = [];
  #joining: CatchUp | null = null; // of members that have joined since the last `work`
  #untilComplete: number;

  readonly out: AdjRibOut;
  /** Members of other groups that will come here once it is complete. */
  expected = 0;

  constructor(rib: Rib, pool: ChunkPool, profile: ExportProfile) {
    this.#rib = rib;
    this.#table = rib.table(profile.family);
    this.#pool = pool;
    this.#profile = profile;
    this.#key = profileKey(profile);
    this.#queue = this.#table.subscribe();
    this.#untilComplete = this.#queue.size;
    this.#live = new ChunkStream(pool);
    this.out = new AdjRibOut(rib.attributes, this.#table.prefixes);
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

  /** True when it waits for a socket: a member's being ready again is a reason to call `work`. */
  get isBlocked(): boolean {
    const isStuck = this.#queue.size > 0 && !goesOn(this.#live);
    return isStuck || this.#catchUps.some(({ isDone, stream }) => isDone || !goesOn(stream));
  }

  /** True when everything that was in the table at the start has been decided upon once. */
  get isComplete(): boolean {
    return this.#untilComplete <= 0;
  }

  /** True when nobody needs the group any more. */
  get isIdle(): boolean {
    return this.expected === 0 && this.#live.recipients.length === 0 && this.#catchUps.length === 0;
  }

  get recipients(): readonly Recipient[] {
    return [this.#live, ...this.#catchUps.map(({ stream }) => stream)].flatMap((stream) => stream.recipients);
  }

  /** Streams that share the work of a turn. */
  get streamCount(): number {
    return 1 + this.#catchUps.length;
  }

  /** A new member: to the live stream when there is nothing it has missed. */
  join(recipient: Recipient): void {
    if (this.out.count === 0) {
      this.#addLive([recipient]);
      return;
    }
    this.#joining ??= this.#newJoining();
    this.#joining.stream.setRecipients([...this.#joining.stream.recipients, recipient]);
  }

  /** Lets members go that have left. */
  dropLeavers(): void {
    const stays = (recipient: Recipient) => !recipient.hasLeft;
    for (const { stream } of [{ stream: this.#live }, ...this.#catchUps]) {
      if (!stream.recipients.every(stays)) stream.setRecipients(stream.recipients.filter(stays));
    }
    this.#closeEmptyCatchUps();
  }

  /** ROUTE-REFRESH (RFC 2918): all that is advertised goes to the member again, between BoRR and EoRR when it knows them. */
  refresh(recipient: Recipient): void {
    if (recipient.enhancedRefresh && recipient.owesEndOfRib) {
      recipient.isRefreshPending = true; // RFC 7313 §4: no BoRR before the End-of-RIB
      return;
    }
    if (recipient.enhancedRefresh) recipient.sendMarker(refreshMarker(this.#profile.family, "begin"));
    recipient.isRefreshing = recipient.enhancedRefresh;
    const catchUp = this.#takeOut(recipient);
    const end = this.out.capacity;
    for (let id = 1 as PrefixId; id < end; id++) {
      if (this.out.advertised(id) !== NO_ATTRIBUTES) catchUp.owe(id, this.out.source(id) !== recipient.peer);
    }
  }

  /**
   * Takes a member over from the group that its old profile belongs to; it is told the differences. To be called when this group
   * is complete, or it would be told that routes are gone which only come later.
   */
  adopt(recipient: Recipient, from: UpdateGroup): void {
    const behind = from.#takeOut(recipient);
    const catchUp = this.#newCatchUp([recipient]);
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
    behind.stream.setRecipients([]);
    from.#closeEmptyCatchUps();
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
    this.#queue.restart();
    return true;
  }

  /** Every prefix is decided upon anew; what comes out the same is not sent again. */
  reconsider(): void {
    this.#queue.restart();
  }

  /**
   * Decides upon up to `limit` changed prefixes and sends the outcome, once to each stream.
   *
   * @returns true when there is more to do now; false also while it waits for sockets
   */
  work(limit: number): boolean {
    this.#joining = null;
    this.#splitSlow();
    if (goesOn(this.#live)) this.#takeChanges(limit);
    for (const catchUp of this.#catchUps) if (goesOn(catchUp.stream)) this.#serve(catchUp, limit);
    this.#finishCatchUps();
    this.#sendEndsOfRib();
    return (this.#queue.size > 0 && goesOn(this.#live)) || this.#catchUps.some(({ stream }) => goesOn(stream));
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

  /** What is owed to a member besides the live stream; null: nothing. */
  catchUpOf(recipient: Recipient): CatchUp | null {
    return this.#catchUps.find(({ stream }) => stream.recipients.includes(recipient)) ?? null;
  }

  /** Ends the group; then `out.clear` lets go of its table. */
  close(): void {
    this.#queue.close();
    this.#evaluator.close();
    this.#live.close();
    for (const catchUp of this.#catchUps) catchUp.close();
    this.#catchUps = [];
  }

  /** @throws Error when counters and tables disagree: for tests */
  checkInvariants(): void {
    this.out.checkInvariants();
    const seen = this.recipients;
    if (new Set(seen).size !== seen.length) throw new Error("a member is in two streams");
  }

  #takeChanges(limit: number): void {
    const batch = this.#batch;
    batch.clear();
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
    this.#send(this.#live);
  }

  /** Brings the Adj-RIB-Out up to date for one prefix. @returns octets of attributes to be sent */
  #update(prefix: PrefixId): number {
    const best = this.#table.best(prefix);
    const learnedFrom = this.#table.bestPeer(prefix);
    const set = best === NO_ATTRIBUTES ? NO_ATTRIBUTES : this.#decide(prefix, best, learnedFrom);
    const source = set === NO_ATTRIBUTES ? NO_PEER : learnedFrom;
    const before = this.out.advertised(prefix);
    const sourceBefore = this.out.source(prefix);
    if (set === before && source === sourceBefore) return 0;
    for (const catchUp of this.#catchUps) catchUp.owe(prefix, before !== NO_ATTRIBUTES);
    this.out.set(prefix, set, source);
    if (this.#live.recipients.length === 0) return 0;
    if (set === NO_ATTRIBUTES) {
      this.#batch.withdraw(prefix, this.#live.reaches(sourceBefore) ? everyoneBut(sourceBefore) : EVERYONE);
      return 0;
    }
    this.#batch.announce(prefix, set, source);
    // The new source must not keep what it was told while the route was another's.
    const wasTold = before !== NO_ATTRIBUTES && source !== sourceBefore;
    if (wasTold && this.#live.reaches(source)) this.#batch.withdraw(prefix, only(source));
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

  /** Those far behind the quickest of their stream go on by themselves, all of this moment together. */
  #splitSlow(): void {
    const slow = laggards(this.#live);
    if (slow.size > 0) {
      this.#newCatchUp([...slow]);
      this.#live.setRecipients(this.#live.recipients.filter((recipient) => !slow.has(recipient)));
    }
    for (const catchUp of [...this.#catchUps]) {
      const behind = laggards(catchUp.stream);
      if (behind.size > 0) this.#catchUps.push(catchUp.split(behind));
    }
  }

  /** A member out of its stream, into one of its own. */
  #takeOut(recipient: Recipient): CatchUp {
    const present = this.catchUpOf(recipient);
    if (present === null) {
      this.#live.setRecipients(this.#live.recipients.filter((other) => other !== recipient));
      return this.#newCatchUp([recipient]);
    }
    if (present === this.#joining) this.#joining = null;
    if (present.stream.recipients.length === 1) return present;
    const own = present.split(new Set([recipient]));
    this.#catchUps.push(own);
    return own;
  }

  /** Members of one moment, who need everything. */
  #newJoining(): CatchUp {
    const catchUp = this.#newCatchUp([]);
    const end = this.out.capacity;
    for (let id = 1 as PrefixId; id < end; id++) {
      if (this.out.advertised(id) !== NO_ATTRIBUTES) catchUp.owe(id, false);
    }
    return catchUp;
  }

  #newCatchUp(recipients: readonly Recipient[]): CatchUp {
    const catchUp = new CatchUp(this.#pool, this.#table.prefixes, recipients);
    this.#catchUps.push(catchUp);
    return catchUp;
  }

  #finishCatchUps(): void {
    const done = this.#catchUps.filter(({ isDone }) => isDone);
    if (done.length === 0) return;
    for (const { stream } of done) {
      const ready = stream.recipients.filter(({ isReady }) => isReady);
      for (const recipient of ready) this.#endRefresh(recipient);
      this.#addLive(ready);
      stream.setRecipients(stream.recipients.filter((recipient) => !ready.includes(recipient)));
    }
    this.#closeEmptyCatchUps();
  }

  #endRefresh(recipient: Recipient): void {
    if (recipient.isRefreshing) recipient.sendMarker(refreshMarker(this.#profile.family, "end"));
    recipient.isRefreshing = false;
  }

  #closeEmptyCatchUps(): void {
    const isEmpty = ({ stream }: CatchUp) => stream.recipients.length === 0;
    if (!this.#catchUps.some(isEmpty)) return;
    for (const catchUp of this.#catchUps) if (isEmpty(catchUp)) catchUp.close();
    this.#catchUps = this.#catchUps.filter((catchUp) => !isEmpty(catchUp));
  }

  #addLive(recipients: readonly Recipient[]): void {
    this.#live.setRecipients([...this.#live.recipients, ...recipients]);
  }

  /** RFC 4724 §2: once a member has been told all there was when it came. */
  #sendEndsOfRib(): void {
    if (!this.isComplete) return;
    for (const recipient of this.#live.recipients) {
      if (!recipient.owesEndOfRib) continue;
      recipient.owesEndOfRib = false;
      recipient.sendMarker(endOfRib(this.#profile.family));
      if (!recipient.isRefreshPending) continue;
      recipient.isRefreshPending = false;
      this.refresh(recipient);
    }
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

/** One ready member is enough; without members the table is brought up to date all the same. */
function goesOn({ recipients }: ChunkStream): boolean {
  return recipients.length === 0 || recipients.some(({ isReady }) => isReady);
}

/** Members that would hold back a stream that others are ready for. */
function laggards({ recipients }: ChunkStream): ReadonlySet<Recipient> {
  if (recipients.length < 2 || !recipients.some(({ isReady }) => isReady)) return NOBODY;
  const slow = recipients.filter(({ isSlow }) => isSlow);
  return slow.length === 0 ? NOBODY : new Set(slow);
}

const NOBODY: ReadonlySet<Recipient> = new Set();
