import { IpAddress } from "../protocol/net/ip-address.js";
import { grown, nextCapacity } from "./store/column.js";
import { type HashKeys, hashKeys } from "./store/hash.js";
import { IdPool } from "./store/id-pool.js";
import { IdTable } from "./store/id-table.js";
import { type NextHopId, NO_NEXT_HOP } from "./store/ids.js";

/** What resolving a next hop against connected and kernel routes has found. */
export interface NextHopState {
  readonly reachable: boolean;
  readonly metric: number; // interior cost, RFC 4271 §9.1.2.2 (e)
  readonly interface: string | null; // the outgoing one
}

const FIRST_ROWS = 64;
const KEY_WORDS = 6; // version, four address words, interface id

/**
 * The next hops of all attribute sets, each once.
 *
 *   #keys[6 * id ..]   IP version, address words, interface id (0 unless the address means something on one interface only)
 *   #references[id]    attribute sets with this next hop
 *   #reachable[id], #metric[id], #interface[id]
 *
 * Without a resolver every next hop is reachable at no cost, as is "no next hop" (id 0: routes of our own).
 */
export class NextHopTable {
  /** A next hop is new: called before any path with it is selected; a resolver answers with `set`, now or later. */
  onNew: (id: NextHopId, address: IpAddress) => void = () => {};
  /** No path has this next hop any more; its id may come again for another. */
  onUnused: (id: NextHopId, address: IpAddress) => void = () => {};
  /** Reachability or metric changed: the Rib selects anew whatever uses the next hop. */
  onChanged: (id: NextHopId) => void = () => {};

  readonly #hashKeys: HashKeys;
  readonly #pool = new IdPool();
  readonly #ids = new IdTable();
  #keys = new Int32Array(FIRST_ROWS * KEY_WORDS);
  #references = new Int32Array(FIRST_ROWS);
  #reachable = new Uint8Array(FIRST_ROWS).fill(1, 0, 1);
  #metric = new Float64Array(FIRST_ROWS);
  readonly #interface: (string | null)[] = [null];
  #unreachableCount = 0;
  #announcing: NextHopId = NO_NEXT_HOP; // within onNew: nothing uses this one yet

  constructor(seed: number) {
    this.#hashKeys = hashKeys(seed);
  }

  /** Next hops in use. */
  get count(): number {
    return this.#pool.count;
  }

  /** The highest id ever given out. */
  get highest(): number {
    return this.#pool.highest;
  }

  /** True when there is no unreachable next hop: selection need not look at them. */
  get allReachable(): boolean {
    return this.#unreachableCount === 0;
  }

  /** The id of the next hop, made if need be, with one more reference. @param interfaceId for link-local addresses; else 0 */
  intern(address: IpAddress, interfaceId = 0): NextHopId {
    return this.internWords(address.version, address.w0, address.w1, address.w2, address.w3, interfaceId);
  }

  /** `intern` for callers that have no `IpAddress` at hand. */
  internWords(version: 4 | 6, w0: number, w1: number, w2: number, w3: number, interfaceId: number): NextHopId {
    const hash = this.#hash(version, w0, w1, w2, w3, interfaceId);
    let id: number;
    this.#ids.search(hash);
    do id = this.#ids.next();
    while (id !== 0 && !this.#is(id, version, w0, w1, w2, w3, interfaceId));
    if (id === 0) return this.#insert(hash, [version, w0, w1, w2, w3, interfaceId]);
    this.#references[id]++;
    return id as NextHopId;
  }

  retain(id: NextHopId): void {
    this.#references[id]++;
  }

  release(id: NextHopId): void {
    if (id === NO_NEXT_HOP || --this.#references[id] > 0) return;
    if (this.#reachable[id] === 0) this.#unreachableCount--;
    this.#ids.remove(this.#hashOf(id), id);
    const address = this.addressOf(id);
    this.#pool.giveBack(id);
    this.onUnused(id, address);
  }

  isReachable(id: NextHopId): boolean {
    return this.#reachable[id] === 1;
  }

  metric(id: NextHopId): number {
    return this.#metric[id];
  }

  /** The outgoing interface, once resolved. */
  interfaceOf(id: NextHopId): string | null {
    return this.#interface[id];
  }

  addressOf(id: NextHopId): IpAddress {
    const at = id * KEY_WORDS;
    const keys = this.#keys;
    if (keys[at] === 4) return IpAddress.v4(keys[at + 1]);
    return IpAddress.v6(keys[at + 1], keys[at + 2], keys[at + 3], keys[at + 4]);
  }

  /** The interface that the address is valid on (link-local next hops), as given to `intern`; 0 for any. */
  interfaceIdOf(id: NextHopId): number {
    return this.#keys[id * KEY_WORDS + 5];
  }

  /** Records what resolving found. Calls `onChanged` when the decision may come out differently. */
  set(id: NextHopId, state: NextHopState): void {
    const reachable = state.reachable ? 1 : 0;
    const changed =
      this.#reachable[id] !== reachable || this.#metric[id] !== state.metric || this.#interface[id] !== state.interface;
    this.#unreachableCount += this.#reachable[id] - reachable;
    this.#reachable[id] = reachable;
    this.#metric[id] = state.metric;
    this.#interface[id] = state.interface;
    if (changed && id !== this.#announcing) this.onChanged(id);
  }

  references(id: NextHopId): number {
    return this.#references[id];
  }

  /** @throws Error when the hash table or the counters disagree with the rows: for tests */
  checkInvariants(): void {
    this.#ids.checkInvariants(this.count, (id) => this.#hashOf(id));
    let unreachable = 0;
    for (let id = 1; id <= this.highest; id++) if (this.#references[id] > 0 && this.#reachable[id] === 0) unreachable++;
    if (unreachable !== this.#unreachableCount)
      throw new Error(`${this.#unreachableCount} unreachable next hops counted, are ${unreachable}`);
  }

  #is(id: number, version: number, w0: number, w1: number, w2: number, w3: number, interfaceId: number): boolean {
    const keys = this.#keys;
    const at = id * KEY_WORDS;
    return (
      keys[at + 1] === w0 &&
      keys[at] === version &&
      keys[at + 2] === w1 &&
      keys[at + 3] === w2 &&
      keys[at + 4] === w3 &&
      keys[at + 5] === interfaceId
    );
  }

  #hashOf(id: number): number {
    const at = id * KEY_WORDS;
    const keys = this.#keys;
    return this.#hash(keys[at], keys[at + 1], keys[at + 2], keys[at + 3], keys[at + 4], keys[at + 5]);
  }

  #hash(version: number, w0: number, w1: number, w2: number, w3: number, interfaceId: number): number {
    const { start, first, second } = this.#hashKeys;
    let h = Math.imul(start ^ w0, first);
    h = Math.imul(h ^ (h >>> 15) ^ w1, second);
    h = Math.imul(h ^ (h >>> 15) ^ w2, first);
    h = Math.imul(h ^ (h >>> 15) ^ w3, second);
    h = Math.imul(h ^ (h >>> 15) ^ (interfaceId * 8 + version), first);
    return h ^ (h >>> 15);
  }

  #insert(hash: number, key: readonly [4 | 6, number, number, number, number, number]): NextHopId {
    const id = this.#pool.take() as NextHopId;
    if (id >= this.#references.length) this.#grow();
    this.#keys.set(key, id * KEY_WORDS);
    this.#references[id] = 1;
    this.#reachable[id] = 1;
    this.#metric[id] = 0;
    this.#interface[id] = null;
    this.#ids.insert(hash, id);
    this.#announcing = id;
    this.onNew(id, this.addressOf(id));
    this.#announcing = NO_NEXT_HOP;
    return id;
  }

  #grow(): void {
    const capacity = nextCapacity(this.#references.length);
    this.#keys = grown(this.#keys, capacity * KEY_WORDS);
    this.#references = grown(this.#references, capacity);
    this.#reachable = grown(this.#reachable, capacity);
    this.#metric = grown(this.#metric, capacity);
  }
}
