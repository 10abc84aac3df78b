import { IdQueue } from "./store/id-queue.js";
import { NO_PREFIX, type PrefixId } from "./store/ids.js";
import type { PrefixTable } from "./store/prefix-table.js";

/**
 * The prefixes of which one consumer has not yet heard: each is in it at most once, however often it changes. A consumer reads
 * what is true now (`FamilyTable.best`) when it takes a prefix, so a slow one skips what came between.
 *
 * A new queue holds the whole table as backlog. That is a walk over the prefix ids, not a copy: changes ahead of the walk
 * cost nothing, those behind it are queued. The walk comes first, so that it ends whatever the churn.
 *
 * A queued prefix holds a reference: its id is not given to another prefix before the consumer has taken it and asked for
 * the next. A consumer that remembers something by prefix id (advertised, installed) retains it meanwhile; then the id is
 * in every backlog, also when the prefix has no route any more.
 */
export class ChangeQueue {
  readonly #prefixes: PrefixTable;
  readonly #onClose: (queue: ChangeQueue) => void;
  readonly #changed = new IdQueue();
  #walked = 0; // ids up to this one have been walked over
  #walkEnd = 0;
  #taken: PrefixId = NO_PREFIX;
  #isSuspended = false;

  constructor(prefixes: PrefixTable, onClose: (queue: ChangeQueue) => void) {
    this.#prefixes = prefixes;
    this.#onClose = onClose;
    this.#walkEnd = prefixes.highest;
  }

  /** Prefixes to come, at most: the backlog counts unused ids too. */
  get size(): number {
    return this.#changed.size + this.#walkEnd - this.#walked;
  }

  /** The next changed prefix, or 0 when there is none. It keeps its meaning until the next call. */
  next(): PrefixId {
    this.#letGo();
    const prefix = this.#walk() || (this.#changed.take() as PrefixId);
    this.#taken = prefix;
    return prefix;
  }

  /** A prefix has changed. Called by the table only. */
  add(prefix: PrefixId): void {
    if (this.#isSuspended) return;
    if (prefix > this.#walked && prefix <= this.#walkEnd) return; // the walk will come to it
    if (this.#changed.add(prefix)) this.#prefixes.retain(prefix);
  }

  /** The whole table is backlog again: after a change of policy, or when the consumer has lost what it knew. */
  restart(): void {
    this.#empty();
    this.#isSuspended = false;
    this.#walked = 0;
    this.#walkEnd = this.#prefixes.highest;
  }

  /** Forgets what is in it, and takes nothing more before `restart`: for a consumer that nothing can matter to. */
  suspend(): void {
    this.#empty();
    this.#walked = this.#walkEnd;
    this.#isSuspended = true;
  }

  /** Ends the queue; it must not be used afterwards. */
  close(): void {
    this.suspend();
    this.#onClose(this);
  }

  /** References to the prefix that the queue itself holds: for tests. */
  references(prefix: PrefixId): number {
    return Number(this.#changed.has(prefix)) + Number(this.#taken === prefix);
  }

  #walk(): PrefixId {
    while (this.#walked < this.#walkEnd) {
      const prefix = ++this.#walked as PrefixId;
      if (!this.#prefixes.isLive(prefix)) continue;
      this.#prefixes.retain(prefix);
      return prefix;
    }
    return NO_PREFIX;
  }

  #letGo(): void {
    if (this.#taken !== NO_PREFIX) this.#prefixes.release(this.#taken);
    this.#taken = NO_PREFIX;
  }

  #empty(): void {
    this.#letGo();
    for (let id = this.#changed.take(); id !== 0; id = this.#changed.take()) this.#prefixes.release(id as PrefixId);
  }
}
