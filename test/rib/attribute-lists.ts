import type { AttributeSet, Origin } from "../../protocol/attributes/attribute-set.js";
import { encodeAttributes } from "../../protocol/attributes/encode-attributes.js";
import { Family } from "../../protocol/net/address-family.js";
import { type Asn, asn } from "../../protocol/net/asn.js";
import type { IpAddress } from "../../protocol/net/ip-address.js";
import type { Prefix } from "../../protocol/net/prefix.js";
import { parseIpAddress, parsePrefix, parseRouterId } from "../../protocol/net/text.js";

/** What tests write down of a path; everything absent is a plain external route. */
export interface PathText {
  readonly origin?: Origin;
  readonly path?: readonly number[]; // one AS_SEQUENCE
  readonly segments?: AttributeSet["asPath"]; // instead of `path`
  readonly nextHop?: string;
  readonly med?: number;
  readonly localPref?: number;
  readonly communities?: readonly number[];
  readonly originatorId?: string;
  readonly clusterList?: readonly number[];
  readonly isRaised?: boolean; // in preference, by import
}

export function address(text: string): IpAddress {
  const parsed = parseIpAddress(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

export function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

export function identifier(text: string) {
  const parsed = parseRouterId(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

export function sequence(asns: readonly number[]): { type: "sequence"; asns: Asn[] }[] {
  return asns.length === 0 ? [] : [{ type: "sequence", asns: asns.map(asn) }];
}

export function attributeSet(text: PathText): AttributeSet {
  return {
    origin: text.origin ?? 0,
    asPath: text.segments ?? sequence(text.path ?? [65001]),
    nextHop: address(text.nextHop ?? "192.0.2.1"),
    ...(text.med !== undefined && { multiExitDisc: text.med }),
    ...(text.localPref !== undefined && { localPref: text.localPref }),
    ...(text.communities !== undefined && { communities: text.communities }),
    ...(text.originatorId !== undefined && { originatorId: identifier(text.originatorId) }),
    ...(text.clusterList !== undefined && { clusterList: text.clusterList }),
  };
}

/** The canonical attribute list of a path. */
export function attributeList(text: PathText, family: Family = Family.Ipv4Unicast): Uint8Array {
  return encodeAttributes(attributeSet(text), family, { fourOctetAs: true });
}
