import { resourceName } from "../values/names.js";
import { integer, oneOf } from "../values/scalars.js";
import { CALICO_API_VERSIONS, type KindReader, requiredSpec } from "./kind-reader.js";

const SECONDS_A_DAY = 86_400;

/** What a node is asked to report of itself, and how often (reference section 7); what it has reported is not read. */
export const calicoNodeStatus: KindReader<"CalicoNodeStatus"> = {
  kind: "CalicoNodeStatus",
  apiVersions: CALICO_API_VERSIONS,
  namespaced: false,
  read(resource, _metadata, scope) {
    const errors = scope.errors;
    resource.ignore("status");
    const spec = requiredSpec(resource);
    if (!spec) return null;
    const node = spec.required("node", resourceName);
    const classes = spec.list("classes", oneOf("Agent", "BGP", "Routes"));
    if (!spec.has("classes")) spec.complain("classes", { message: "is required", allowed: "a list of Agent, BGP, Routes" });
    spec.refuseDuplicates("classes", classes);
    const updatePeriodSeconds = spec.required("updatePeriodSeconds", integer(0, SECONDS_A_DAY));
    spec.mark("node");
    spec.finish();
    if (scope.errors !== errors || node === null || updatePeriodSeconds === null) return null;
    return { node, classes, updatePeriodSeconds };
  },
};
