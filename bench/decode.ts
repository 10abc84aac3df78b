import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { checkAttributes, decodeAttributes } from "../protocol/attributes/decode-attributes.js";
import type { CodecOptions } from "../protocol/messages/codec-options.js";
import { UpdateReader } from "../protocol/messages/update-reader.js";
import { Family } from "../protocol/net/address-family.js";
import { NlriCursor } from "../protocol/nlri/nlri-block.js";
import { Framer } from "../protocol/wire/framer.js";

// What decoding costs before the RIB: a real full table of one peer, in chunks as a socket gives them.
// Run after a build: node dist/bench/decode.js

const ROUNDS = 9;
const CHUNK = 65536;
const MRT_HEADER = 12;
const BGP4MP_ET = 17;
const BGP_IN_RECORD = 24; // microseconds, two AS numbers, interface, AFI, two IPv4 addresses
const UPDATE = 2;

const options: CodecOptions = {
  fourOctetAs: true,
  internal: true,
  addPath: new Set(),
  families: new Set(Object.values(Family)),
  extendedNextHop: true,
  maxMessageLength: 4096,
};

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const corpus = process.env["PEREGRINE_CORPUS"] ?? join(root, "../shared/corpus");
const chunks = chunksOf(readTable(join(corpus, "mrt/updates.et-header.2015.gz")));

interface Counts {
  updates: number;
  prefixes: number;
}

type Visit = (bytes: Uint8Array, start: number, end: number, counts: Counts) => void;

const reader = new UpdateReader(options);
const cursor = new NlriCursor();
const slot = reader.announcements[0];

const split: Visit = (bytes, start, end) => {
  if (reader.read(bytes, start, end) !== null) throw new Error("the table has a message that ends the session");
};

const walk: Visit = (bytes, start, end, counts) => {
  split(bytes, start, end, counts);
  if (!slot.present) return;
  cursor.reset(slot.nlri);
  while (cursor.next()) counts.prefixes += 1;
};

const steps: readonly (readonly [string, Visit])[] = [
  ["Framer", () => {}],
  ["Framer, UpdateReader", split],
  ["Framer, UpdateReader, NlriCursor", walk],
  ["the same and checkAttributes of every UPDATE", withAttributes(checkAttributes)],
  ["the same and decodeAttributes of every UPDATE", withAttributes(decodeAttributes)],
];

function withAttributes(judge: typeof checkAttributes): Visit {
  return (bytes, start, end, counts) => {
    walk(bytes, start, end, counts);
    if (slot.present) judge(slot.bytes, slot.start, slot.end, options, slot.family);
  };
}

const { updates, prefixes } = run(walk);
console.log(`${updates} UPDATEs, ${prefixes} prefixes, ${chunks.length} chunks of 64 KiB; median of ${ROUNDS} rounds`);
console.log(`Node ${process.version}, ${cpus()[0]?.model}\n`);
console.log("work                                            ms   ns/UPDATE  ns/prefix");
for (const [name, visit] of steps) {
  const ms = median(visit);
  const columns = [
    ms.toFixed(1).padStart(7),
    ((ms * 1e6) / updates).toFixed(0).padStart(10),
    ((ms * 1e6) / prefixes).toFixed(1).padStart(9),
  ];
  console.log(`${name.padEnd(44)}${columns.join(" ")}`);
}

function median(visit: Visit): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const before = process.hrtime.bigint();
    run(visit);
    return Number(process.hrtime.bigint() - before) / 1e6;
  });
  return times.sort((a, b) => a - b)[ROUNDS >> 1]!;
}

function run(visit: Visit): Counts {
  const framer = new Framer();
  const counts = { updates: 0, prefixes: 0 };
  for (const chunk of chunks) {
    framer.push(chunk);
    while (framer.next() === true) {
      if (framer.bytes[framer.start + 18] !== UPDATE) continue;
      counts.updates += 1;
      visit(framer.bytes, framer.start, framer.end, counts);
    }
  }
  return counts;
}

/** The BGP messages of an MRT file of BGP4MP_ET records over IPv4 with four-octet AS numbers, end to end. */
function readTable(path: string): Uint8Array {
  const bytes = gunzipSync(readFileSync(path));
  const messages: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + MRT_HEADER + bytes.readUInt32BE(at + 8);
    const isMessage = bytes.readUInt16BE(at + 4) === BGP4MP_ET && bytes.readUInt16BE(at + 6) === 4;
    if (isMessage) messages.push(bytes.subarray(at + MRT_HEADER + BGP_IN_RECORD, end));
    at = end;
  }
  return Buffer.concat(messages);
}

function chunksOf(stream: Uint8Array): readonly Uint8Array[] {
  const count = Math.ceil(stream.length / CHUNK);
  return Array.from({ length: count }, (_, i) => stream.slice(i * CHUNK, (i + 1) * CHUNK));
}
