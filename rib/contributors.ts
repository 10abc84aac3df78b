import type { PathId } from "./path-id.js";
import type { PeerId } from "./store/ids.js";

/** Prefix ids go in blocks of this many: the size of a page. */
export const PAGE_SIZE = 1024;
export const PAGE_BITS = 10;

/** The peers that have routes in one block of prefixes, under ADD-PATH with each of their lanes; the arrays run in parallel, in no order. */
export interface Block {
  readonly peers: PeerId[];
  readonly paths: PathId[];
  readonly received: Int32Array[];
  readonly accepted: Int32Array[]; // the same page as in `received` unless import changed or refused something
  /** A peer may have more than one page. */
  hasLanes: boolean;
}

const NOBODY: Block = { peers: [], paths: [], received: [], accepted: [], hasLanes: false };

/**
 * For each block of prefixes the pages of those who have routes there, so that selection does not ask peers that have none.
 * Kept by `AdjRibIn`.
 */
export class Contributors {
  readonly #blocks: (Block | undefined)[] = [];

  of(block: number): Block {
    return this.#blocks[block] ?? NOBODY;
  }

  add(block: number, peer: PeerId, path: PathId, page: Int32Array): void {
    while (this.#blocks.length <= block) this.#blocks.push(undefined); // keeps the array dense
    const pages = this.#blocks[block] ?? { peers: [], paths: [], received: [], accepted: [], hasLanes: false };
    this.#blocks[block] = pages;
    pages.hasLanes ||= pages.peers.includes(peer);
    pages.peers.push(peer);
    pages.paths.push(path);
    pages.received.push(page);
    pages.accepted.push(page);
  }

  replaceAccepted(block: number, received: Int32Array, page: Int32Array): void {
    const pages = this.of(block);
    pages.accepted[pages.received.indexOf(received)] = page;
  }

  remove(block: number, received: Int32Array): void {
    const pages = this.of(block);
    const index = pages.received.indexOf(received);
    pages.peers.splice(index, 1);
    pages.paths.splice(index, 1);
    pages.received.splice(index, 1);
    pages.accepted.splice(index, 1);
    if (pages.peers.length === 0) this.#blocks[block] = undefined;
  }
}
