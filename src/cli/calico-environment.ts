import type { Prefix } from "../../protocol/net/prefix.js";
import { parsePrefix } from "../../protocol/net/text.js";
import { UsageError } from "./fail.js";

/** What Calico's node agent takes from its environment, under Calico's names. */
export interface CalicoEnvironment {
  readonly namespace: string; // of the node agent: where its Secrets are
  readonly routerId: string; // a dotted quad, "hash", or empty
  readonly endpointStatusPrefix: string; // the directory in which Felix has its endpoint-status
  readonly advertiseClusterIps: Prefix | null; // in place of BGPConfiguration serviceClusterIPs
}

/** @throws UsageError when CALICO_ADVERTISE_CLUSTER_IPS is no CIDR */
export function calicoEnvironment(env: NodeJS.ProcessEnv = process.env): CalicoEnvironment {
  return {
    namespace: env["NAMESPACE"] ?? "kube-system",
    routerId: env["CALICO_ROUTER_ID"] ?? "",
    endpointStatusPrefix: env["CALICO_ENDPOINT_STATUS_PATH_PREFIX"] || "/var/run/calico",
    advertiseClusterIps: parseRange(env["CALICO_ADVERTISE_CLUSTER_IPS"] ?? ""),
  };
}

function parseRange(text: string): Prefix | null {
  if (text === "") return null;
  const range = parsePrefix(text);
  if (range.ok) return range.value;
  throw new UsageError(`CALICO_ADVERTISE_CLUSTER_IPS: ${range.error}; write one block such as 10.96.0.0/12, or unset it.`);
}
