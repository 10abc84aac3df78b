import type { IpVersion } from "../../../protocol/net/ip-address.js";
import type { FieldReader } from "../field-reader.js";
import type { ResourceScope } from "../resource-scope.js";
import type { FilterRule, PrefixMatch } from "../resource-set.js";
import { cidr } from "../values/addresses.js";
import { interfaceGlob } from "../values/names.js";
import { integer, oneOf } from "../values/scalars.js";
import { CALICO_API_VERSIONS, type KindReader } from "./kind-reader.js";

const NOT_SUPPORTED = ["communities", "asPathPrefix", "priority", "operations"];

export const bgpFilter: KindReader<"BGPFilter"> = {
  kind: "BGPFilter",
  apiVersions: CALICO_API_VERSIONS,
  namespaced: false,
  read(resource, _metadata, scope) {
    const errors = scope.errors;
    const spec = resource.object("spec");
    const filter = {
      exportV4: readRules(spec, "exportV4", 4, scope),
      importV4: readRules(spec, "importV4", 4, scope),
      exportV6: readRules(spec, "exportV6", 6, scope),
      importV6: readRules(spec, "importV6", 6, scope),
    };
    spec?.finish();
    return scope.errors === errors ? filter : null;
  },
};

function readRules(spec: FieldReader | null, field: string, version: IpVersion, scope: ResourceScope): FilterRule[] {
  return (spec?.objects(field) ?? []).flatMap((rule) => readRule(rule, version, scope) ?? []);
}

function readRule(rule: FieldReader, version: IpVersion, scope: ResourceScope): FilterRule | null {
  const match = readMatch(rule, version);
  const source = rule.optional("source", oneOf("RemotePeers"));
  const interfaceName = rule.optional("interface", interfaceGlob);
  const peerType = rule.optional("peerType", oneOf("eBGP", "iBGP"));
  const action = rule.required("action", oneOf("Accept", "Reject"));
  for (const field of NOT_SUPPORTED) rule.refuse(field);
  rule.finish();
  if (action === null) return null;
  return { match, source, interface: interfaceName, peerType, action, cause: scope.causeAt(rule.span[0]) };
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
  if (prefixLength && operator?.endsWith("Equal")) {
    const outcome = operator === "Equal" ? "never" : "always";
    rule.warn("prefixLength", {
      message: `with matchOperator ${operator} the rule ${outcome} matches`,
      remedy: `use ${operator === "Equal" ? "In" : "NotIn"}`,
    });
  }
  return block && operator ? { cidr: block, operator, prefixLength } : null;
}

function readPrefixLength(rule: FieldReader, version: IpVersion): PrefixMatch["prefixLength"] {
  const reader = rule.object("prefixLength");
  if (!reader) return null;
  if (!rule.has("cidr")) rule.complain("prefixLength", { message: "needs a cidr", remedy: "add cidr and matchOperator" });
  const most = version === 4 ? 32 : 128;
  const min = reader.optional("min", integer(0, most));
  const max = reader.optional("max", integer(0, most));
  if (min !== null && max !== null && min > max)
    rule.warn("prefixLength", { message: `min ${min} is above max ${max}: no prefix is inside` });
  reader.finish();
  return min === null && max === null ? null : { min, max };
}
