import type { Family } from "../../protocol/net/address-family.js";
import type { Asn } from "../../protocol/net/asn.js";
import type { IpAddress } from "../../protocol/net/ip-address.js";
import type { Prefix } from "../../protocol/net/prefix.js";
import type { RouterId } from "../../protocol/net/router-id.js";
import type { Policy } from "../../rib/policy/policy.js";

/** The place in a resource file that made something so; `line` is 1-based. */
export interface Cause {
  readonly kind: string;
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

/** Everything one node has to do, worked out from a ResourceSet by `resolve()`. Plain data: comparable, printable. */
export interface NodePlan {
  readonly node: string;
  readonly asNumber: Asn;
  readonly routerId: RouterId;
  readonly clusterId: RouterId | null; // set: this node is a route reflector (RFC 4456)
  readonly listen: readonly ListenAddress[];
  readonly sessions: readonly SessionPlan[]; // ordered by name
  readonly originated: readonly OriginatedPrefix[]; // each prefix once, by prefix
  readonly hostRoutes: readonly HostRoute[];
  readonly localRoutes: LocalRoutesPlan;
  readonly kernelRules: readonly KernelRule[]; // first match wins; no match: program
  readonly wireguardNodes: readonly WireguardNode[]; // routes with such a next hop are Felix's, whatever the rules say
  readonly faults: readonly PlanFault[]; // what could not be done, or deserves a warning
}

export interface ListenAddress {
  readonly address: IpAddress; // 0.0.0.0 and :: for every address
  readonly port: number;
}

export type SessionType = "mesh" | "global" | "node" | "workload";

/** One BGP session this node must hold (reference section 4). */
export interface SessionPlan {
  readonly name: string; // e.g. Mesh_10_0_0_12, Global_192_20_30_40_port_1179
  readonly type: SessionType;
  readonly address: IpAddress; // the peer's
  readonly port: number; // the peer's TCP port that we dial
  readonly asNumber: Asn; // the peer's
  readonly localAsNumber: Asn; // ours on this session
  readonly ibgp: boolean; // asNumber === localAsNumber
  readonly family: Family; // one family a session, that of `address`
  readonly sourceAddress: IpAddress | null; // null: the kernel chooses
  readonly ttl: number; // of packets we send
  readonly ttlSecurity: number | null; // GTSM hop count (RFC 5082); null: off
  readonly passive: boolean; // never dials
  readonly rrClient: boolean; // RFC 4456
  readonly nextHop: "auto" | "self" | "keep";
  readonly allowOwnAs: number; // own AS tolerated this many times in a received AS_PATH
  readonly holdTimeSeconds: number;
  readonly keepaliveSeconds: number | null; // null: a third of the negotiated hold time
  readonly restartTimeSeconds: number; // how long peers are asked to keep our routes (RFC 4724)
  readonly password: PasswordReference | null;
  readonly importFilters: readonly string[]; // BGPFilter names with rules for this direction and family, in order
  readonly exportFilters: readonly string[];
  readonly importPolicy: Policy;
  readonly exportPolicy: Policy;
  readonly addPath: boolean;
  readonly cause: Cause;
}

/** Where a password is; its value is looked up by `passwordOf(ResourceSet, reference)` and never stands in a plan. */
export interface PasswordReference {
  readonly secret: string;
  readonly key: string;
  readonly missing: boolean; // the Secret or the key is not there: session without a password
  readonly digest: string | null; // changes when the value does; says nothing about it
}

/**
 * A route of our own.
 *
 *   block    addresses that this node hands out; in the kernel a blackhole, so that traffic to free ones does not loop
 *   service  addresses of Services, or a range of them; never in the kernel, where it would be in the way of their translation
 */
export interface OriginatedPrefix {
  readonly type: "block" | "service";
  readonly prefix: Prefix;
  readonly cause: Cause;
}

/** How a peer is reached: a route of our own into the kernel, told to nobody. */
export interface HostRoute {
  readonly prefix: Prefix; // the peer's address alone
  readonly gateway: IpAddress;
  readonly cause: Cause;
}

/** Which of the kernel's routes become candidates for export (reference 5.1), and at which priority. */
export interface LocalRoutesPlan {
  readonly ignoredInterfaces: readonly string[]; // globs: their connected prefixes are not read
  readonly normalPriority: NormalPriority | null; // null: routes carry no priority, see route-priority.ts
}

/** The priority of a route whose metric is not set, by family. */
export type NormalPriority = { readonly [family in Family]: number };

/** What to do in the kernel with a BGP route inside `cidr` (reference 5.6). */
export interface KernelRule {
  readonly cidr: Prefix;
  readonly action: "skip" | "plain" | "tunnel" | "tunnel-unless-subnet"; // tunnel: by tunl0, onlink
  readonly subnet: Prefix | null; // for tunnel-unless-subnet: next hops inside are reached plainly
  readonly cause: Cause;
}

/** Another node that runs WireGuard in a family in which this node does, at its BGP address of that family. */
export interface WireguardNode {
  readonly address: IpAddress;
  readonly cause: Cause;
}

export interface PlanFault {
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly cause: Cause | null;
}
