import { crossCheck } from "./cross-check.js";
import type { ParsedFile } from "./parse-file.js";
import { type Complaint, compareFaults, type FaultPlace, faultAt, type ResourceFault } from "./resource-fault.js";
import type { ReadResource } from "./resource-reader.js";
import type { Kind, NodeSpec, Resource, ResourceSet } from "./resource-set.js";

/** What a directory holds. When `faults` has an error, `set` is incomplete and must not be used. */
export interface Loaded {
  readonly set: ResourceSet;
  readonly faults: readonly ResourceFault[]; // errors first
}

const MOST_RESOURCES = 200_000;

const FIELD_OF = {
  Node: "nodes",
  BGPPeer: "bgpPeers",
  BGPConfiguration: "bgpConfigurations",
  BGPFilter: "bgpFilters",
  IPPool: "ipPools",
  BlockAffinity: "blockAffinities",
  IPReservation: "ipReservations",
  CalicoNodeStatus: "calicoNodeStatuses",
  Secret: "secrets",
  Service: "services",
  EndpointSlice: "endpointSlices",
} as const satisfies { readonly [K in Kind]: keyof ResourceSet };

/** The resources read, the faulty ones too, by kind and name. */
export type ReadResources = { readonly [K in Kind]: ReadonlyMap<string, ReadResource> };

/**
 * Puts the resources of all files together, and checks what concerns several of them.
 * @param namespace that of the node agent: Secrets elsewhere are none of ours
 * @param before the set of the last time: of a kind in which nothing has changed, the map is the same
 */
export function gather(
  files: readonly ParsedFile[],
  faults: readonly ResourceFault[],
  namespace: string,
  before?: ResourceSet,
): Loaded {
  const gathering = new Gathering(namespace);
  for (const file of files) for (const resource of file.resources) gathering.add(resource);
  const set = gathering.set(before);
  const all = [...faults, ...files.flatMap((file) => file.faults), ...gathering.faults, ...crossCheck(set, gathering.resources)];
  return { set, faults: all.sort(compareFaults) };
}

class Gathering {
  readonly faults: ResourceFault[] = [];
  readonly resources: { readonly [K in Kind]: Map<string, ReadResource> };
  readonly #namespace: string;
  #count = 0;

  constructor(namespace: string) {
    this.#namespace = namespace;
    const kinds = Object.keys(FIELD_OF) as readonly Kind[];
    this.resources = Object.fromEntries(kinds.map((kind) => [kind, new Map()])) as Gathering["resources"];
  }

  add(read: ReadResource): void {
    if (read.kind === "Secret" && !this.#isOurs(read)) return;
    const known = this.resources[read.kind];
    const first = known.get(read.name);
    if (!first && this.#count >= MOST_RESOURCES)
      this.#complain(read, { message: `is one too many; at most ${MOST_RESOURCES} are read` });
    else if (!first) {
      known.set(read.name, read);
      this.#count++;
    } else if (first.fromKubernetes !== read.fromKubernetes) known.set(read.name, mergeNodes(first, read));
    else
      this.#complain(read, {
        message: `there is another ${read.kind} of this name at ${placeText(first)}`,
        remedy: "remove or rename one of them",
      });
  }

  set(before?: ResourceSet): ResourceSet {
    const kinds = Object.entries(FIELD_OF) as readonly [Kind, keyof ResourceSet][];
    const set = kinds.map(([kind, field]) => [field, this.#ofKind(kind, before?.[field])]);
    return Object.fromEntries(set) as ResourceSet; // FIELD_OF ties each kind to its map
  }

  /** By name; `before` where that has the same resources: whoever has worked with it need not look again. */
  #ofKind(kind: Kind, before: ReadonlyMap<string, unknown> | undefined): ReadonlyMap<string, unknown> {
    const found = Array.from(this.resources[kind].values(), ({ resource }) => resource).filter((resource) => resource !== null);
    if (before?.size === found.length) {
      const changed = found.filter((resource) => before.get(resource.name) !== resource);
      if (changed.length === 0) return before;
      if (changed.every(({ name }) => before.has(name)))
        return new Map([...before, ...changed.map((now) => [now.name, now] as const)]);
    }
    return new Map(found.sort((a, b) => (a.name < b.name ? -1 : 1)).map((resource) => [resource.name, resource]));
  }

  #isOurs(read: ReadResource): boolean {
    if (read.namespace === null || read.namespace === this.#namespace) return true;
    const message = `a Secret of the namespace ${read.namespace} is not used`;
    this.faults.push(faultAt("warning", placeOf(read), { message, remedy: `passwords are looked for in ${this.#namespace}` }));
    return false;
  }

  #complain(read: ReadResource, complaint: Complaint): void {
    this.faults.push(faultAt("error", placeOf(read), complaint));
  }
}

/** One node told of by Calico and by Kubernetes: Calico's spec where there is one; the labels of both, where those of Kubernetes win. */
function mergeNodes(one: ReadResource, other: ReadResource): ReadResource {
  const [calico, kubernetes] = one.fromKubernetes ? [other, one] : [one, other];
  if (!calico.resource || !kubernetes.resource) return { ...calico, resource: null };
  const ours = calico.resource as Resource<NodeSpec>;
  const theirs = kubernetes.resource as Resource<NodeSpec>;
  const spec: NodeSpec = {
    bgp: ours.spec.bgp ?? theirs.spec.bgp,
    kubernetesName: ours.spec.kubernetesName,
    wireguardIpv4: ours.spec.wireguardIpv4 ?? theirs.spec.wireguardIpv4,
    wireguardIpv6: ours.spec.wireguardIpv6 ?? theirs.spec.wireguardIpv6,
    podCidrs: ours.spec.podCidrs.length > 0 ? ours.spec.podCidrs : theirs.spec.podCidrs,
  };
  const labels = new Map([...ours.labels, ...theirs.labels]);
  return { ...calico, resource: { ...ours, kind: "Node", spec, labels } };
}

function placeOf(read: ReadResource): FaultPlace {
  return read.places.get("metadata.name")!;
}

function placeText(read: ReadResource): string {
  const { file, line } = placeOf(read);
  return `${file}:${line}`;
}
