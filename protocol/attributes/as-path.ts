import type { CodecOptions } from "../messages/codec-options.js";
import { AS_TRANS, type Asn, asn } from "../net/asn.js";
import { UpdateSubcode } from "../wire/bgp-error.js";
import type { ByteWriter } from "../wire/byte-writer.js";
import { AttributeCode, SegmentType } from "../wire/iana.js";
import {
  type AttributeCodec,
  attributeDiscard,
  OPTIONAL_TRANSITIVE,
  treatAsWithdraw,
  u16At,
  u32At,
  WELL_KNOWN,
} from "./attribute-codec.js";
import type { AsPathSegment } from "./attribute-set.js";

/** AS_PATH (RFC 4271 §5.1.2): two or four octets an AS number, as negotiated (RFC 6793). */
export const asPath: AttributeCodec<"asPath"> = {
  code: AttributeCode.AsPath,
  name: "AS_PATH",
  flags: WELL_KNOWN,
  key: "asPath",
  flagsFault: "treat-as-withdraw",
  // RFC 7606 §7.2, RFC 7607 §2
  check(bytes, start, end, options) {
    const fault = checkSegments(bytes, start, end, options.fourOctetAs ? 4 : 2) ?? checkSegmentTypes(bytes, start, end, options);
    return fault === null ? null : treatAsWithdraw(UpdateSubcode.MalformedAsPath, `AS_PATH ${fault}`);
  },
  read: (bytes, start, end, options) => readSegments(bytes, start, end, options.fourOctetAs ? 4 : 2),
  encode: (segments, writer, options) => writeSegments(segments, writer, options.fourOctetAs ? 4 : 2),
};

/** AS4_PATH (RFC 6793 §3): what AS_PATH would be with four octets; only from a speaker of two. */
export const as4Path: AttributeCodec<"as4Path"> = {
  code: AttributeCode.As4Path,
  name: "AS4_PATH",
  flags: OPTIONAL_TRANSITIVE,
  key: "as4Path",
  flagsFault: "attribute-discard",
  // RFC 6793 §4.1 and §6
  check(bytes, start, end, options) {
    if (options.fourOctetAs) return discardAs4Path("AS4_PATH from a speaker of four-octet AS numbers");
    if (end - start < 6) return discardAs4Path(`AS4_PATH has ${end - start} octets`);
    const fault = checkSegments(bytes, start, end, 4);
    return fault === null ? null : discardAs4Path(`AS4_PATH ${fault}`);
  },
  // RFC 6793 §6: confederation segments in it are discarded
  read: (bytes, start, end) => readSegments(bytes, start, end, 4).filter((segment) => !isConfederation(segment)),
  encode: (segments, writer) => writeSegments(segments, writer, 4),
};

/** Number of AS numbers for route selection: a set counts as one, confederation segments not (RFC 4271 §9.1.2.2, RFC 5065 §5.3). */
export function asPathLength(segments: readonly AsPathSegment[]): number {
  let length = 0;
  for (const segment of segments) {
    if (segment.type === "sequence") length += segment.asns.length;
    if (segment.type === "set") length += 1;
  }
  return length;
}

/**
 * Joins AS_PATH and AS4_PATH of a two-octet speaker (RFC 6793 §4.2.3): as many leading AS numbers and segments of AS_PATH as
 * AS4_PATH lacks, then AS4_PATH. An AS4_PATH longer than the AS_PATH is ignored.
 */
export function mergeAs4Path(path: readonly AsPathSegment[], as4: readonly AsPathSegment[]): readonly AsPathSegment[] {
  let missing = asPathLength(path) - asPathLength(as4);
  if (missing < 0) return path;
  const leading: AsPathSegment[] = [];
  for (const segment of path) {
    if (missing === 0 && !isConfederation(segment)) break;
    const taken = segment.type === "sequence" ? segment.asns.slice(0, missing) : segment.asns;
    leading.push({ type: segment.type, asns: taken });
    missing -= asPathLength([{ type: segment.type, asns: taken }]);
  }
  return joinSequences(leading, as4);
}

/** What AS4_PATH must carry beside an AS_PATH of two octets, or null when nothing is lost there (RFC 6793 §4.2.2). */
export function as4PathOf(segments: readonly AsPathSegment[]): readonly AsPathSegment[] | null {
  if (!segments.some((segment) => segment.asns.some((as) => as > 0xffff))) return null;
  const as4 = segments.filter((segment) => !isConfederation(segment));
  return as4.length === 0 ? null : as4;
}

/** `65001 65002 {1,2} (64512) [64513]`: sequence, set, confederation sequence, confederation set. */
export function formatAsPath(segments: readonly AsPathSegment[]): string {
  return segments.map(formatSegment).join(" ");
}

function formatSegment({ type, asns }: AsPathSegment): string {
  if (type === "set") return `{${asns.join(",")}}`;
  if (type === "confed-sequence") return `(${asns.join(" ")})`;
  if (type === "confed-set") return `[${asns.join(",")}]`;
  return asns.join(" ");
}

function discardAs4Path(detail: string) {
  return attributeDiscard(UpdateSubcode.OptionalAttributeError, detail);
}

/** Framing of the segments, their types, and AS 0. */
function checkSegments(bytes: Uint8Array, start: number, end: number, octets: 2 | 4): string | null {
  let at = start;
  while (at < end) {
    if (end - at < 2) return "ends within a segment header";
    const type = bytes[at]!;
    const next = at + 2 + bytes[at + 1]! * octets;
    if (type < SegmentType.Set || type > SegmentType.ConfedSet) return `has a segment of type ${type}`;
    if (next === at + 2) return "has an empty segment";
    if (next > end) return "ends within a segment";
    for (at += 2; at < next; at += octets) {
      if (bytes[at] === 0 && readAsn(bytes, at, octets) === 0) return "has AS 0";
    }
  }
  return null;
}

/** Segment types that are no syntax error, but have no place here. */
function checkSegmentTypes(bytes: Uint8Array, start: number, end: number, options: CodecOptions): string | null {
  const octets = options.fourOctetAs ? 4 : 2;
  for (let at = start; at < end; at += 2 + bytes[at + 1]! * octets) {
    const type = bytes[at]!;
    // RFC 5065 §5: an error from a neighbour outside our confederation, and we are never in one
    if (type >= SegmentType.ConfedSequence) return "has a confederation segment";
    if (type === SegmentType.Set && options.asSets === "withdraw") return "has an AS_SET"; // RFC 9774 §3
  }
  return null;
}

const TYPES: readonly AsPathSegment["type"][] = ["set", "sequence", "confed-sequence", "confed-set"]; // from code 1

function readSegments(bytes: Uint8Array, start: number, end: number, octets: 2 | 4): AsPathSegment[] {
  const segments: AsPathSegment[] = [];
  let at = start;
  while (at < end) {
    const type = TYPES[bytes[at]! - 1]!;
    const next = at + 2 + bytes[at + 1]! * octets;
    const asns: Asn[] = [];
    for (at += 2; at < next; at += octets) asns.push(asn(readAsn(bytes, at, octets)));
    segments.push({ type, asns });
  }
  return segments;
}

function readAsn(bytes: Uint8Array, at: number, octets: 2 | 4): number {
  return octets === 4 ? u32At(bytes, at) : u16At(bytes, at);
}

const MAX_SEGMENT = 255; // AS numbers; the count is one octet

function writeSegments(segments: readonly AsPathSegment[], writer: ByteWriter, octets: 2 | 4): void {
  for (const { type, asns } of segments) {
    for (let from = 0; from < asns.length; from += MAX_SEGMENT) {
      const part = asns.slice(from, from + MAX_SEGMENT);
      writer.u8(TYPES.indexOf(type) + 1);
      writer.u8(part.length);
      for (const as of part) writeAsn(as, writer, octets);
    }
  }
}

/** Four octets, or two with AS_TRANS for what does not fit (RFC 6793 §4.2.2). */
export function writeAsn(as: Asn, writer: ByteWriter, octets: 2 | 4): void {
  if (octets === 4) writer.u32(as);
  else writer.u16(as > 0xffff ? AS_TRANS : as);
}

function isConfederation(segment: AsPathSegment): boolean {
  return segment.type === "confed-sequence" || segment.type === "confed-set";
}

/** Concatenates, making one sequence of two that meet. */
function joinSequences(left: readonly AsPathSegment[], right: readonly AsPathSegment[]): readonly AsPathSegment[] {
  const last = left.at(-1);
  const first = right[0];
  if (last?.type !== "sequence" || first?.type !== "sequence" || last.asns.length + first.asns.length > MAX_SEGMENT) {
    return [...left, ...right];
  }
  return [...left.slice(0, -1), { type: "sequence", asns: [...last.asns, ...first.asns] }, ...right.slice(1)];
}
