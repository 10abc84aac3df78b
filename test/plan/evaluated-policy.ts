import type { AttributeSet } from "../../protocol/attributes/attribute-set.js";
import { encodeAttributes } from "../../protocol/attributes/encode-attributes.js";
import { type Asn, asn } from "../../protocol/net/asn.js";
import type { IpAddress } from "../../protocol/net/ip-address.js";
import type { Prefix } from "../../protocol/net/prefix.js";
import { NextHopTable } from "../../rib/next-hop-table.js";
import { PolicyEvaluator } from "../../rib/policy/evaluate.js";
import type { Policy, RouteSource } from "../../rib/policy/policy.js";
import { AttributeSetTable } from "../../rib/store/attribute-set-table.js";
import { PrefixTable } from "../../rib/store/prefix-table.js";

/** A route as a case writes it. */
export interface CaseRoute {
  readonly prefix: Prefix;
  readonly source: RouteSource;
  readonly interface: string | null;
  readonly nextHop: IpAddress | null;
  readonly localPref: number;
  readonly asPath?: readonly number[]; // one AS_SEQUENCE
  readonly communities?: readonly number[];
  readonly largeCommunities?: readonly (readonly [number, number, number])[];
}

export interface Outcome {
  readonly verdict: "accept" | "reject";
  readonly decidedBy: string | null; // the statement's name; null: none did
  readonly tags: readonly string[]; // communities that an accepted route carries
  readonly isRaised: boolean; // in preference
  readonly hasOwnAs: boolean; // AS_PATH has our own AS in front already (see `PolicyEvaluator.prependsOwnAs`)
  readonly attributes: AttributeSet | null; // of an accepted route; null: it was rejected
}

const SEED = 1;

/** What a policy makes of a route, by the evaluator that the daemon uses. @param ownAs of an export to an eBGP peer */
export function evaluatePolicy(policy: Policy, route: CaseRoute, ownAs: Asn | null = null): Outcome {
  const nextHops = new NextHopTable(SEED);
  const attributes = new AttributeSetTable({ seed: SEED, nextHops });
  const prefixes = new PrefixTable(route.prefix.family, SEED);
  const bytes = encodeAttributes(attributesOf(route), route.prefix.family, { fourOctetAs: true });
  const interfaceId = route.interface === null ? 0 : attributes.interfaces.idOf(route.interface);
  const set = attributes.intern(bytes, 0, bytes.length, { interfaceId });
  const { address, length } = route.prefix;
  const prefix = prefixes.intern(address.w0, address.w1, address.w2, address.w3, length);
  const evaluator = new PolicyEvaluator(policy, { attributes, prefixes, nextHops }, ownAs);
  const traced = evaluator.trace(prefix, set, route.source);
  const result = evaluator.evaluate(prefix, set, route.source);
  const decoded = result === 0 ? null : attributes.decode(result);
  const { communities = [], largeCommunities = [] } = decoded ?? {};
  return {
    verdict: result === 0 ? "reject" : "accept",
    decidedBy: traced.decidedBy,
    tags: [
      ...communities.map((value) => `${value >>> 16}:${value & 0xffff}`),
      ...largeCommunities.map((parts) => parts.join(":")),
    ],
    isRaised: attributes.isRaised(result),
    hasOwnAs: evaluator.prependsOwnAs,
    attributes: decoded,
  };
}

function attributesOf({ asPath = [], localPref, nextHop, communities, largeCommunities }: CaseRoute): AttributeSet {
  return {
    origin: 0,
    asPath: asPath.length === 0 ? [] : [{ type: "sequence", asns: asPath.map(asn) }],
    localPref,
    ...(nextHop !== null && { nextHop }),
    ...(communities !== undefined && { communities }),
    ...(largeCommunities !== undefined && { largeCommunities }),
  };
}
