import type { AttributeSet } from "../protocol/attributes/attribute-set.js";
import type { CodecOptions } from "../protocol/messages/codec-options.js";
import { encodeMessage } from "../protocol/messages/message.js";
import { Family } from "../protocol/net/address-family.js";
import { type Asn, asn } from "../protocol/net/asn.js";
import { IpAddress } from "../protocol/net/ip-address.js";
import { Prefix } from "../protocol/net/prefix.js";
import { type RouterId, routerId } from "../protocol/net/router-id.js";
import { Framer } from "../protocol/wire/framer.js";
import { DEFAULT_DECISION_OPTIONS } from "../rib/decision/options.js";
import type { GroupMember } from "../rib/export/recipient.js";
import type { Policy } from "../rib/policy/policy.js";
import { Rib } from "../rib/rib.js";
import { UpdateGroups } from "../rib/update-groups.js";
import { UpdateReceiver } from "./peer/update-receiver.js";

/** Enough for the compiler to have compiled what a full table runs; more does not shorten the first table. */
const UPDATES = 2000;
const PREFIXES_PER_UPDATE = 5;
const WITHDRAWN_LATER = 512; // messages
const UPDATES_AT_ONCE = 16; // less than a millisecond once compiled
const PORTION = 256;

const OWN_AS = asn(64512);
const CODEC: CodecOptions = {
  ...{ fourOctetAs: true, internal: false, addPath: new Set(), families: new Set(Object.values(Family)) },
  ...{ extendedNextHop: false, maxMessageLength: 4096 },
};

/**
 * A small table taken in, decided upon and passed on, through tables of its own that nobody else sees: so that the code of the
 * hot path is compiled before the first peer's table comes, not while it does. In portions, 0.2 s of CPU
 * time at start; `npm run bench -- table table6 responsive peregrine` without and with it: 1.69 and 1.44 s, 0.47 and 0.36 s, the longest
 * hundredth of event-loop delays 38 and 21 ms.
 */
export class Rehearsal {
  readonly #rib = new Rib({
    ...{ seed: 1, routerId: routerId(1) as RouterId, clusterId: null, ownAsNumbers: [OWN_AS] },
    ...{ families: Object.values(Family), decision: DEFAULT_DECISION_OPTIONS },
  });
  readonly #groups = new UpdateGroups({ rib: this.#rib });
  readonly #framer = new Framer();
  readonly #receivers = [this.#receiver(2), this.#receiver(3)];
  readonly #parts = Object.values(Family).map((family) => new Part(family));
  #played = 0;

  constructor() {
    for (const family of Object.values(Family)) {
      this.#join(4, family, false, ACCEPT_ALL);
      this.#join(5, family, true, SOME_INSIDE);
    }
  }

  /** Plays a part of it. @returns true when there is more */
  work(): boolean {
    for (let i = 0; i < UPDATES_AT_ONCE && this.#played < UPDATES; i++) this.#play(this.#played++);
    const isMore = this.#rib.work(PORTION);
    return this.#groups.work(PORTION) || isMore || this.#played < UPDATES;
  }

  /** The families take turns in runs. */
  #play(n: number): void {
    const bytes = this.#parts[(n >> 6) % this.#parts.length]!.message(n);
    for (const receiver of this.#receivers) {
      this.#framer.push(bytes);
      while (this.#framer.next() === true) receiver.receive(this.#framer.bytes, this.#framer.start, this.#framer.end);
    }
  }

  #receiver(n: number): UpdateReceiver {
    const peer = this.#peer(n, false);
    const deaf = { onFault: () => {}, onExcessPaths: () => {}, onEndOfRib: () => {} };
    return new UpdateReceiver({ rib: this.#rib, peer, options: CODEC, ...deaf });
  }

  #peer(n: number, internal: boolean) {
    return this.#rib.addPeer({
      ...{ name: `rehearsal ${n}`, source: "bgp", internal, asNumber: asn(65000 + n), localAs: OWN_AS, allowOwnAs: 0 },
      ...{ routerId: routerId(n) as RouterId, address: IpAddress.v4(n), rrClient: false, importPolicy: null },
    });
  }

  #join(n: number, family: Family, internal: boolean, policy: Policy): void {
    const member: GroupMember = {
      peer: this.#peer(n, internal),
      write: (_chunk, _start, _end, flushed) => flushed(),
      backlog: 0,
    };
    this.#groups.join(member, {
      ...{ family, internal, rrClient: false, localAs: OWN_AS, nextHop: "auto", policy, selfAddress: addressOf(family, 1) },
      ...{ fourOctetAs: true, maxMessageLength: 4096, extendedNextHop: false, addPath: false, clusterId: null },
      routerId: routerId(1) as RouterId,
    });
  }
}

const ACCEPT_ALL: Policy = { name: "accept all", statements: [], otherwise: "accept" };
const SOME_INSIDE: Policy = {
  name: "as a node's",
  statements: [10, 172, 192].map((octet) => ({
    name: `inside ${octet}.0.0.0/8`,
    conditions: [{ type: "inside-any", cidrs: [Prefix.of(IpAddress.v4(octet << 24), 8)] }],
    modifications: [],
    verdict: "accept",
  })),
  otherwise: "accept",
};

const LENGTHS = { [Family.Ipv4Unicast]: [24, 22, 19, 16, 24], [Family.Ipv6Unicast]: [48, 44, 32, 29, 64] } as const;
const MARK = asn(0xfa57ba5e); // stands where each announcement has an AS number of its own

/** One UPDATE that becomes many: only the octets in which they differ are written, so that nothing is left for the collector. */
class Template {
  readonly bytes: Uint8Array;
  readonly #asAt: number;
  readonly #prefixesAt: number;
  readonly #changesAt: number; // octet of each prefix

  /** @param attributes null: a withdrawal */
  constructor(family: Family, attributes: AttributeSet | null) {
    const isIpv4 = family === Family.Ipv4Unicast;
    const prefixes = LENGTHS[family].map((length) => ({ prefix: Prefix.of(addressOf(family, 0), length) }));
    const announced = attributes === null ? [] : [{ family, attributes, prefixes }];
    const withdrawn = attributes === null ? prefixes : [];
    this.bytes = encodeMessage({ type: "update", withdrawn, announced, endOfRib: null, faults: [], action: "none" }, CODEC);
    const found = Buffer.from(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
    this.#asAt = found.indexOf(Buffer.from([0xfa, 0x57, 0xba, 0x5e]));
    this.#prefixesAt = found.indexOf(Buffer.from(isIpv4 ? [24, 10, 0, 0, 22] : [48, 0x20, 1, 13, 0xb8, 0, 0, 44]));
    this.#changesAt = isIpv4 ? 1 : 3;
  }

  /** The message for these numbers, until the next call. */
  fill(attributes: number, prefixes: number): Uint8Array {
    const { bytes } = this;
    if (this.#asAt >= 0) bytes.set([0, attributes >>> 16, attributes >>> 8, attributes], this.#asAt);
    let at = this.#prefixesAt;
    for (let i = 0; i < PREFIXES_PER_UPDATE; i++) {
      const n = prefixes * PREFIXES_PER_UPDATE + i;
      bytes[at + this.#changesAt] = 1 + (n >>> 8);
      bytes[at + this.#changesAt + 1] = n;
      at += 1 + ((bytes[at]! + 7) >> 3);
    }
    return bytes;
  }
}

/** The UPDATEs of one family: announcements with paths and communities of several lengths, and withdrawals. */
class Part {
  readonly #announcements: readonly Template[];
  readonly #withdrawal: Template;

  constructor(family: Family) {
    const nextHop = addressOf(family, 2);
    this.#announcements = Array.from({ length: 5 }, (_, i) => {
      const asns: Asn[] = [...Array.from({ length: i }, (_, hop) => asn(1000 + hop)), MARK];
      const communities = Array.from({ length: i % 3 }, (_, n) => 0xfde80000 + n);
      const asPath = [{ type: "sequence" as const, asns }];
      return new Template(family, { origin: 0, asPath, nextHop, ...(communities.length > 0 && { communities }) });
    });
    this.#withdrawal = new Template(family, null);
  }

  /** Three attribute lists in four are new, one comes again; every fourth message withdraws what came long before. */
  message(n: number): Uint8Array {
    if (n % 4 === 3 && n >= WITHDRAWN_LATER) return this.#withdrawal.fill(0, n - WITHDRAWN_LATER);
    return this.#announcements[n % this.#announcements.length]!.fill(n % 4 === 0 ? 0 : n, n);
  }
}

function addressOf(family: Family, n: number): IpAddress {
  return family === Family.Ipv4Unicast ? IpAddress.v4(0x0a000000 + n) : IpAddress.v6(0x20010db8, 0, 0, n);
}
