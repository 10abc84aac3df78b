import type { FieldReader } from "../field-reader.js";
import type { ResourceScope } from "../resource-scope.js";
import type { BgpFilterSpec, FilterRule } from "../resource-set.js";
import { readFilterRule } from "./filter-rule.js";
import { CALICO_API_VERSIONS, type KindReader } from "./kind-reader.js";

export const bgpFilter: KindReader<"BGPFilter"> = {
  kind: "BGPFilter",
  apiVersions: CALICO_API_VERSIONS,
  namespaced: false,
  read(resource, _metadata, scope) {
    const errors = scope.errors;
    const spec = resource.object("spec");
    const filter = {
      exportV4: readRules(spec, "exportV4", scope),
      importV4: readRules(spec, "importV4", scope),
      exportV6: readRules(spec, "exportV6", scope),
      importV6: readRules(spec, "importV6", scope),
    };
    spec?.finish();
    return scope.errors === errors ? filter : null;
  },
};

function readRules(spec: FieldReader | null, list: keyof BgpFilterSpec, scope: ResourceScope): FilterRule[] {
  return (spec?.objects(list) ?? []).flatMap((rule) => readFilterRule(rule, list, scope) ?? []);
}
