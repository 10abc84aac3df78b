import { encodeAttributes } from "../../protocol/attributes/encode-attributes.js";
import { Family } from "../../protocol/net/address-family.js";
import type { IpAddress } from "../../protocol/net/ip-address.js";
import type { Prefix } from "../../protocol/net/prefix.js";
import { NextHopTable } from "../../rib/next-hop-table.js";
import { PolicyEvaluator } from "../../rib/policy/evaluate.js";
import type { Policy, RouteSource } from "../../rib/policy/policy.js";
import { AttributeSetTable } from "../../rib/store/attribute-set-table.js";
import { PrefixTable4, PrefixTable6 } from "../../rib/store/prefix-table.js";

/** A route as a case writes it. */
export interface CaseRoute {
  readonly prefix: Prefix;
  readonly source: RouteSource;
  readonly interface: string | null;
  readonly nextHop: IpAddress | null;
  readonly localPref: number;
}

export interface Outcome {
  readonly verdict: "accept" | "reject";
  readonly decidedBy: string | null; // the statement's name; null: none did
  readonly tags: readonly string[]; // communities that an accepted route carries
}

const SEED = 1;

/** What a policy makes of a route, by the evaluator that the daemon uses. */
export function evaluatePolicy(policy: Policy, route: CaseRoute): Outcome {
  const nextHops = new NextHopTable(SEED);
  const attributes = new AttributeSetTable({ seed: SEED, nextHops });
  const prefixes = route.prefix.family === Family.Ipv4Unicast ? new PrefixTable4(SEED) : new PrefixTable6(SEED);
  const bytes = encodeAttributes(
    { origin: 0, asPath: [], localPref: route.localPref, ...(route.nextHop === null ? {} : { nextHop: route.nextHop }) },
    route.prefix.family,
    { fourOctetAs: true },
  );
  const interfaceId = route.interface === null ? 0 : attributes.interfaces.idOf(route.interface);
  const set = attributes.intern(bytes, 0, bytes.length, { interfaceId });
  const { address, length } = route.prefix;
  const prefix = prefixes.intern(address.w0, address.w1, address.w2, address.w3, length);
  const evaluator = new PolicyEvaluator(policy, { attributes, prefixes, nextHops });
  const traced = evaluator.trace(prefix, set, route.source);
  const result = evaluator.evaluate(prefix, set, route.source);
  const { communities = [], largeCommunities = [] } = result === 0 ? {} : attributes.decode(result);
  return {
    verdict: result === 0 ? "reject" : "accept",
    decidedBy: traced.decidedBy,
    tags: [
      ...communities.map((value) => `${value >>> 16}:${value & 0xffff}`),
      ...largeCommunities.map((parts) => parts.join(":")),
    ],
  };
}
