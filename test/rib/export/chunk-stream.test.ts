import { describe, expect, it } from "vitest";
import { CHUNK_OCTETS, ChunkPool } from "../../../rib/export/chunk-pool.js";
import { type Audience, ChunkStream, EVERYONE, everyoneBut, only } from "../../../rib/export/chunk-stream.js";
import { type GroupMember, Recipient } from "../../../rib/export/recipient.js";
import type { PeerId } from "../../../rib/store/ids.js";

class Pieces implements GroupMember {
  readonly peer: PeerId;
  readonly backlog = 0;
  readonly pieces: { readonly chunk: Uint8Array; readonly start: number; readonly end: number }[] = [];
  readonly flushes: (() => void)[] = [];

  constructor(peer: number) {
    this.peer = peer as PeerId;
  }

  write(chunk: Uint8Array, start: number, end: number, flushed: () => void): void {
    this.pieces.push({ chunk, start, end });
    this.flushes.push(flushed);
  }

  get ranges(): readonly (readonly number[])[] {
    return this.pieces.map(({ start, end }) => [start, end]);
  }
}

function streamTo(...peers: number[]) {
  const pool = new ChunkPool();
  const stream = new ChunkStream(pool);
  const members = peers.map((peer) => new Pieces(peer));
  stream.setRecipients(members.map((member) => new Recipient(member, false, () => {})));
  return { pool, stream, members };
}

function write(stream: ChunkStream, octets: number, audience: Audience): void {
  stream.end(stream.begin(octets, audience) + octets);
}

describe("ChunkStream", () => {
  it("hands the same buffer to everybody, once a flush", () => {
    const { stream, members } = streamTo(1, 2, 3);
    write(stream, 100, EVERYONE);
    write(stream, 50, EVERYONE);
    stream.flush();
    for (const { ranges, pieces } of members) {
      expect(ranges).toEqual([[0, 150]]);
      expect(pieces[0].chunk === members[0].pieces[0].chunk).toBe(true);
    }
  });

  it("leaves out what a member has sent itself, and what is for others", () => {
    const { stream, members } = streamTo(1, 2, 3);
    write(stream, 10, EVERYONE);
    write(stream, 10, everyoneBut(members[0].peer));
    write(stream, 10, only(members[1].peer));
    write(stream, 10, EVERYONE);
    stream.flush();
    expect(members[0].ranges).toEqual([
      [0, 10],
      [30, 40],
    ]);
    expect(members[1].ranges).toEqual([[0, 40]]);
    expect(members[2].ranges).toEqual([
      [0, 20],
      [30, 40],
    ]);
  });

  it("goes on in a buffer that is in use, and gives it back when everybody has taken all of it", () => {
    const { stream, members, pool } = streamTo(1, 2);
    write(stream, 10, EVERYONE);
    stream.flush();
    write(stream, 10, EVERYONE);
    stream.flush();
    expect(members[0].ranges).toEqual([
      [0, 10],
      [10, 20],
    ]);
    expect(pool.inUse).toBe(1);
    for (const { flushes } of members) for (const flushed of flushes) flushed();
    write(stream, 10, EVERYONE);
    stream.flush();
    for (const { flushes } of members) flushes[2]();
    stream.close();
    expect(pool.inUse).toBe(0);
  });

  it("starts another buffer when a message does not fit into the rest", () => {
    const { stream, members, pool } = streamTo(1);
    write(stream, CHUNK_OCTETS - 10, EVERYONE);
    write(stream, 11, EVERYONE);
    stream.flush();
    expect(members[0].ranges).toEqual([
      [0, CHUNK_OCTETS - 10],
      [0, 11],
    ]);
    expect(members[0].pieces[0].chunk === members[0].pieces[1].chunk).toBe(false);
    for (const flushed of members[0].flushes) flushed();
    stream.close();
    expect(pool.inUse).toBe(0);
    expect(pool.take().bytes === members[0].pieces[1].chunk).toBe(true);
  });

  it("keeps no buffer when nobody listens", () => {
    const { stream, pool } = streamTo();
    write(stream, 10, EVERYONE);
    stream.flush();
    expect(pool.inUse).toBe(0);
  });

  it("knows whom it reaches", () => {
    const { stream } = streamTo(1, 2);
    expect([0, 1, 2, 3].map((peer) => stream.reaches(peer as PeerId))).toEqual([false, true, true, false]);
  });
});
