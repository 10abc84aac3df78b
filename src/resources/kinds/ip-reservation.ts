import { looseCidr } from "../values/addresses.js";
import { CALICO_API_VERSIONS, type KindReader } from "./kind-reader.js";

/** Addresses that Calico hands out to nobody; of no consequence to routes (reference 1.6). */
export const ipReservation: KindReader<"IPReservation"> = {
  kind: "IPReservation",
  apiVersions: CALICO_API_VERSIONS,
  namespaced: false,
  read(resource, _metadata, scope) {
    const errors = scope.errors;
    const spec = resource.object("spec");
    const reservedCidrs = spec?.list("reservedCIDRs", looseCidr) ?? [];
    spec?.refuseDuplicates("reservedCIDRs", reservedCidrs.map(String));
    spec?.finish();
    return scope.errors === errors ? { reservedCidrs } : null;
  },
};
