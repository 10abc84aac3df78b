import type { PrefixId } from "../store/ids.js";
import type { ChunkStream } from "./chunk-stream.js";
import type { UpdateBatch } from "./update-batch.js";

/** What the members of a `CatchUp` may still have of the prefixes that they are owed: what is gone of it must be withdrawn. */
export interface Holdings {
  /** They may have what the Adj-RIB-Out says of the prefix now. Called once before `settle`. */
  note(prefix: PrefixId): void;
  /**
   * Puts into the batch what brings them from what they may have to what the Adj-RIB-Out says; then nothing is noted any more.
   * @returns octets of attributes to be sent
   */
  settle(prefix: PrefixId, batch: UpdateBatch, stream: ChunkStream): number;
  clone(): Holdings;
  /** Lets go of everything. */
  close(): void;
}
