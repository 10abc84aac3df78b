import type { IpAddress } from "../protocol/net/ip-address.js";
import type { Prefix } from "../protocol/net/prefix.js";
import type { KernelMode } from "./kernel/kernel.js";

/** The daemon's command line, parsed. */
export interface RunOptions {
  readonly node: string;
  readonly resources: string; // directory
  readonly state: string; // directory
  readonly namespace: string; // of the node agent: where its Secrets are
  readonly control: string; // path of the control socket
  readonly api: { readonly host: string; readonly port: number } | null;
  readonly listenAddresses: readonly IpAddress[] | null; // null: those of the plan
  readonly port: number | null; // null: that of the plan
  readonly kernel: KernelMode;
  readonly routeProtocol: number;
  readonly flushOnExit: boolean;
  readonly strictSecrets: boolean;
  readonly routePriorities: boolean;
  readonly routerId: string; // the value of CALICO_ROUTER_ID
  readonly endpointStatusPrefix: string; // the directory in which Felix has its endpoint-status
  readonly advertiseClusterIps: Prefix | null; // that of CALICO_ADVERTISE_CLUSTER_IPS; null: unset
}
