import type { CodecOptions } from "../messages/codec-options.js";
import { type BgpError, ErrorCode, type FaultAction } from "../wire/bgp-error.js";
import type { ByteWriter } from "../wire/byte-writer.js";
import { AttributeFlag } from "../wire/iana.js";
import type { Aggregator, AsPathSegment, AttributeSet } from "./attribute-set.js";
import type { MpNextHop } from "./multiprotocol.js";

/** What the rows read: an AttributeSet, and the parts that `decode-attributes.ts` merges into one. */
export interface DecodedFields extends AttributeSet {
  readonly as4Path?: readonly AsPathSegment[]; // RFC 6793
  readonly as4Aggregator?: Aggregator; // RFC 6793
  readonly mpNextHop?: MpNextHop; // RFC 4760
}

/**
 * One row of the codec table: everything about one path attribute.
 *
 * `check` and `read` are two steps, because a million routes are only checked: their attributes stay bytes.
 */
export interface AttributeCodec<K extends keyof DecodedFields = keyof DecodedFields> {
  readonly code: number;
  readonly name: string; // as the RFC writes it
  readonly flags: number; // Optional and Transitive, as they must be
  readonly key: K;
  /** What wrong flags oblige to (RFC 7606 §3 c, f; §5.3). */
  readonly flagsFault: FaultAction;
  /** Null when the value in `bytes[start, end)` is well formed; allocates nothing then. `data` of a fault is completed by the walk. */
  check(bytes: Uint8Array, start: number, end: number, options: CodecOptions): BgpError | null;
  /** The value, which `check` has accepted; may share memory with `bytes`. */
  read(bytes: Uint8Array, start: number, end: number, options: CodecOptions): NonNullable<DecodedFields[K]>;
  /** True when the bytes say no more than what `read` keeps; without this function: always. */
  isExact?(bytes: Uint8Array, start: number, end: number): boolean;
  encode(value: NonNullable<DecodedFields[K]>, writer: ByteWriter, options: EncodeOptions): void;
}

export interface EncodeOptions {
  readonly fourOctetAs: boolean; // RFC 6793
}

export const WELL_KNOWN = AttributeFlag.Transitive;
export const OPTIONAL_TRANSITIVE = AttributeFlag.Optional | AttributeFlag.Transitive;
export const OPTIONAL_NON_TRANSITIVE = AttributeFlag.Optional;

const NO_DATA = new Uint8Array(0);

/** A fault in an attribute of an UPDATE (RFC 7606 §2). */
export function attributeFault(action: FaultAction, subcode: number, detail: string): BgpError {
  return { code: ErrorCode.UpdateMessage, subcode, data: NO_DATA, action, detail };
}

export function treatAsWithdraw(subcode: number, detail: string): BgpError {
  return attributeFault("treat-as-withdraw", subcode, detail);
}

export function attributeDiscard(subcode: number, detail: string): BgpError {
  return attributeFault("attribute-discard", subcode, detail);
}

/** Reads four octets in network order as an unsigned number. */
export function u32At(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

export function u16At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}
