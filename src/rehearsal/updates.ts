import type { AttributeSet } from "../../protocol/attributes/attribute-set.js";
import { encodeMessage } from "../../protocol/messages/message.js";
import { Family } from "../../protocol/net/address-family.js";
import { type Asn, asn } from "../../protocol/net/asn.js";
import { IpAddress } from "../../protocol/net/ip-address.js";
import { Prefix } from "../../protocol/net/prefix.js";
import { BEFORE_OPEN } from "../peer/link.js";

const MARK = asn(0xfa57ba5e); // stands where each announcement has an AS number of its own
/** Of every number of octets that is read in its own way. */
const LENGTHS = {
  [Family.Ipv4Unicast]: [24, 22, 16, 32, 19, 8],
  [Family.Ipv6Unicast]: [48, 44, 32, 29, 64, 128, 40, 36, 56],
} as const;
const NUMBERED_OCTET = { [Family.Ipv4Unicast]: 2, [Family.Ipv6Unicast]: 3 } as const; // it and the next one, of prefixes that have them
/** Few prefixes with most attribute lists, as on the Internet, and once more than are looked up at a time. */
const PREFIXES = [1, 2, 1, 5, 3, 12, 1, 100] as const;
const WITHDRAWN_LATER = 256; // messages
const STEP = 6; // prefix numbers from one message to the next: prefixes of equal length where two feeders meet

/**
 * One UPDATE that becomes many: only the octets in which they differ are written, so that little is left for the collector. The last
 * of many prefixes has been told before.
 */
class Template {
  readonly bytes: Uint8Array;
  readonly #numbers: readonly number[]; // of the prefixes, from the first one's
  readonly #numberedOctet: number;
  readonly #asAt: number;
  readonly #prefixesAt: number;

  /** @param attributes null: a withdrawal */
  constructor(family: Family, attributes: AttributeSet | null, count: number) {
    const lengths = LENGTHS[family];
    const length = (i: number) => lengths[i % lengths.length] as number;
    const prefixes = Array.from({ length: count }, (_, i) => ({ prefix: Prefix.of(addressOf(family), length(i)) }));
    const announced = attributes === null ? [] : [{ family, attributes, prefixes }];
    const withdrawn = attributes === null ? prefixes : [];
    this.bytes = encodeMessage({ type: "update", withdrawn, announced, endOfRib: null, faults: [], action: "none" }, BEFORE_OPEN);
    this.#numbers = Array.from({ length: count }, (_, i) => (i < count - 1 || i < lengths.length ? i : i - lengths.length));
    this.#numberedOctet = NUMBERED_OCTET[family];
    const found = Buffer.from(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
    this.#asAt = found.indexOf(Buffer.from([0xfa, 0x57, 0xba, 0x5e]));
    this.#prefixesAt = found.indexOf(
      Buffer.from([
        length(0),
        ...addressOf(family)
          .toBytes()
          .subarray(0, length(0) >>> 3),
      ]),
    );
  }

  /** The message with these numbers, until the next call. */
  fill(asNumber: number, firstPrefix: number): Uint8Array {
    const { bytes } = this;
    if (this.#asAt >= 0) bytes.set([0, asNumber >>> 16, asNumber >>> 8, asNumber], this.#asAt);
    let at = this.#prefixesAt;
    for (const number of this.#numbers) {
      const octets = (bytes[at]! + 7) >>> 3;
      if (octets > this.#numberedOctet) bytes[at + this.#numberedOctet + 1] = (firstPrefix + number) >>> 8;
      if (octets >= this.#numberedOctet) bytes[at + this.#numberedOctet] = firstPrefix + number;
      at += 1 + octets;
    }
    return bytes;
  }
}

/** The UPDATEs of one family: announcements with lists of all lengths that an eight-octet step leaves over, and withdrawals. */
export class RehearsalUpdates {
  readonly #announcements: readonly Template[];
  readonly #withdrawal: Template;
  readonly #first: number;
  readonly #step: number;

  /**
   * @param how.count messages that will be asked for
   * @param how.isReversed from the last prefix to the first: so some are looked up that another has told, in another order
   */
  constructor(family: Family, nextHop: IpAddress, { count, isReversed }: { count: number; isReversed: boolean }) {
    this.#first = isReversed ? count * STEP : 0;
    this.#step = isReversed ? -STEP : STEP;
    this.#announcements = PREFIXES.map((count, i) => new Template(family, attributeSet(i, nextHop), count));
    this.#withdrawal = new Template(family, null, 5);
  }

  /** Three attribute lists in four are new, one comes again; every fourth message withdraws what came long before. */
  message(n: number): Uint8Array {
    const first = this.#first + n * this.#step;
    if (n % 4 === 3 && n >= WITHDRAWN_LATER) return this.#withdrawal.fill(0, first - WITHDRAWN_LATER * this.#step);
    return this.#announcements[n % this.#announcements.length]!.fill(n % 4 === 0 ? 1 : n, first);
  }
}

function attributeSet(i: number, nextHop: IpAddress): AttributeSet {
  const asns: Asn[] = [...Array.from({ length: i }, (_, hop) => asn(1000 + hop)), MARK];
  const communities = Array.from({ length: i % 3 }, (_, n) => 0xfde80000 + n);
  return {
    origin: 0,
    asPath: [{ type: "sequence", asns }],
    nextHop,
    ...(i % 2 === 1 && { multiExitDisc: i }),
    ...(i % 4 >= 2 && { atomicAggregate: true, aggregator: { asNumber: asn(1000), address: IpAddress.v4(0x0a000001) } }),
    ...(communities.length > 0 && { communities }),
  };
}

function addressOf(family: Family): IpAddress {
  return family === Family.Ipv4Unicast ? IpAddress.v4(0x0a000000) : IpAddress.v6(0xfd000000, 0, 0, 0);
}
