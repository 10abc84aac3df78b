const Type = {
  Origin: 1,
  AsPath: 2,
  NextHop: 3,
  AtomicAggregate: 6,
  Aggregator: 7,
  Communities: 8,
  MpReach: 14,
  MpUnreach: 15,
} as const;
const EXTENDED_LENGTH = 0x10;

/**
 * Reads the path attributes of an UPDATE: where its multiprotocol NLRI are, and a hash of what has to arrive unchanged
 * (ORIGIN, AS_PATH behind the daemon's own AS, aggregation, communities; the order of attributes does not matter).
 */
export class PathReader {
  hash = 0; // never 0 after `read`
  reachAt = 0; // start of the NLRI in MP_REACH_NLRI; 0: there are none
  reachEnd = 0;
  unreachAt = 0;
  unreachEnd = 0;
  readonly #ownAs: number;
  readonly #withNextHop: boolean;

  /**
   * @param ownAs of the daemon: in front of every AS_PATH it sends to external peers
   * @param withNextHop the next hop has to arrive unchanged too
   */
  constructor(ownAs: number, withNextHop: boolean) {
    this.#ownAs = ownAs;
    this.#withNextHop = withNextHop;
  }

  read(bytes: Uint8Array, start: number, end: number): void {
    this.reachAt = this.unreachAt = this.reachEnd = this.unreachEnd = 0;
    let hash = 0;
    for (let at = start; at < end; ) {
      const isLong = (bytes[at]! & EXTENDED_LENGTH) !== 0;
      const type = bytes[at + 1]!;
      const length = isLong ? (bytes[at + 2]! << 8) | bytes[at + 3]! : bytes[at + 2]!;
      const value = at + (isLong ? 4 : 3);
      hash = (hash + this.#hashOf(type, bytes, value, value + length)) | 0;
      at = value + length;
    }
    this.hash = hash === 0 ? 1 : hash;
  }

  #hashOf(type: number, bytes: Uint8Array, at: number, end: number): number {
    switch (type) {
      case Type.AsPath:
        return this.#hashOfPath(bytes, at, end);
      case Type.Origin:
      case Type.AtomicAggregate:
      case Type.Aggregator:
      case Type.Communities:
        return fold(type, bytes, at, end);
      case Type.NextHop:
        return this.#withNextHop ? fold(type, bytes, at, end) : 0;
      case Type.MpReach:
        this.reachAt = at + 5 + bytes[at + 3]!;
        this.reachEnd = end;
        return 0;
      case Type.MpUnreach:
        this.unreachAt = at + 3;
        this.unreachEnd = end;
        return 0;
      default:
        return 0;
    }
  }

  /** The numbers of all segments, as if the daemon had not put its own in front. */
  #hashOfPath(bytes: Uint8Array, at: number, end: number): number {
    if (end - at < 6) return fold(Type.AsPath, bytes, at, end);
    const first = (bytes[at + 2]! << 24) | (bytes[at + 3]! << 16) | (bytes[at + 4]! << 8) | bytes[at + 5]!;
    return fold(Type.AsPath, bytes, at + (first >>> 0 === this.#ownAs ? 6 : 2), end);
  }
}

function fold(seed: number, bytes: Uint8Array, at: number, end: number): number {
  let hash = Math.imul(seed + end - at, 0x9e3779b1);
  for (let i = at; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193) ^ (hash >>> 15);
  return Math.imul(hash ^ (hash >>> 13), 0x85ebca6b);
}
