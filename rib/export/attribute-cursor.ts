/** Type codes that policy and export look at (IANA bgp-parameters). */
export const AttributeCode = {
  Origin: 1,
  AsPath: 2,
  NextHop: 3,
  MultiExitDisc: 4,
  LocalPref: 5,
  AtomicAggregate: 6,
  Aggregator: 7,
  Communities: 8,
  OriginatorId: 9,
  ClusterList: 10,
  MpReachNlri: 14,
  MpUnreachNlri: 15,
  ExtendedCommunities: 16,
  Ipv6ExtendedCommunities: 25,
  LargeCommunities: 32,
  OnlyToCustomer: 35,
} as const;

/** Attribute flags (RFC 4271 §4.3). */
export const AttributeFlag = { Optional: 0x80, Transitive: 0x40, Partial: 0x20, ExtendedLength: 0x10 } as const;

/**
 * Walks the path attributes of an interned list without allocating. Such a list has been decoded once:
 * lengths add up, and type codes ascend.
 */
export class AttributeCursor {
  /** Of the attribute that `next()` found: its type code, flags, first octet, and where its value is. */
  code = 0;
  flags = 0;
  start = 0;
  valueStart = 0;
  valueEnd = 0;

  list: DataView = new DataView(new ArrayBuffer(0));
  #end = 0;

  reset(list: DataView, start: number, end: number): void {
    this.list = list;
    this.valueEnd = start;
    this.#end = end;
  }

  next(): boolean {
    const at = this.valueEnd;
    if (at >= this.#end) return false;
    const { list } = this;
    const flags = list.getUint8(at);
    this.start = at;
    this.flags = flags;
    this.code = list.getUint8(at + 1);
    if ((flags & AttributeFlag.ExtendedLength) === 0) {
      this.valueStart = at + 3;
      this.valueEnd = at + 3 + list.getUint8(at + 2);
    } else {
      this.valueStart = at + 4;
      this.valueEnd = at + 4 + list.getUint16(at + 2);
    }
    return true;
  }

  /** Goes on to the attribute of this type. False: the list has none behind the present position. */
  seek(code: number): boolean {
    while (this.next()) {
      if (this.code === code) return true;
      if (this.code > code) return false;
    }
    return false;
  }

  /** The unsigned 32-bit word at `at`. */
  word(at: number): number {
    return this.list.getUint32(at);
  }
}
