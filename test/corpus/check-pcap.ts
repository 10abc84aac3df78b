import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { encodeCapability } from "../../protocol/capabilities/capability-codec.js";
import { type LocalOpen, negotiate, peerAsOf } from "../../protocol/capabilities/negotiate.js";
import type { CodecOptions } from "../../protocol/messages/codec-options.js";
import type { OpenMessage } from "../../protocol/messages/open.js";
import { ByteWriter } from "../../protocol/wire/byte-writer.js";
import { Framer } from "../../protocol/wire/framer.js";
import { type Answer, accountsForAll, answer, optionsFor, roundTrip } from "./answer.js";
import { rulesFor } from "./deviations.js";
import { checkRow, type GroupReport, newGroup } from "./report.js";
import { fromHex, readJsonLines } from "./vectors.js";

/** A line of `pcap/messages.jsonl`. */
interface CapturedMessage {
  readonly pcap: string;
  readonly stream: number;
  readonly dir: number;
  readonly n: number;
  readonly type: string; // KEEPALIVE, …, or REST: what follows is no whole message
  readonly hex: string;
}

interface CaptureExpectation {
  readonly file: string;
  readonly frames_malformed_per_tshark: number;
  readonly capability_codes: readonly number[];
  readonly bmp_types: Readonly<Record<string, number>>;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  OPEN: "open",
  UPDATE: "update",
  NOTIFICATION: "notification",
  KEEPALIVE: "keepalive",
  ROUTE_REFRESH: "route-refresh",
};

/** `pcap/`: every message of every stream decodes as what it is, under the options its session has agreed on. */
export function checkPcap(dir: string): GroupReport {
  const group = newGroup("pcap");
  const expectations = readExpectations(join(dir, "EXPECT.json"));
  const messages = readJsonLines<CapturedMessage>(join(dir, "messages.jsonl"));
  const streams = groupBy(messages, ({ pcap, stream }) => `${pcap} ${stream}`);
  for (const stream of streams.values()) {
    const isMalformed = (expectations.get(stream[0]!.pcap)?.frames_malformed_per_tshark ?? 0) > 0;
    checkStream(group, stream, isMalformed);
  }
  for (const [pcap, rows] of groupBy(messages, ({ pcap }) => pcap)) {
    const expectation = expectations.get(pcap);
    if (expectation === undefined || expectation.frames_malformed_per_tshark > 0 || rows.some(isRest)) continue;
    if (Object.keys(expectation.bmp_types).length === 0)
      checkRow(group, `${pcap}: capabilities`, () => checkCapabilities(rows, expectation));
  }
  return group;
}

function readExpectations(path: string): ReadonlyMap<string, CaptureExpectation> {
  if (!existsSync(path)) return new Map();
  const rows: readonly CaptureExpectation[] = JSON.parse(readFileSync(path, "utf8"));
  return new Map(rows.map((row) => [row.file, row]));
}

function groupBy<T, K>(rows: readonly T[], keyOf: (row: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row]);
  return groups;
}

function isRest({ type }: CapturedMessage): boolean {
  return type.startsWith("REST");
}

function checkStream(group: GroupReport, stream: readonly CapturedMessage[], isMalformed: boolean): void {
  const opens: (OpenMessage | undefined)[] = [];
  for (const message of stream) {
    checkRow(group, `${message.pcap} ${message.stream}/${message.dir}/${message.n}`, (deviate) => {
      const bytes = fromHex(message.hex);
      const candidates = optionsIn(bytes, opens, message.dir);
      const answers = candidates.map((options) => answer(bytes, options));
      if (isRest(message)) return [];
      const best = answers.findIndex(isAccepted);
      const ours = answers[Math.max(best, 0)]!;
      if (ours.message?.type === "open") opens[message.dir] = ours.message;
      return checkAnswer(message, ours, candidates[Math.max(best, 0)]!, isMalformed, deviate);
    });
  }
  for (const rows of groupBy(
    stream.filter((row) => !isRest(row)),
    ({ dir }) => dir,
  ).values()) {
    checkRow(group, `${rows[0]!.pcap} ${rows[0]!.stream}/${rows[0]!.dir}: framing`, () => checkFraming(rows));
  }
}

function isAccepted({ verdict }: Answer): boolean {
  return verdict === "ok" || verdict === "attribute-discard";
}

/** What both OPENs agree on; while one is not in view, everything they might have agreed on. */
function optionsIn(bytes: Uint8Array, opens: readonly (OpenMessage | undefined)[], dir: number): readonly CodecOptions[] {
  const [theirs, ours] = [opens[dir], opens[1 - dir]];
  if (theirs !== undefined && ours !== undefined) return [negotiate(localOf(ours, theirs), theirs).receive];
  const contexts = [{}, { asn4: false }, { add_path: true }, { asn4: false, add_path: true }];
  return contexts.map((context) => ({ ...optionsFor(bytes, context), maxMessageLength: 65535 }));
}

function localOf(ours: OpenMessage, theirs: OpenMessage): LocalOpen {
  const { holdTimeSeconds, routerId, capabilities } = ours;
  return { asNumber: peerAsOf(ours), holdTimeSeconds, keepaliveSeconds: null, routerId, peerAs: peerAsOf(theirs), capabilities };
}

function checkAnswer(
  message: CapturedMessage,
  ours: Answer,
  options: CodecOptions,
  isMalformed: boolean,
  deviate: (rule: string) => void,
): readonly string[] {
  if (isMalformed && ours.message === null) return [];
  const problems: string[] = [];
  if (ours.message?.type !== TYPE_NAMES[message.type]) problems.push(`${message.type} expected, got ${ours.message?.type}`);
  const rules = rulesFor(ours.faults);
  for (const rule of rules ?? []) deviate(rule);
  if (rules === null && !isMalformed) problems.push(...ours.faults.map(({ detail }) => detail));
  const tripped = roundTrip(ours, options);
  if (tripped !== null) problems.push(tripped);
  if (ours.verdict === "ok") problems.push(...accountsForAll(fromHex(message.hex), ours));
  return problems;
}

/** The framer finds the same messages, whatever the chunks. */
function checkFraming(rows: readonly CapturedMessage[]): readonly string[] {
  const stream = Buffer.concat(rows.map(({ hex }) => fromHex(hex)));
  for (const size of [1, 7, 100, 1448, stream.length]) {
    const found = frame(stream, size);
    const firstBad = rows.findIndex(({ hex }, i) => found[i] !== hex);
    if (firstBad >= 0 && found[firstBad] !== undefined) return [`message ${firstBad} in chunks of ${size} is another`];
  }
  return [];
}

function frame(stream: Uint8Array, size: number): string[] {
  const framer = new Framer();
  framer.maxLength = 65535;
  const found: string[] = [];
  for (let at = 0; at < stream.length; at += size) {
    framer.push(stream.slice(at, at + size));
    while (framer.next() === true) found.push(Buffer.from(framer.bytes.subarray(framer.start, framer.end)).toString("hex"));
  }
  return found;
}

/** The capability codes that tshark found in the OPENs. */
function checkCapabilities(rows: readonly CapturedMessage[], expectation: CaptureExpectation): readonly string[] {
  const codes = new Set<number>();
  for (const { hex } of rows) {
    const { message } = answer(fromHex(hex), optionsFor(fromHex(hex), {}));
    if (message?.type !== "open") continue;
    for (const capability of message.capabilities) {
      const writer = new ByteWriter();
      encodeCapability(capability, writer);
      codes.add(writer.toBytes()[0]!);
    }
  }
  const ours = [...codes].sort((a, b) => a - b).join(" ");
  const theirs = expectation.capability_codes.join(" ");
  return ours === theirs ? [] : [`capabilities ${theirs} expected, got ${ours}`];
}
