import type { PeerId } from "./store/ids.js";

/** Prefix ids go in blocks of this many: the size of a page. */
export const PAGE_SIZE = 1024;
export const PAGE_BITS = 10;

/** The peers that have routes in one block of prefixes; the arrays run in parallel, in no order. */
export interface Block {
  readonly peers: PeerId[];
  readonly received: Int32Array[];
  readonly accepted: Int32Array[]; // the same page as in `received` unless import changed or refused something
}

const NOBODY: Block = { peers: [], received: [], accepted: [] };

/**
 * For each block of prefixes the pages of those who have routes there, so that selection does not ask peers that have none.
 * Kept by `AdjRibIn`.
 */
export class Contributors {
  readonly #blocks: (Block | undefined)[] = [];

  of(block: number): Block {
    return this.#blocks[block] ?? NOBODY;
  }

  add(block: number, peer: PeerId, page: Int32Array): void {
    while (this.#blocks.length <= block) this.#blocks.push(undefined); // keeps the array dense
    const pages = this.#blocks[block] ?? { peers: [], received: [], accepted: [] };
    this.#blocks[block] = pages;
    pages.peers.push(peer);
    pages.received.push(page);
    pages.accepted.push(page);
  }

  replaceAccepted(block: number, peer: PeerId, page: Int32Array): void {
    const pages = this.of(block);
    pages.accepted[pages.peers.indexOf(peer)] = page;
  }

  remove(block: number, peer: PeerId): void {
    const pages = this.of(block);
    const index = pages.peers.indexOf(peer);
    pages.peers.splice(index, 1);
    pages.received.splice(index, 1);
    pages.accepted.splice(index, 1);
    if (pages.peers.length === 0) this.#blocks[block] = undefined;
  }
}
