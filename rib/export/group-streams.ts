import type { Family } from "../../protocol/net/address-family.js";
import type { PrefixId } from "../store/ids.js";
import type { AdvertisedPrefixes } from "./advertised-prefixes.js";
import { CatchUp } from "./catch-up.js";
import type { ChunkPool } from "./chunk-pool.js";
import { ChunkStream } from "./chunk-stream.js";
import type { Holdings } from "./holdings.js";
import { endOfRib, refreshMarker } from "./message-frame.js";
import type { Recipient } from "./recipient.js";

/**
 * Which member of an update group is told what is new together with whom.
 *
 * Most members are up to date and share the live stream, which is fed by the changes of the Loc-RIB. The others are in a
 * `CatchUp`, fed by the Adj-RIB-Out, and come to the live stream when they are owed nothing. A stream goes on while one of its
 * members is ready for more; those far behind it are split off.
 */
export class GroupStreams<H extends Holdings = Holdings> {
  readonly live: ChunkStream;
  readonly #pool: ChunkPool;
  readonly #family: Family;
  readonly #out: AdvertisedPrefixes;
  readonly #newHoldings: () => H;
  #catchUps: readonly CatchUp<H>[] = [];
  #joining: CatchUp<H> | null = null; // of members that have joined since the last turn

  /** @param newHoldings nothing held, for a new `CatchUp` */
  constructor(pool: ChunkPool, family: Family, out: AdvertisedPrefixes, newHoldings: () => H) {
    this.live = new ChunkStream(pool);
    this.#pool = pool;
    this.#family = family;
    this.#out = out;
    this.#newHoldings = newHoldings;
  }

  get catchUps(): readonly CatchUp<H>[] {
    return this.#catchUps;
  }

  get recipients(): readonly Recipient[] {
    return [this.live, ...this.#catchUps.map(({ stream }) => stream)].flatMap((stream) => stream.recipients);
  }

  /** What is owed to a member besides the live stream; null: nothing. */
  catchUpOf(recipient: Recipient): CatchUp<H> | null {
    return this.#catchUps.find(({ stream }) => stream.recipients.includes(recipient)) ?? null;
  }

  /** A new member: to the live stream when there is nothing it has missed. All who come in one turn are served together. */
  join(recipient: Recipient): void {
    if (this.#out.count === 0) {
      this.#addLive([recipient]);
      return;
    }
    this.#joining ??= this.#newJoining();
    this.#joining.stream.setRecipients([...this.#joining.stream.recipients, recipient]);
  }

  /** Puts a member that is in no stream into one of its own. */
  joinBehind(recipient: Recipient): CatchUp<H> {
    return this.#newCatchUp([recipient]);
  }

  /** Takes a member out of its stream, into one of its own. */
  takeOut(recipient: Recipient): CatchUp<H> {
    const present = this.catchUpOf(recipient);
    if (present === null) {
      this.live.setRecipients(this.live.recipients.filter((other) => other !== recipient));
      return this.#newCatchUp([recipient]);
    }
    if (present === this.#joining) this.#joining = null;
    if (present.stream.recipients.length === 1) return present;
    return this.#add(present.split(new Set([recipient])));
  }

  /** Lets go of a stream that `takeOut` has made: its member is another group's. */
  remove(catchUp: CatchUp): void {
    catchUp.stream.setRecipients([]);
    this.#closeEmpty();
  }

  /** All that is advertised goes to the member again, between BoRR and EoRR when it knows them (RFC 7313 §4). */
  refresh(recipient: Recipient): void {
    const family = this.#family;
    if (recipient.enhancedRefresh && recipient.owesEndOfRib) {
      recipient.isRefreshPending = true; // no BoRR before the End-of-RIB
      return;
    }
    if (recipient.enhancedRefresh) recipient.sendMarker(refreshMarker(family, "begin"));
    recipient.isRefreshing = recipient.enhancedRefresh;
    const catchUp = this.takeOut(recipient);
    this.#forAdvertised((prefix) => catchUp.owe(prefix, this.#out.tells(recipient.peer, prefix)));
  }

  /** A turn begins: members far behind the quickest of their stream go on by themselves, those of one stream together. */
  beginTurn(): void {
    this.#joining = null;
    const slow = laggards(this.live);
    if (slow.size > 0) {
      this.#newCatchUp([...slow]);
      this.live.setRecipients(this.live.recipients.filter((recipient) => !slow.has(recipient)));
    }
    for (const catchUp of this.#catchUps) {
      const behind = laggards(catchUp.stream);
      if (behind.size > 0) this.#add(catchUp.split(behind));
    }
  }

  /** Lets members go that have left. */
  dropLeavers(): void {
    const stays = (recipient: Recipient) => !recipient.hasLeft;
    for (const stream of [this.live, ...this.#catchUps.map((catchUp) => catchUp.stream)]) {
      if (!stream.recipients.every(stays)) stream.setRecipients(stream.recipients.filter(stays));
    }
    this.#closeEmpty();
  }

  /** A turn ends: members that are owed nothing come to the live stream. @param isComplete see `UpdateGroup.isComplete` */
  endTurn(isComplete: boolean): void {
    for (const { isDone, stream } of this.#catchUps) {
      const ready = isDone ? stream.recipients.filter(({ isReady }) => isReady) : [];
      if (ready.length === 0) continue;
      for (const recipient of ready) this.#endRefresh(recipient);
      this.#addLive(ready);
      stream.setRecipients(stream.recipients.filter((recipient) => !ready.includes(recipient)));
    }
    this.#closeEmpty();
    if (isComplete) this.#sendEndsOfRib();
  }

  close(): void {
    this.live.close();
    for (const catchUp of this.#catchUps) catchUp.close();
    this.#catchUps = [];
  }

  #endRefresh(recipient: Recipient): void {
    if (recipient.isRefreshing) recipient.sendMarker(refreshMarker(this.#family, "end"));
    recipient.isRefreshing = false;
  }

  /** RFC 4724 §2: once a member has been told all there was when it came. */
  #sendEndsOfRib(): void {
    for (const recipient of this.live.recipients) {
      if (!recipient.owesEndOfRib) continue;
      recipient.owesEndOfRib = false;
      recipient.sendMarker(endOfRib(this.#family));
      if (!recipient.isRefreshPending) continue;
      recipient.isRefreshPending = false;
      this.refresh(recipient);
    }
  }

  #addLive(recipients: readonly Recipient[]): void {
    this.live.setRecipients([...this.live.recipients, ...recipients]);
  }

  /** For members of one moment, who need everything. */
  #newJoining(): CatchUp<H> {
    const catchUp = this.#newCatchUp([]);
    this.#forAdvertised((prefix) => catchUp.owe(prefix, false));
    return catchUp;
  }

  #newCatchUp(recipients: readonly Recipient[]): CatchUp<H> {
    return this.#add(new CatchUp(this.#pool, this.#newHoldings(), recipients));
  }

  #add(catchUp: CatchUp<H>): CatchUp<H> {
    this.#catchUps = [...this.#catchUps, catchUp];
    return catchUp;
  }

  #closeEmpty(): void {
    const isEmpty = ({ stream }: CatchUp) => stream.recipients.length === 0;
    if (!this.#catchUps.some(isEmpty)) return;
    for (const catchUp of this.#catchUps) if (isEmpty(catchUp)) catchUp.close();
    this.#catchUps = this.#catchUps.filter((catchUp) => !isEmpty(catchUp));
  }

  #forAdvertised(visit: (prefix: PrefixId) => void): void {
    const end = this.#out.capacity;
    for (let id = 1 as PrefixId; id < end; id++) if (this.#out.has(id)) visit(id);
  }
}

/** True when a stream may be written to: one ready member is enough, and without members the table is kept up to date all the same. */
export function goesOn({ recipients }: ChunkStream): boolean {
  return recipients.length === 0 || recipients.some(({ isReady }) => isReady);
}

/** Members that would hold back a stream that others are ready for. */
function laggards({ recipients }: ChunkStream): ReadonlySet<Recipient> {
  if (recipients.length < 2 || !recipients.some(({ isReady }) => isReady)) return NOBODY;
  const slow = recipients.filter(({ isSlow }) => isSlow);
  return slow.length === 0 ? NOBODY : new Set(slow);
}

const NOBODY: ReadonlySet<Recipient> = new Set();
