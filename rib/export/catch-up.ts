import type { AdjRibOut } from "../adj-rib-out.js";
import type { AttributeSetTable } from "../store/attribute-set-table.js";
import { NO_ATTRIBUTES, NO_PREFIX, type PrefixId } from "../store/ids.js";
import type { PrefixTable } from "../store/prefix-table.js";
import type { ChunkPool } from "./chunk-pool.js";
import { ChunkStream, EVERYONE, only } from "./chunk-stream.js";
import { PrefixBits } from "./prefix-bits.js";
import type { Recipient } from "./recipient.js";
import { MOST_BATCH_OCTETS, type UpdateBatch } from "./update-batch.js";

/**
 * Members of an update group that are behind it alike: they came late, asked for a refresh, or took too little. They are told
 * what the group's Adj-RIB-Out says at their own pace, a changed prefix once however often it changes meanwhile.
 *
 *   #owed      prefixes to be told of, in the order of their ids from #position on, round and round
 *   #mayHold   of those, the ones for which the peer may have an earlier route: then one that is gone must be withdrawn.
 *              Each holds a reference on its prefix
 */
export class CatchUp {
  readonly stream: ChunkStream;
  readonly #pool: ChunkPool;
  readonly #prefixes: PrefixTable;
  #owed = new PrefixBits();
  #mayHold = new PrefixBits();
  #position = 1;

  constructor(pool: ChunkPool, prefixes: PrefixTable, recipients: readonly Recipient[]) {
    this.#pool = pool;
    this.#prefixes = prefixes;
    this.stream = new ChunkStream(pool);
    this.stream.setRecipients(recipients);
  }

  get isDone(): boolean {
    return this.#owed.count === 0;
  }

  owes(prefix: PrefixId): boolean {
    return this.#owed.has(prefix);
  }

  mayHold(prefix: PrefixId): boolean {
    return this.#mayHold.has(prefix);
  }

  /** The members must be told of this prefix. @param mayHold they may have an earlier route; matters only when they were owed nothing */
  owe(prefix: PrefixId, mayHold: boolean): void {
    if (this.#owed.add(prefix) && mayHold && this.#mayHold.add(prefix)) this.#prefixes.retain(prefix);
  }

  /** Takes up to `limit` prefixes and puts what the Adj-RIB-Out says of them into the batch. */
  fill(batch: UpdateBatch, out: AdjRibOut, attributes: AttributeSetTable, limit: number): void {
    let octets = 0;
    for (let taken = 0; taken < limit && octets < MOST_BATCH_OCTETS; taken++) {
      const prefix = this.#take();
      if (prefix === NO_PREFIX) return;
      const set = out.advertised(prefix);
      const mayHold = this.#mayHold.remove(prefix);
      if (set !== NO_ATTRIBUTES) {
        const source = out.source(prefix);
        batch.announce(prefix, set, source);
        if (mayHold && this.stream.reaches(source)) batch.withdraw(prefix, only(source));
        octets += attributes.byteLength(set);
      } else if (mayHold) batch.withdraw(prefix, EVERYONE);
      if (mayHold) this.#prefixes.release(prefix);
    }
  }

  /** Some of the members go on alone from here, owed the same. */
  split(leaving: ReadonlySet<Recipient>): CatchUp {
    const { recipients } = this.stream;
    const part = new CatchUp(
      this.#pool,
      this.#prefixes,
      recipients.filter((recipient) => leaving.has(recipient)),
    );
    this.stream.setRecipients(recipients.filter((recipient) => !leaving.has(recipient)));
    part.#owed = this.#owed.clone();
    part.#mayHold = this.#mayHold.clone();
    part.#position = this.#position;
    for (let id = part.#mayHold.nextFrom(1); id !== NO_PREFIX; id = part.#mayHold.nextFrom(id + 1)) this.#prefixes.retain(id);
    return part;
  }

  /** Lets go of everything. */
  close(): void {
    for (let id = this.#mayHold.nextFrom(1); id !== NO_PREFIX; id = this.#mayHold.nextFrom(id + 1)) this.#prefixes.release(id);
    this.#owed = new PrefixBits();
    this.#mayHold = new PrefixBits();
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
