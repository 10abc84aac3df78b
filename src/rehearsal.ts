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

  #play(n: number): void {
    const bytes = updateOf(n);
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

/** Every fourth withdraws what came long before; the families alternate in runs. */
function updateOf(n: number): Uint8Array {
  const family = (n >> 6) % 2 === 0 ? Family.Ipv4Unicast : Family.Ipv6Unicast;
  const isWithdrawal = n % 4 === 3 && n >= 1024;
  const prefixes = Array.from({ length: PREFIXES_PER_UPDATE }, (_, i) => {
    return { prefix: prefixOf(family, (isWithdrawal ? n - 1024 : n) * PREFIXES_PER_UPDATE + i) };
  });
  const announced = isWithdrawal ? [] : [{ family, attributes: attributesOf(family, n), prefixes }];
  const withdrawn = isWithdrawal ? prefixes : [];
  return encodeMessage({ type: "update", withdrawn, announced, endOfRib: null, faults: [], action: "none" }, CODEC);
}

function prefixOf(family: Family, n: number): Prefix {
  const word = Math.imul(n, 0x9e3779b1);
  if (family === Family.Ipv4Unicast) return Prefix.of(IpAddress.v4(word), 16 + (n % 9));
  return Prefix.of(IpAddress.v6(0x20010000 | (word & 0xffff), word, 0, 0), 32 + (n % 33));
}

/** Three lists in four are new, one comes again. */
function attributesOf(family: Family, n: number): AttributeSet {
  const kind = n % 4 === 0 ? 0 : n;
  const asns: Asn[] = Array.from({ length: 1 + (kind % 5) }, (_, i) => asn(1000 + ((kind * 7 + i) % 60_000)));
  const communities = Array.from({ length: kind % 3 }, (_, i) => 0xfde80000 + kind + i);
  return {
    origin: 0,
    asPath: [{ type: "sequence", asns }],
    nextHop: addressOf(family, 2),
    ...(communities.length > 0 && { communities }),
  };
}

function addressOf(family: Family, n: number): IpAddress {
  return family === Family.Ipv4Unicast ? IpAddress.v4(0x0a000000 + n) : IpAddress.v6(0x20010db8, 0, 0, n);
}
