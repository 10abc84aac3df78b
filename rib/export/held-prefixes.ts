import type { AdjRibOut } from "../adj-rib-out.js";
import type { AttributeSetTable } from "../store/attribute-set-table.js";
import { NO_ATTRIBUTES, NO_PREFIX, type PrefixId } from "../store/ids.js";
import type { PrefixTable } from "../store/prefix-table.js";
import { type ChunkStream, EVERYONE, only } from "./chunk-stream.js";
import type { Holdings } from "./holdings.js";
import { PrefixBits } from "./prefix-bits.js";
import type { UpdateBatch } from "./update-batch.js";

/** `Holdings` of one route a prefix: for which prefixes there may be one. Each holds a reference on its prefix. */
export class HeldPrefixes implements Holdings {
  readonly #out: AdjRibOut;
  readonly #prefixes: PrefixTable;
  readonly #attributes: AttributeSetTable;
  #held = new PrefixBits();

  constructor(out: AdjRibOut, prefixes: PrefixTable, attributes: AttributeSetTable) {
    this.#out = out;
    this.#prefixes = prefixes;
    this.#attributes = attributes;
  }

  has(prefix: PrefixId): boolean {
    return this.#held.has(prefix);
  }

  note(prefix: PrefixId): void {
    if (this.#held.add(prefix)) this.#prefixes.retain(prefix);
  }

  settle(prefix: PrefixId, batch: UpdateBatch, stream: ChunkStream): number {
    const set = this.#out.advertised(prefix);
    const mayHold = this.#held.remove(prefix);
    if (set !== NO_ATTRIBUTES) {
      const source = this.#out.source(prefix);
      batch.announce(prefix, set, source);
      if (mayHold && stream.reaches(source)) batch.withdraw(prefix, only(source));
    } else if (mayHold) batch.withdraw(prefix, EVERYONE);
    if (mayHold) this.#prefixes.release(prefix);
    return set === NO_ATTRIBUTES ? 0 : this.#attributes.byteLength(set);
  }

  clone(): HeldPrefixes {
    const copy = new HeldPrefixes(this.#out, this.#prefixes, this.#attributes);
    copy.#held = this.#held.clone();
    for (let id = copy.#held.nextFrom(1); id !== NO_PREFIX; id = copy.#held.nextFrom(id + 1)) this.#prefixes.retain(id);
    return copy;
  }

  close(): void {
    for (let id = this.#held.nextFrom(1); id !== NO_PREFIX; id = this.#held.nextFrom(id + 1)) this.#prefixes.release(id);
    this.#held = new PrefixBits();
  }
}
