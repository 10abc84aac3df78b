import type { BgpFilterSpec, BgpPeerSpec, Resource, SecretKeyReference } from "../resources/resource-set.js";
import { BGP_PORT, type ClusterNode, type ClusterView, familyOfAddress } from "./cluster-view.js";
import type { Peering } from "./explicit-peerings.js";
import { warning } from "./fault.js";
import type { MeshPeering } from "./mesh.js";
import type { Cause, PlanFault, SessionPlan, SessionType } from "./node-plan.js";
import type { PasswordPlanner } from "./password.js";
import type { RemoteEnd } from "./remote-end.js";
import type { PolicyPlanner } from "./session-policies.js";

const HOLD_TIME_SECONDS = 240;
const RESTART_TIME_SECONDS = 120;
const MULTIHOP_TTL = 64;
const GTSM_TTL = 255; // RFC 5082 §3

const NAME_PREFIXES: { readonly [type in SessionType]: string } = {
  mesh: "Mesh",
  global: "Global",
  node: "Node",
  workload: "Local_Workload",
};

/** What of a session does not come from its two ends. */
interface SessionOptions {
  readonly password: SecretKeyReference | null;
  readonly restartTimeSeconds: number | null;
  readonly keepaliveSeconds: number | null;
  readonly ttlSecurity: number | null;
  readonly isBound: boolean; // to the node's address
  readonly nextHop: (ibgp: boolean) => "auto" | "self" | "keep";
  readonly filters: readonly Resource<BgpFilterSpec>[];
  readonly passwordCause: Cause;
}

/** Turns peerings of one node into its sessions. */
export class SessionPlanner {
  readonly #view: ClusterView;
  readonly #local: ClusterNode;
  readonly #policies: Pick<PolicyPlanner, "plan">;
  readonly #passwords: PasswordPlanner;
  readonly #optionsOf = new Map<Resource<BgpPeerSpec>, SessionOptions>();
  readonly faults: PlanFault[] = [];

  constructor(view: ClusterView, local: ClusterNode, policies: Pick<PolicyPlanner, "plan">, passwords: PasswordPlanner) {
    this.#view = view;
    this.#local = local;
    this.#policies = policies;
    this.#passwords = passwords;
  }

  explicit({ type, peer, end }: Peering): SessionPlan {
    let options = this.#optionsOf.get(peer);
    if (options === undefined) {
      options = this.#peerOptions(peer);
      this.#optionsOf.set(peer, options);
    }
    return this.#session(type, end, options, peer.cause);
  }

  mesh(peerings: readonly MeshPeering[]): readonly SessionPlan[] {
    if (peerings.length === 0) return [];
    const options = this.#meshOptions();
    return peerings.map(({ node, end }) => this.#session("mesh", end, options, node.cause));
  }

  #session(type: SessionType, end: RemoteEnd, options: SessionOptions, cause: Cause): SessionPlan {
    const local = this.#local;
    const family = familyOfAddress(end.address);
    const own = local.endpoints[family]!; // peerings without one were left out
    const localAsNumber = end.localAsNumber ?? local.asNumber;
    const ibgp = end.asNumber === localAsNumber;
    return {
      name: nameOf(type, end),
      type,
      address: end.address,
      port: end.port ?? BGP_PORT,
      asNumber: end.asNumber,
      localAsNumber,
      ibgp,
      family,
      sourceAddress: options.isBound ? own.address : null,
      ttl: options.ttlSecurity === null ? MULTIHOP_TTL : GTSM_TTL,
      ttlSecurity: options.ttlSecurity,
      passive: isPassive(type, end, own.text),
      rrClient: ibgp && local.clusterId !== null && end.clusterId !== local.clusterId,
      nextHop: options.nextHop(ibgp),
      allowOwnAs: end.allowOwnAs,
      holdTimeSeconds: HOLD_TIME_SECONDS,
      keepaliveSeconds: options.keepaliveSeconds,
      restartTimeSeconds: options.restartTimeSeconds ?? RESTART_TIME_SECONDS,
      password: this.#passwords.plan(options.password, options.passwordCause),
      ...this.#policies.plan(family, ibgp, options.filters),
      addPath: false,
      cause,
    };
  }

  #peerOptions(peer: Resource<BgpPeerSpec>): SessionOptions {
    const { spec, cause } = peer;
    return {
      password: spec.password,
      restartTimeSeconds: spec.maxRestartTimeSeconds,
      keepaliveSeconds: spec.keepaliveTimeSeconds,
      ttlSecurity: spec.ttlSecurity,
      isBound: spec.sourceAddress === "UseNodeIP",
      nextHop: (ibgp) => nextHopOf(spec, ibgp),
      filters: this.#filters(peer),
      passwordCause: cause,
    };
  }

  #meshOptions(): SessionOptions {
    const { nodeMeshPassword, nodeMeshMaxRestartTimeSeconds } = this.#view.configuration;
    const cause = this.#view.set.bgpConfigurations.get("default")?.cause ?? this.#local.cause;
    return {
      password: nodeMeshPassword,
      restartTimeSeconds: nodeMeshMaxRestartTimeSeconds,
      keepaliveSeconds: null,
      ttlSecurity: null,
      isBound: true,
      nextHop: () => "auto",
      filters: [],
      passwordCause: cause,
    };
  }

  /** A filter that does not exist (any more) contributes nothing. */
  #filters(peer: Resource<BgpPeerSpec>): readonly Resource<BgpFilterSpec>[] {
    return peer.spec.filters.flatMap((name) => {
      const filter = this.#view.set.bgpFilters.get(name);
      if (filter !== undefined) return [filter];
      this.faults.push(warning(`BGPPeer ${peer.name}: there is no BGPFilter ${name}, going on without it`, peer.cause));
      return [];
    });
  }
}

/** The name that Calico gives the session in BIRD; a port stands in it when someone named one. */
function nameOf(type: SessionType, end: RemoteEnd): string {
  const name = `${NAME_PREFIXES[type]}_${end.text.replace(/[.:]/g, "_")}`;
  return type === "mesh" || end.port === null ? name : `${name}_port_${end.port}`;
}

/**
 * Of two nodes in a mesh the one whose address reads greater dials (reference 4.9). The comparison is of text, byte by
 * byte, as Calico nodes do it: with any other, both ends or none would dial.
 */
function isPassive(type: SessionType, end: RemoteEnd, ownText: string): boolean {
  return (type === "mesh" || (type === "global" && end.namesNode)) && end.text > ownText;
}

function nextHopOf(spec: BgpPeerSpec, ibgp: boolean): "auto" | "self" | "keep" {
  if (spec.nextHopMode === "Self") return "self";
  if (spec.nextHopMode === "Keep" || (spec.keepOriginalNextHop && !ibgp)) return "keep";
  return "auto";
}
