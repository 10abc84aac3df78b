import type { BgpFilterSpec, BgpPeerSpec, Resource } from "../resources/resource-set.js";
import { BGP_PORT, type ClusterNode, type ClusterView, familyOfAddress } from "./cluster-view.js";
import type { Peering } from "./explicit-peerings.js";
import { warning } from "./fault.js";
import type { MeshPeering } from "./mesh.js";
import type { Cause, PlanFault, SessionPlan, SessionType } from "./node-plan.js";
import { type PlannedPassword, planPassword } from "./password.js";
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

/** A workload dials in to whatever address of the node Felix has shown it; of the other options filters alone hold. */
const OF_WORKLOADS = {
  password: null,
  maxRestartTimeSeconds: null,
  keepaliveTimeSeconds: null,
  ttlSecurity: null,
  sourceAddress: "None",
  nextHopMode: "Auto",
  keepOriginalNextHop: false,
} as const satisfies Partial<BgpPeerSpec>;

/** What of a session does not come from its two ends. */
interface SessionOptions {
  readonly password: PlannedPassword;
  readonly restartTimeSeconds: number | null;
  readonly keepaliveSeconds: number | null;
  readonly ttlSecurity: number | null;
  readonly isBound: boolean; // to the node's address
  readonly nextHop: (ibgp: boolean) => "auto" | "self" | "keep";
  readonly filters: readonly Resource<BgpFilterSpec>[];
  readonly faults: readonly PlanFault[];
  readonly known: { [type in SessionType]?: WeakMap<RemoteEnd, SessionPlan> };
}

/** What a SessionPlanner works from; a password that is missing refuses the plan where secrets are strict. */
export interface SessionParts {
  readonly view: ClusterView;
  readonly local: ClusterNode;
  readonly policies: Pick<PolicyPlanner, "plan">;
  readonly strictSecrets: boolean;
}

/**
 * Turns peerings of one node into its sessions. What it is asked again it answers with the same session, so that it
 * serves as long as no more changes than nodes and BGPPeers.
 */
export class SessionPlanner {
  readonly #parts: SessionParts;
  readonly #optionsOf = new WeakMap<Resource<BgpPeerSpec>, SessionOptions>();
  #meshOptions: SessionOptions | null = null;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  explicit({ type, peer, end }: Peering): SessionPlan {
    return this.#session(type, end, this.#optionsFor(peer), peer.cause);
  }

  mesh({ node, end }: MeshPeering): SessionPlan {
    return this.#session("mesh", end, this.#optionsForMesh(), node.cause);
  }

  /** What is wrong with filters and passwords of the BGPPeers, or of the mesh, that these peerings come from. */
  faults(explicit: readonly Peering[], mesh: readonly MeshPeering[]): Pick<PlannedPassword, "faults" | "missing"> {
    const peers = new Set(explicit.map(({ peer }) => peer));
    const options = [
      ...Array.from(peers, (peer) => this.#optionsFor(peer)),
      ...(mesh.length > 0 ? [this.#optionsForMesh()] : []),
    ];
    return {
      faults: [...options.flatMap(({ faults }) => faults), ...options.flatMap(({ password }) => password.faults)],
      missing: options.flatMap(({ password }) => password.missing),
    };
  }

  #session(type: SessionType, end: RemoteEnd, options: SessionOptions, cause: Cause): SessionPlan {
    options.known[type] ??= new WeakMap();
    const known = options.known[type];
    let session = known.get(end);
    if (session === undefined) {
      session = this.#makeSession(type, end, options, cause);
      known.set(end, session);
    }
    return session;
  }

  #makeSession(type: SessionType, end: RemoteEnd, options: SessionOptions, cause: Cause): SessionPlan {
    const { local, policies } = this.#parts;
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
      password: options.password.reference,
      ...policies.plan(family, ibgp, options.filters),
      addPath: true, // as Calico: send and receive on every session (reference 4.14)
      cause,
    };
  }

  #optionsFor(peer: Resource<BgpPeerSpec>): SessionOptions {
    let options = this.#optionsOf.get(peer);
    if (options === undefined) {
      options = this.#peerOptions(peer);
      this.#optionsOf.set(peer, options);
    }
    return options;
  }

  #optionsForMesh(): SessionOptions {
    this.#meshOptions ??= this.#makeMeshOptions();
    return this.#meshOptions;
  }

  #peerOptions(peer: Resource<BgpPeerSpec>): SessionOptions {
    const { view, strictSecrets } = this.#parts;
    const { cause } = peer;
    const spec = peer.spec.localWorkloadSelector === null ? peer.spec : { ...peer.spec, ...OF_WORKLOADS };
    const faults: PlanFault[] = [];
    return {
      password: planPassword(view.set, spec.password, cause, strictSecrets),
      restartTimeSeconds: spec.maxRestartTimeSeconds,
      keepaliveSeconds: spec.keepaliveTimeSeconds,
      ttlSecurity: spec.ttlSecurity,
      isBound: spec.sourceAddress === "UseNodeIP",
      nextHop: (ibgp) => nextHopOf(spec, ibgp),
      filters: this.#filters(peer, faults),
      faults,
      known: {},
    };
  }

  #makeMeshOptions(): SessionOptions {
    const { view, local, strictSecrets } = this.#parts;
    const { nodeMeshPassword, nodeMeshMaxRestartTimeSeconds } = view.configuration;
    const cause = view.set.bgpConfigurations.get("default")?.cause ?? local.cause;
    return {
      password: planPassword(view.set, nodeMeshPassword, cause, strictSecrets),
      restartTimeSeconds: nodeMeshMaxRestartTimeSeconds,
      keepaliveSeconds: null,
      ttlSecurity: null,
      isBound: true,
      nextHop: () => "auto",
      filters: [],
      faults: [],
      known: {},
    };
  }

  /** A filter that does not exist (any more) contributes nothing. */
  #filters(peer: Resource<BgpPeerSpec>, faults: PlanFault[]): readonly Resource<BgpFilterSpec>[] {
    return peer.spec.filters.flatMap((name) => {
      const filter = this.#parts.view.set.bgpFilters.get(name);
      if (filter !== undefined) return [filter];
      faults.push(warning(`BGPPeer ${peer.name}: there is no BGPFilter ${name}, going on without it`, peer.cause));
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
 * A workload dials, and we wait. Of two nodes in a mesh the one whose address reads greater dials (reference 4.9). The comparison is of text, byte by
 * byte, as Calico nodes do it: with any other, both ends or none would dial.
 */
function isPassive(type: SessionType, end: RemoteEnd, ownText: string): boolean {
  return type === "workload" || ((type === "mesh" || (type === "global" && end.namesNode)) && end.text > ownText);
}

function nextHopOf(spec: BgpPeerSpec, ibgp: boolean): "auto" | "self" | "keep" {
  if (spec.nextHopMode === "Self") return "self";
  if (spec.nextHopMode === "Keep" || (spec.keepOriginalNextHop && !ibgp)) return "keep";
  return "auto";
}
