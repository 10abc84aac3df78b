import type { Family } from "../../protocol/net/address-family.js";
import type { Condition, Modification, Policy, Statement } from "../../rib/policy/policy.js";
import type { BgpFilterSpec, IpPoolSpec, PrefixAdvertisement, Resource } from "../resources/resource-set.js";
import type { ClusterNode, ClusterView } from "./cluster-view.js";
import { placeOf } from "./fault.js";
import { type FilterList, filterStatements } from "./filter-statements.js";
import { programsIpip } from "./kernel-rules.js";
import type { NormalPriority } from "./node-plan.js";
import type { OwnBlock } from "./own-blocks.js";
import { localPrefOf } from "./route-priority.js";
import type { NamedRange, ServiceRoutes } from "./service-routes.js";

/** The policies of a session and the filters that have a part in them. */
export interface SessionPolicies {
  readonly importFilters: readonly string[];
  readonly exportFilters: readonly string[];
  readonly importPolicy: Policy;
  readonly exportPolicy: Policy;
}

/** What the policies of a node follow from. */
export interface PolicyParts {
  readonly view: ClusterView;
  readonly local: ClusterNode;
  readonly blocks: readonly OwnBlock[];
  readonly services: ServiceRoutes;
  readonly priority: NormalPriority | null; // null: routes carry none
}

/** Makes the policies of one node's sessions; those of the same family, peer type and filters share one. */
export class PolicyPlanner {
  readonly #view: ClusterView;
  readonly #local: ClusterNode;
  readonly #blocks: readonly OwnBlock[];
  readonly #services: ServiceRoutes;
  readonly #priority: NormalPriority | null;
  readonly #known = new Map<string, SessionPolicies>();

  constructor({ view, local, blocks, services, priority }: PolicyParts) {
    this.#view = view;
    this.#local = local;
    this.#blocks = blocks;
    this.#services = services;
    this.#priority = priority;
  }

  /** @param filters BGPFilters in the order of the peer's list */
  plan(family: Family, ibgp: boolean, filters: readonly Resource<BgpFilterSpec>[]): SessionPolicies {
    const key = `${family} ${ibgp} ${filters.map((filter) => filter.name).join(" ")}`;
    let policies = this.#known.get(key);
    if (policies === undefined) {
      policies = this.#make(family, ibgp, filters);
      this.#known.set(key, policies);
    }
    return policies;
  }

  #make(family: Family, ibgp: boolean, filters: readonly Resource<BgpFilterSpec>[]): SessionPolicies {
    const peerType = ibgp ? "iBGP" : "eBGP";
    const version = family === "ipv4-unicast" ? "V4" : "V6";
    const statements = (list: FilterList) => filters.flatMap((filter) => filterStatements(filter, list, peerType));
    const names = (list: FilterList) => filters.filter((filter) => filter.spec[list].length > 0).map((filter) => filter.name);
    const importFilters = names(`import${version}`);
    const exportFilters = names(`export${version}`);
    return {
      importFilters,
      exportFilters,
      importPolicy: {
        name: policyName(`import ${family} ${peerType}`, importFilters),
        statements: [...statements(`import${version}`), ...(ibgp ? this.#raisedPriority(family).map(raiseStatement) : [])],
        otherwise: "accept",
      },
      exportPolicy: {
        name: policyName(`export ${family} ${peerType}`, exportFilters),
        statements: [...statements(`export${version}`), ...this.#builtInExport(family, ibgp)],
        otherwise: "reject",
      },
    };
  }

  /** That a route is better than the workloads of this family usually are; external peers cannot say so (RFC 4271 §5.1.5). */
  #raisedPriority(family: Family): readonly Condition[] {
    if (this.#priority === null) return [];
    return [{ type: "local-pref", operator: "above", value: localPrefOf(this.#priority[family]) }];
  }

  /** What follows the filters, in the order of reference 5.3. */
  #builtInExport(family: Family, ibgp: boolean): readonly Statement[] {
    const pools = [...this.#view.set.ipPools.values()].filter(({ spec }) => spec.cidr.family === family);
    return [
      ...pools.filter(({ spec }) => spec.disableBgpExport).map((pool) => poolStatement(pool, "reject")),
      ...this.#interfaceStatements(ibgp),
      ...this.#advertisements(family).map(communityStatement),
      ...this.#blocks.filter((block) => block.aggregates && block.cidr.family === family).flatMap(this.#blockStatements),
      ...serviceStatements(this.#services, family),
      ...pools.filter(({ spec }) => !spec.disableBgpExport).map((pool) => poolStatement(pool, "accept")),
    ];
  }

  /** Routes into tunnels are another's to announce; while we make the ones through tunl0 ourselves they may leave. */
  #interfaceStatements(ibgp: boolean): readonly Statement[] {
    const tunl0 = programsIpip(this.#view.configuration.programClusterRoutes) ? [] : ["tunl0"];
    const tunnels = interfaceStatement("tunnel routes stay out of iBGP", ["*.cali", "*.calico", ...tunl0]);
    return [...(ibgp ? [tunnels] : []), interfaceStatement("routes of BPF interfaces stay home", ["bpf*.cali"])];
  }

  /** A node's own list, once it has an entry, replaces the default one in both families. */
  #advertisements(family: Family): readonly PrefixAdvertisement[] {
    const own = this.#view.set.bgpConfigurations.get(`node.${this.#local.name}`)?.spec.prefixAdvertisements ?? [];
    const all = own.length > 0 ? own : this.#view.configuration.prefixAdvertisements;
    return all.filter(
      ({ cidr, communities, largeCommunities }) => cidr.family === family && communities.length + largeCommunities.length > 0,
    );
  }

  /** The block itself leaves; what is inside stays home, but for workloads of raised priority (live migration). */
  readonly #blockStatements = ({ cidr, cause }: OwnBlock): readonly Statement[] => {
    const name = `own block ${cidr} (${placeOf(cause)})`;
    const inside: Condition = { type: "inside-any", cidrs: [cidr] };
    const same: Condition = {
      type: "prefix",
      cidr,
      operator: "equal",
      not: false,
      minLength: cidr.length,
      maxLength: cidr.length,
    };
    return [
      statement(name, [same], "accept"),
      ...this.#raisedPriority(cidr.family).map((raised) => statement(`${name}: raised priority`, [inside, raised], "accept")),
      statement(`${name}: inside`, [inside], "reject"),
    ];
  };
}

/** Policies of a plan that have the same name are the same. */
function policyName(what: string, filters: readonly string[]): string {
  return filters.length === 0 ? what : `${what} with ${filters.join(", ")}`;
}

/** A workload that is on its way to another node is preferred there, while our kernel still has a route to it (reference 5.5). */
function raiseStatement(raised: Condition): Statement {
  const name = "routes of raised priority are preferred as static ones are";
  return { name, conditions: [raised], modifications: [{ type: "raise-preference" }], verdict: "next" };
}

/** Our own service routes and what lies inside them, then what a route reflector passes on. */
function serviceStatements({ advertised, apart, passedOn }: ServiceRoutes, family: Family): readonly Statement[] {
  const ofFamily = (ranges: readonly NamedRange[]) => ranges.filter(({ cidr }) => cidr.family === family);
  const single = apart.filter((prefix) => prefix.family === family);
  return [
    ...ofFamily(advertised).map((range) => statement(rangeName(range), [{ type: "inside-any", cidrs: [range.cidr] }], "accept")),
    ...(single.length === 0 ? [] : [statement("addresses of Services", [{ type: "inside-any", cidrs: single }], "accept")]),
    ...ofFamily(passedOn).map((range) =>
      statement(`route reflector: ${rangeName(range)}`, [{ type: "inside-any", cidrs: [range.cidr] }], "accept"),
    ),
  ];
}

function rangeName({ field, cidr, cause }: NamedRange): string {
  return `${cause.kind} ${cause.name} ${field} ${cidr} (${placeOf(cause)})`;
}

function poolStatement({ name, spec, cause }: Resource<IpPoolSpec>, verdict: "accept" | "reject"): Statement {
  const why = spec.disableBgpExport ? "disableBGPExport" : "pool";
  return statement(
    `IPPool ${name} ${why} ${spec.cidr} (${placeOf(cause)})`,
    [{ type: "inside-any", cidrs: [spec.cidr] }],
    verdict,
  );
}

function interfaceStatement(name: string, globs: readonly string[]): Statement {
  return statement(`${name} (${globs.join(", ")})`, [{ type: "interface", globs }], "reject");
}

function communityStatement({ cidr, communities, largeCommunities, cause }: PrefixAdvertisement): Statement {
  const modifications: Modification[] = [];
  if (communities.length > 0) modifications.push({ type: "add-communities", communities });
  if (largeCommunities.length > 0) modifications.push({ type: "add-large-communities", communities: largeCommunities });
  return {
    name: `${cause.kind} ${cause.name} prefixAdvertisements ${cidr} (${placeOf(cause)})`,
    conditions: [{ type: "inside-any", cidrs: [cidr] }],
    modifications,
    verdict: "next",
  };
}

function statement(name: string, conditions: readonly Condition[], verdict: "accept" | "reject"): Statement {
  return { name, conditions, modifications: [], verdict };
}
