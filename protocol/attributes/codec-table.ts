import { aggregator, as4Aggregator, atomicAggregate } from "./aggregator.js";
import { as4Path, asPath } from "./as-path.js";
import type { AttributeCodec } from "./attribute-codec.js";
import { communities } from "./communities.js";
import { extendedCommunities, ipv6ExtendedCommunities } from "./extended-communities.js";
import { largeCommunities } from "./large-communities.js";
import { localPref } from "./local-pref.js";
import { multiExitDisc } from "./multi-exit-disc.js";
import { mpReachNlri } from "./multiprotocol.js";
import { nextHop } from "./next-hop.js";
import { onlyToCustomer } from "./only-to-customer.js";
import { origin } from "./origin.js";
import { clusterList, originatorId } from "./route-reflection.js";

/** Every attribute we know, by ascending type code. MP_UNREACH_NLRI is none of a route: `messages/update-reader.ts` reads it. */
export const ATTRIBUTE_CODECS: readonly AttributeCodec[] = [
  origin,
  asPath,
  nextHop,
  multiExitDisc,
  localPref,
  atomicAggregate,
  aggregator,
  communities,
  originatorId,
  clusterList,
  mpReachNlri,
  extendedCommunities,
  as4Path,
  as4Aggregator,
  ipv6ExtendedCommunities,
  largeCommunities,
  onlyToCustomer,
];

const byCode: (AttributeCodec | undefined)[] = new Array(256).fill(undefined);
for (const codec of ATTRIBUTE_CODECS) byCode[codec.code] = codec;

/** The row of a type code, or undefined when we do not know the attribute. */
export function codecOf(code: number): AttributeCodec | undefined {
  return byCode[code];
}
