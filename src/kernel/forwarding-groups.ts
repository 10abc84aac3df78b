import { type Hop, MAX_HOPS } from "./netlink/forwarding.js";
import type { GroupDefinition } from "./netlink/thread-messages.js";

/**
 * The different ways in which wanted routes are forwarded, each under a number that the worker knows too: a hundred next hops
 * are a hundred definitions, not a million.
 *
 * Every wanted route holds a reference. `takeDefinitions` and `takeReleases` give what the worker has to be told, in that
 * order around the routes.
 */
export class ForwardingGroups {
  readonly #ids = new Map<string, number>();
  readonly #keys: string[] = [""]; // by id; "" is free
  readonly #hops: (readonly Hop[])[] = [[]]; // by id
  readonly #references: number[] = [0];
  readonly #free: number[] = [];
  readonly #idle = new Set<number>();
  #definitions: GroupDefinition[] = [];

  get count(): number {
    return this.#ids.size;
  }

  /** The number of the group that forwards over these hops, the same whatever their order. No hops: a blackhole. */
  idOf(hops: readonly Hop[]): number {
    const texts = hops.map(hopKey).sort();
    const key = `[${texts.join(" ")}]`;
    return this.#ids.get(key) ?? this.#define(key, hops);
  }

  /** The hops of a group that is in use. */
  hopsOf(id: number): readonly Hop[] {
    return this.#hops[id];
  }

  retain(id: number): void {
    if (this.#references[id]++ === 0) this.#idle.delete(id);
  }

  release(id: number): void {
    if (--this.#references[id] === 0) this.#idle.add(id);
  }

  /** What is new since the last call: to be sent before the routes that use it. */
  takeDefinitions(): readonly GroupDefinition[] {
    return this.#definitions.splice(0);
  }

  /** What nothing uses any more: to be sent after the routes. Numbers got from `idOf` and not retained are void. */
  takeReleases(): readonly number[] {
    const released = [...this.#idle];
    this.#idle.clear();
    for (const id of released) {
      this.#ids.delete(this.#keys[id]);
      this.#keys[id] = "";
      this.#free.push(id);
    }
    return released;
  }

  #define(key: string, hops: readonly Hop[]): number {
    const id = this.#free.pop() ?? this.#keys.length;
    this.#ids.set(key, id);
    this.#keys[id] = key;
    this.#hops[id] = hops;
    this.#references[id] = 0;
    this.#idle.add(id);
    this.#definitions.push({ id, hops: hops.map((hop) => ({ ...hop, gateway: hop.gateway?.toString() ?? null })) });
    return id;
  }
}

/** The hops of several ways together, each once, MAX_HOPS at most. */
export function mergeHops(ways: readonly (readonly Hop[])[]): readonly Hop[] {
  const merged = new Map<string, Hop>();
  for (const hop of ways.flat()) {
    const key = hopKey(hop);
    if (merged.size < MAX_HOPS && !merged.has(key)) merged.set(key, hop);
  }
  return [...merged.values()];
}

function hopKey({ gateway, ifindex, onlink, weight }: Hop): string {
  return `${gateway ?? ""}@${ifindex}${onlink ? "!" : ""}*${weight}`;
}
