import type { IpVersion } from "../../../protocol/net/ip-address.js";
import type { FieldReader } from "../field-reader.js";
import type { ResourceScope } from "../resource-scope.js";
import type { BgpFilterSpec, Community, FilterRule, PrefixMatch } from "../resource-set.js";
import { cidr } from "../values/addresses.js";
import { asNumber } from "../values/as-number.js";
import { filterCommunity } from "../values/community.js";
import { interfaceGlob } from "../values/names.js";
import { routePriority } from "../values/route-priority.js";
import { integer, oneOf } from "../values/scalars.js";
import { readFilterOperations } from "./filter-operations.js";

/** Reads one rule of a BGPFilter (reference 1.3). */
export function readFilterRule(rule: FieldReader, list: keyof BgpFilterSpec, scope: ResourceScope): FilterRule | null {
  const match = readMatch(rule, list.endsWith("V4") ? 4 : 6);
  const source = rule.optional("source", oneOf("RemotePeers"));
  const interfaceName = rule.optional("interface", interfaceGlob);
  const peerType = rule.optional("peerType", oneOf("eBGP", "iBGP"));
  const community = readCommunity(rule);
  const asPathPrefix = rule.list("asPathPrefix", asNumber("refuse"));
  const priority = rule.optional("priority", routePriority);
  const action = rule.required("action", oneOf("Accept", "Reject"));
  const operations = readFilterOperations(rule, action);
  rule.finish();
  if (interfaceName !== null && list.startsWith("import")) {
    rule.warn("interface", {
      message: "the rule never matches: on import the outgoing interface of a route is not known yet",
      remedy: "remove the rule, or its interface",
    });
  }
  if (peerType === "eBGP" && list.startsWith("export") && operations.some(({ type }) => type === "setPriority")) {
    rule.warn("operations", { message: "setPriority has no effect towards eBGP peers: they are sent no LOCAL_PREF" });
  }
  if (action === null) return null;
  const conditions = { match, source, interface: interfaceName, peerType, community, asPathPrefix, priority };
  return { ...conditions, action, operations, cause: scope.causeAt(rule.span[0]) };
}

function readMatch(rule: FieldReader, version: IpVersion): PrefixMatch | null {
  const block = rule.optional("cidr", cidr(version));
  const operator = rule.optional("matchOperator", oneOf("Equal", "NotEqual", "In", "NotIn"));
  if (rule.has("cidr") && !rule.has("matchOperator")) {
    rule.complain("cidr", { message: "needs a matchOperator", remedy: "add matchOperator: Equal, NotEqual, In or NotIn" });
  }
  if (rule.has("matchOperator") && !rule.has("cidr"))
    rule.complain("matchOperator", { message: "needs a cidr", remedy: "add the cidr to compare with" });
  const prefixLength = readPrefixLength(rule, version);
  const match = block && operator ? { cidr: block, operator, prefixLength } : null;
  if (match !== null) warnOfEmptyRange(rule, match);
  return match;
}

function readPrefixLength(rule: FieldReader, version: IpVersion): PrefixMatch["prefixLength"] {
  const reader = rule.object("prefixLength");
  if (!reader) return null;
  if (!rule.has("cidr")) rule.complain("prefixLength", { message: "needs a cidr", remedy: "add cidr and matchOperator" });
  const most = version === 4 ? 32 : 128;
  const min = reader.optional("min", integer(0, most));
  const max = reader.optional("max", integer(0, most));
  reader.finish();
  return { min, max };
}

/** Calico takes these, and the rule does what nobody will have meant. */
function warnOfEmptyRange(rule: FieldReader, { cidr: block, operator, prefixLength }: PrefixMatch): void {
  if (prefixLength === null) return;
  const { min, max } = prefixLength;
  const outcome = operator.startsWith("Not") ? "always" : "never";
  if (operator.endsWith("Equal")) {
    const remedy = `use ${operator === "Equal" ? "In" : "NotIn"}`;
    rule.warn("prefixLength", { message: `with matchOperator ${operator} the rule ${outcome} matches`, remedy });
  } else if (min !== null && max !== null && min > max) {
    rule.warn("prefixLength", { message: `min ${min} is above max ${max}: no prefix is inside` });
  } else if (max !== null && max < block.length) {
    rule.warn("prefixLength", { message: `max ${max} is below the length of ${block}: no prefix is inside` });
  }
}

/** Calico has a list here that takes one value. */
function readCommunity(rule: FieldReader): Community | null {
  const reader = rule.object("communities");
  if (!reader) return null;
  const values = reader.list("values", filterCommunity);
  reader.checkCount("values", 1, 1);
  reader.finish();
  return values[0] ?? null;
}
