import { NO_PREFIX, type PrefixId } from "../store/ids.js";
import type { ChunkPool } from "./chunk-pool.js";
import { ChunkStream } from "./chunk-stream.js";
import type { Holdings } from "./holdings.js";
import { PrefixBits } from "./prefix-bits.js";
import type { Recipient } from "./recipient.js";
import { MOST_BATCH_OCTETS, type UpdateBatch } from "./update-batch.js";

/**
 * Members of an update group that are behind it alike: they came late, asked for a refresh, or took too little. They are told
 * what the group's Adj-RIB-Out says at their own pace, a changed prefix once however often it changes meanwhile.
 *
 *   #owed      prefixes to be told of, in the order of their ids from #position on, round and round
 *   holdings   of those, what the peer may have from earlier
 */
export class CatchUp<H extends Holdings = Holdings> {
  readonly stream: ChunkStream;
  readonly holdings: H;
  readonly #pool: ChunkPool;
  #owed = new PrefixBits();
  #position = 1;

  constructor(pool: ChunkPool, holdings: H, recipients: readonly Recipient[]) {
    this.#pool = pool;
    this.holdings = holdings;
    this.stream = new ChunkStream(pool);
    this.stream.setRecipients(recipients);
  }

  get isDone(): boolean {
    return this.#owed.count === 0;
  }

  owes(prefix: PrefixId): boolean {
    return this.#owed.has(prefix);
  }

  /** The members must be told of this prefix. @param mayHold they may have what the Adj-RIB-Out says now; matters only when they were owed nothing */
  owe(prefix: PrefixId, mayHold: boolean): void {
    if (this.#owed.add(prefix) && mayHold) this.holdings.note(prefix);
  }

  /** Takes up to `limit` prefixes and puts what the Adj-RIB-Out says of them into the batch. */
  fill(batch: UpdateBatch, limit: number): void {
    let octets = 0;
    for (let taken = 0; taken < limit && octets < MOST_BATCH_OCTETS; taken++) {
      const prefix = this.#take();
      if (prefix === NO_PREFIX) return;
      octets += this.holdings.settle(prefix, batch, this.stream);
    }
  }

  /** Some of the members go on alone from here, owed the same. */
  split(leaving: ReadonlySet<Recipient>): CatchUp<H> {
    const { recipients } = this.stream;
    const part = new CatchUp(
      this.#pool,
      this.holdings.clone() as H,
      recipients.filter((recipient) => leaving.has(recipient)),
    );
    this.stream.setRecipients(recipients.filter((recipient) => !leaving.has(recipient)));
    part.#owed = this.#owed.clone();
    part.#position = this.#position;
    return part;
  }

  /** Lets go of everything. */
  close(): void {
    this.holdings.close();
    this.#owed = new PrefixBits();
    this.stream.close();
  }

  #take(): PrefixId {
    if (this.#owed.count === 0) return NO_PREFIX;
    const prefix = this.#owed.nextFrom(this.#position) || this.#owed.nextFrom(1);
    this.#owed.remove(prefix);
    this.#position = prefix + 1;
    return prefix;
  }
}
