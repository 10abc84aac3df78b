import { copyOctets } from "../../protocol/attributes/octets.js";
import { Family } from "../../protocol/net/address-family.js";
import { nlriOctets, PATH_ID_OCTETS, writeNlri, writePathId } from "../../protocol/nlri/nlri-block.js";
import type { AttributeSetTable } from "../store/attribute-set-table.js";
import { capacityFor } from "../store/column.js";
import type { AttributeSetId, PeerId, PrefixId } from "../store/ids.js";
import type { PrefixTable } from "../store/prefix-table.js";
import { AttributeCode } from "./attribute-cursor.js";
import { type Audience, type ChunkStream, EVERYONE, everyoneBut } from "./chunk-stream.js";
import type { ExportProfile } from "./export-profile.js";
import { Grouping } from "./grouping.js";
import * as frame from "./message-frame.js";
import { AttributeRewriter, type RouteOrigin } from "./rewrite-attributes.js";
import type { UpdateBatch } from "./update-batch.js";

/** So few that they grow in the daemon's rehearsal: see `Grouping`. */
const FIRST_ROWS = 64;

/** What an encoder reads. */
export interface EncoderTables {
  readonly attributes: AttributeSetTable;
  readonly prefixes: PrefixTable;
  /** Facts of the peer that a route was learned from. */
  originOf(source: PeerId): RouteOrigin;
}

/**
 * Turns a batch into UPDATE messages: prefixes with the same attributes and source share messages of up to the profile's
 * `maxMessageLength`, each attribute set is rewritten once.
 */
export class UpdateEncoder {
  readonly #profile: ExportProfile;
  readonly #tables: EncoderTables;
  readonly #rewriter: AttributeRewriter;
  readonly #grouping = new Grouping();
  readonly #pathIdOctets: number; // 0 without ADD-PATH
  readonly #longestNlri: number;
  #order = new Int32Array(FIRST_ROWS);
  #grouped = new Int32Array(FIRST_ROWS);
  #keys = new Int32Array(FIRST_ROWS);
  #paths = new Int32Array(0); // of the rows that are being written
  #next = 0; // the row that `#writeNlri` goes on with

  /** @param hasOwnAs see `PolicyEvaluator.prependsOwnAs` */
  constructor(profile: ExportProfile, hasOwnAs: boolean, tables: EncoderTables) {
    this.#profile = profile;
    this.#tables = tables;
    this.#rewriter = new AttributeRewriter(profile, hasOwnAs);
    this.#pathIdOctets = profile.addPath ? PATH_ID_OCTETS : 0;
    this.#longestNlri = this.#pathIdOctets + nlriOctets(profile.family === Family.Ipv4Unicast ? 32 : 128);
  }

  /**
   * True when a route with these attributes can be told to this peer at all: a message holds them and one prefix.
   * RFC 8654 §4: what does not fit must not be sent.
   */
  fits(set: AttributeSetId, source: PeerId): boolean {
    const { maxMessageLength, fourOctetAs } = this.#profile;
    const mostAdded = 256; // next hops, one AS number, LOCAL_PREF, reflection
    const growth = fourOctetAs ? 1 : 2; // AS4_PATH besides AS_PATH
    if (this.#tables.attributes.byteLength(set) * growth + mostAdded <= maxMessageLength) return true;
    this.rewrite(set, source);
    return this.#headOctets() + this.#longestNlri <= maxMessageLength;
  }

  /** The attributes as they leave, in the rewriter until the next call of anything here. */
  rewrite(set: AttributeSetId, source: PeerId): AttributeRewriter {
    const { attributes } = this.#tables;
    const start = attributes.offset(set);
    const end = start + attributes.byteLength(set);
    this.#rewriter.rewrite(attributes.view(set), start, end, this.#tables.originOf(source));
    return this.#rewriter;
  }

  /** Writes everything in the batch. The caller flushes the stream. */
  encode(batch: UpdateBatch, stream: ChunkStream): void {
    if (batch.withdrawnCount > 0) this.#encodeWithdrawn(batch, stream);
    if (batch.announcedCount > 0) this.#encodeAnnounced(batch, stream);
  }

  #encodeWithdrawn(batch: UpdateBatch, stream: ChunkStream): void {
    const { withdrawn, audiences, withdrawnCount: count } = batch;
    this.#paths = batch.withdrawnPaths;
    this.#reserve(count);
    for (let i = 0; i < count; i++) {
      const audience = audiences[i];
      this.#order[i] = i;
      this.#keys[i] = audience < 0 ? -2 * audience + 1 : 2 * audience;
    }
    this.#group(this.#keys, count);
    const order = this.#order;
    for (let from = 0, to = 0; from < count; from = to) {
      const audience = audiences[order[from]];
      while (to < count && audiences[order[to]] === audience) to++;
      this.#withdrawRun(withdrawn, from, to, stream, audience as Audience);
    }
  }

  /** By source first, so that a member meets few segments that are not for it; within a source by attribute set. */
  #encodeAnnounced(batch: UpdateBatch, stream: ChunkStream): void {
    const { prefixes, sets, sources, announcedCount: count } = batch;
    this.#paths = batch.paths;
    this.#reserve(count);
    for (let i = 0; i < count; i++) this.#order[i] = i;
    this.#group(sets, count);
    if (batch.hasSeveralSources) this.#group(sources, count);
    const order = this.#order;
    for (let from = 0, to = 0; from < count; from = to) {
      const set = sets[order[from]];
      const source = sources[order[from]];
      while (to < count && sets[order[to]] === set && sources[order[to]] === source) to++;
      this.#announceRun(prefixes, from, to, stream, set as AttributeSetId, source as PeerId);
    }
  }

  /** Prefixes `column[order[from..to)]`, all with this set from this source. */
  #announceRun(column: Int32Array, from: number, to: number, stream: ChunkStream, set: AttributeSetId, source: PeerId): void {
    const audience = stream.reaches(source) ? everyoneBut(source) : EVERYONE;
    const { usesMpReach } = this.rewrite(set, source);
    const head = this.#headOctets();
    const most = this.#profile.maxMessageLength;
    for (let next = from; next < to; ) {
      const start = stream.begin(Math.min(most, head + (to - next) * this.#longestNlri), audience);
      this.#next = next;
      if (usesMpReach) this.#writeMpReach(column, to, stream, start);
      else this.#writeClassic(column, to, stream, start);
      next = this.#next;
    }
  }

  #headOctets(): number {
    const { usesMpReach, nextHop, length } = this.#rewriter;
    return frame.UPDATE_OVERHEAD + length + (usesMpReach ? frame.MP_REACH_OVERHEAD + nextHop.length : 0);
  }

  /** RFC 4271 §4.3: attributes, then NLRI at the end. */
  #writeClassic(column: Int32Array, to: number, stream: ChunkStream, start: number): void {
    const { bytes } = stream;
    let at = frame.writeHeader(bytes, start);
    at = frame.writeShort(bytes, at, 0);
    at = frame.writeShort(bytes, at, this.#rewriter.length);
    at = this.#writeAttributes(stream, at);
    at = this.#writeNlri(column, to, bytes, at, start + this.#profile.maxMessageLength);
    frame.writeLength(bytes, start, at);
    stream.end(at);
  }

  /** RFC 4760 §3: NLRI in MP_REACH_NLRI, which stands first (RFC 7606 §5.1). */
  #writeMpReach(column: Int32Array, to: number, stream: ChunkStream, start: number): void {
    const { bytes } = stream;
    const { nextHop } = this.#rewriter;
    frame.writeHeader(bytes, start);
    frame.writeShort(bytes, start + frame.HEADER_OCTETS, 0);
    const attribute = start + frame.UPDATE_OVERHEAD;
    let at = frame.writeMultiprotocolHead(bytes, attribute, AttributeCode.MpReachNlri, this.#profile.family);
    bytes[at++] = nextHop.length;
    copyOctets(stream.view, at, nextHop.view, 0, nextHop.length);
    at += nextHop.length;
    bytes[at++] = 0; // reserved
    at = this.#writeNlri(column, to, bytes, at, start + this.#profile.maxMessageLength - this.#rewriter.length);
    frame.writeShort(bytes, attribute + 2, at - attribute - 4);
    at = this.#writeAttributes(stream, at);
    frame.writeShort(bytes, attribute - 2, at - attribute);
    frame.writeLength(bytes, start, at);
    stream.end(at);
  }

  #withdrawRun(column: Int32Array, from: number, to: number, stream: ChunkStream, audience: Audience): void {
    const isClassic = this.#profile.family === Family.Ipv4Unicast;
    const most = this.#profile.maxMessageLength;
    const head = frame.UPDATE_OVERHEAD + (isClassic ? 0 : frame.MP_UNREACH_OVERHEAD);
    this.#next = from;
    while (this.#next < to) {
      const start = stream.begin(Math.min(most, head + (to - this.#next) * this.#longestNlri), audience);
      const { bytes } = stream;
      const lengths = frame.writeHeader(bytes, start);
      const first = isClassic ? lengths + 2 : start + head;
      let at = this.#writeNlri(column, to, bytes, first, first + most - head);
      if (isClassic) {
        frame.writeShort(bytes, lengths, at - first);
        at = frame.writeShort(bytes, at, 0);
      } else {
        frame.writeShort(bytes, lengths, 0);
        frame.writeShort(bytes, lengths + 2, at - lengths - 4);
        frame.writeMultiprotocolHead(bytes, lengths + 4, AttributeCode.MpUnreachNlri, this.#profile.family);
        frame.writeShort(bytes, lengths + 6, at - lengths - 8);
      }
      frame.writeLength(bytes, start, at);
      stream.end(at);
    }
  }

  /** Writes rows from `#next` on, as many as end before `limit`. @returns the position behind them */
  #writeNlri(column: Int32Array, to: number, bytes: Uint8Array, start: number, limit: number): number {
    const { prefixes } = this.#tables;
    const order = this.#order;
    const pathIdOctets = this.#pathIdOctets;
    let at = start;
    let row = this.#next;
    while (row < to) {
      const prefix = column[order[row]] as PrefixId;
      const length = prefixes.length(prefix);
      if (at + pathIdOctets + nlriOctets(length) > limit) break;
      if (pathIdOctets > 0) at = writePathId(bytes, at, this.#paths[order[row]]);
      at = writeNlri(bytes, at, prefixes.w0(prefix), prefixes.w1(prefix), prefixes.w2(prefix), prefixes.w3(prefix), length);
      row++;
    }
    this.#next = row;
    return at;
  }

  #writeAttributes({ view }: ChunkStream, at: number): number {
    const { view: from, length } = this.#rewriter;
    copyOctets(view, at, from, 0, length);
    return at + length;
  }

  /** Brings rows with equal keys together in `#order`. */
  #group(keys: Int32Array, count: number): void {
    const from = this.#order;
    this.#order = this.#grouped;
    this.#grouped = from;
    this.#grouping.group(keys, from, this.#order, count);
  }

  #reserve(count: number): void {
    if (count <= this.#order.length) return;
    const rows = capacityFor(count, this.#order.length);
    this.#order = new Int32Array(rows);
    this.#grouped = new Int32Array(rows);
    this.#keys = new Int32Array(rows);
  }
}
