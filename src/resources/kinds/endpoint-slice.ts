import type { FieldReader } from "../field-reader.js";
import { boolean, oneOf, text } from "../values/scalars.js";
import { type KindReader, qualifiedName } from "./kind-reader.js";

const SERVICE_LABEL = "kubernetes.io/service-name";
const IP_VERSIONS = { IPv4: 4, IPv6: 6, FQDN: null } as const;

/** The EndpointSlice of Kubernetes: where a Service has endpoints that are ready. */
export const endpointSlice: KindReader<"EndpointSlice"> = {
  kind: "EndpointSlice",
  apiVersions: ["discovery.k8s.io/v1"],
  namespaced: true,
  isForeign: true,
  nameOf: qualifiedName,
  read(resource, metadata, scope) {
    const errors = scope.errors;
    const addressType = resource.required("addressType", oneOf("IPv4", "IPv6", "FQDN"));
    const ready = resource
      .objects("endpoints")
      .map(readEndpoint)
      .filter(({ isReady }) => isReady);
    const service = metadata.labels.get(SERVICE_LABEL);
    if (scope.errors !== errors || addressType === null) return null;
    return {
      service: service ? qualifiedName({ ...metadata, name: service }) : null,
      ipVersion: IP_VERSIONS[addressType],
      isReady: ready.length > 0,
      readyOn: [...new Set(ready.flatMap(({ nodeName }) => nodeName ?? []))],
    };
  },
};

/** Nothing said about readiness is taken for ready. */
function readEndpoint(endpoint: FieldReader) {
  return {
    isReady: endpoint.object("conditions")?.optional("ready", boolean) ?? true,
    nodeName: endpoint.optional("nodeName", text),
  };
}
