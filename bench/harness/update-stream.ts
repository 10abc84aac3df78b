import type { PathSet } from "./path-sets.js";
import type { RouteTable } from "./route-table.js";

/** The speaker whose UPDATEs these are. */
export interface Announcer {
  readonly asNumber: number;
  readonly internal: boolean; // iBGP: LOCAL_PREF, and no AS of its own
  readonly nextHop: Uint8Array; // 4 or 16 octets
  readonly pathId?: number; // stands before every prefix (RFC 7911); none without ADD-PATH
  /** How often its AS stands in the path of a set beyond the first. */
  readonly prepends?: (set: number) => number;
}

const HEADER_BYTES = 19;
const LONGEST_MESSAGE = 4096;
const ROOM_FOR_ATTRIBUTES = 512; // behind MP_REACH_NLRI
const UPDATE = 2;
const MP_REACH = 14;
const MP_UNREACH = 15;

/** Encodes UPDATEs behind one another into a growing buffer. An encoder of its own, so that no fault of Peregrine's is shared. */
export class UpdateStream {
  #bytes = new Uint8Array(1 << 20);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  #messageAt = 0;
  messages = 0;

  /** The messages so far, as a view. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Where the next message will start. */
  get length(): number {
    return this.#at;
  }

  clear(): void {
    this.#at = 0;
    this.messages = 0;
  }

  /** The whole table: as many prefixes of one set in an UPDATE as fit. */
  announceAll(table: RouteTable, announcer: Announcer): this {
    for (let row = 0; row < table.count; ) row = this.announce(table, announcer, row, table.count);
    return this;
  }

  /** One UPDATE with the prefixes that share a set, from `from` on and before `end`. @returns the row after the last one in it */
  announce(table: RouteTable, announcer: Announcer, from: number, end: number): number {
    const set = table.setOf[from]!;
    this.#begin();
    this.#u16(0); // no withdrawn routes
    const lengthAt = this.#at;
    this.#u16(0);
    let row = from;
    if (table.family === 6) {
      const reachAt = this.#openReach(announcer.nextHop);
      row = this.#nlri(table, from, end, set, LONGEST_MESSAGE - ROOM_FOR_ATTRIBUTES, announcer.pathId);
      this.#closeLong(reachAt);
    }
    this.attributes(table.sets.get(set), set, announcer, table.family === 4);
    this.#view.setUint16(lengthAt, this.#at - lengthAt - 2);
    if (table.family === 4) row = this.#nlri(table, from, end, set, LONGEST_MESSAGE, announcer.pathId);
    this.#finish();
    return row;
  }

  /** Every prefix of the table as withdrawn, as many in an UPDATE as fit. @param pathId see `Announcer` */
  withdrawAll(table: RouteTable, pathId?: number): this {
    for (let row = 0; row < table.count; ) {
      this.#begin();
      const lengthAt = this.#at;
      this.#u16(0);
      let unreachAt = 0;
      if (table.family === 6) {
        this.#u16(0);
        unreachAt = this.#openLong(MP_UNREACH);
        this.#afiSafi();
      }
      row = this.#nlri(table, row, table.count, -1, LONGEST_MESSAGE - 2, pathId);
      if (table.family === 6) {
        this.#closeLong(unreachAt);
        this.#view.setUint16(lengthAt + 2, this.#at - lengthAt - 4);
      } else {
        this.#view.setUint16(lengthAt, this.#at - lengthAt - 2);
        this.#u16(0);
      }
      this.#finish();
    }
    return this;
  }

  /** The path attributes alone, without NLRI. */
  attributes(set: PathSet, row: number, announcer: Announcer, withNextHop: boolean): void {
    this.#attribute(0x40, 1, [set.origin]);
    const own = announcer.internal ? [] : new Array<number>(1 + (announcer.prepends?.(row) ?? 0)).fill(announcer.asNumber);
    const path = [...own, ...set.asns];
    this.#attribute(0x40, 2, path.length === 0 ? [] : [2, path.length, ...path.flatMap(octets)]);
    if (withNextHop) this.#attribute(0x40, 3, announcer.nextHop);
    if (announcer.internal) this.#attribute(0x40, 5, octets(100));
    if (set.isAggregate) {
      this.#attribute(0x40, 6, []);
      this.#attribute(0xc0, 7, [...octets(set.asns.at(-1) ?? announcer.asNumber), 192, 0, 2, 1]);
    }
    if (set.communities.length > 0) this.#attribute(0xc0, 8, set.communities.flatMap(octets));
  }

  #attribute(flags: number, type: number, value: ArrayLike<number>): void {
    const isLong = value.length > 255;
    this.#bytes[this.#at++] = flags | (isLong ? 0x10 : 0);
    this.#bytes[this.#at++] = type;
    if (isLong) this.#u16(value.length);
    else this.#bytes[this.#at++] = value.length;
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  #openReach(nextHop: Uint8Array): number {
    const at = this.#openLong(MP_REACH);
    this.#afiSafi();
    this.#bytes[this.#at++] = nextHop.length;
    this.#bytes.set(nextHop, this.#at);
    this.#at += nextHop.length + 1; // one octet is reserved
    this.#bytes[this.#at - 1] = 0;
    return at;
  }

  /** An optional attribute whose two-octet length comes later. @returns where its value starts */
  #openLong(type: number): number {
    this.#bytes[this.#at++] = 0x90;
    this.#bytes[this.#at++] = type;
    this.#u16(0);
    return this.#at;
  }

  #closeLong(valueAt: number): void {
    this.#view.setUint16(valueAt - 2, this.#at - valueAt);
  }

  #afiSafi(): void {
    this.#u16(2);
    this.#bytes[this.#at++] = 1;
  }

  /** Prefixes that share `set` (any, when it is -1) while they fit. @returns the row after the last */
  #nlri(table: RouteTable, from: number, end: number, set: number, longest: number, pathId?: number): number {
    const { family, words, lengths, setOf } = table;
    const width = family === 4 ? 1 : 4;
    const pathIdOctets = pathId === undefined ? [] : octets(pathId);
    let row = from;
    for (; row < end && (set < 0 || setOf[row] === set); row++) {
      const length = lengths[row]!;
      const size = (length + 7) >> 3;
      if (this.#at - this.#messageAt + pathIdOctets.length + size + 1 > longest) break;
      for (const octet of pathIdOctets) this.#bytes[this.#at++] = octet;
      this.#bytes[this.#at++] = length;
      for (let i = 0; i < size; i++) this.#bytes[this.#at++] = words[row * width + (i >> 2)]! >>> (24 - 8 * (i & 3));
    }
    return row;
  }

  #begin(): void {
    this.#reserve();
    this.#messageAt = this.#at;
    this.#bytes.fill(0xff, this.#at, this.#at + 16);
    this.#bytes[this.#at + 18] = UPDATE;
    this.#at += HEADER_BYTES;
  }

  #finish(): void {
    this.#view.setUint16(this.#messageAt + 16, this.#at - this.#messageAt);
    this.messages++;
  }

  #u16(value: number): void {
    this.#view.setUint16(this.#at, value);
    this.#at += 2;
  }

  #reserve(): void {
    if (this.#at + 2 * LONGEST_MESSAGE < this.#bytes.length) return;
    const larger = new Uint8Array(2 * this.#bytes.length);
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

function octets(word: number): number[] {
  return [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255];
}
