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

/**
 * Puts the resources of all files together, and checks what concerns several of them.
 * @param namespace that of the node agent: Secrets elsewhere are none of ours
 */
export function gather(files: readonly ParsedFile[], faults: readonly ResourceFault[], namespace: string): Loaded {
  const gathering = new Gathering(namespace);
  for (const file of files) for (const resource of file.resources) gathering.add(resource);
  const set = gathering.set();
  const all = [...faults, ...files.flatMap((file) => file.faults), ...gathering.faults, ...crossCheck(set, gathering.resources)];
  return { set, faults: all.sort(compareFaults) };
}

class Gathering {
  readonly faults: ResourceFault[] = [];
  readonly resources = new Map<string, ReadResource>(); // by kind and name
  readonly #namespace: string;

  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  add(read: ReadResource): void {
    if (read.kind === "Secret" && !this.#isOurs(read)) return;
    const key = `${read.kind} ${read.name}`;
    const first = this.resources.get(key);
    if (!first && this.resources.size >= MOST_RESOURCES)
      this.#complain(read, { message: `is one too many; at most ${MOST_RESOURCES} are read` });
    else if (!first) this.resources.set(key, read);
    else if (first.fromKubernetes !== read.fromKubernetes) this.resources.set(key, mergeNodes(first, read));
    else
      this.#complain(read, {
        message: `there is another ${read.kind} of this name at ${placeText(first)}`,
        remedy: "remove or rename one of them",
      });
  }

  set(): ResourceSet {
    return {
      nodes: this.#ofKind("Node"),
      bgpPeers: this.#ofKind("BGPPeer"),
      bgpConfigurations: this.#ofKind("BGPConfiguration"),
      bgpFilters: this.#ofKind("BGPFilter"),
      ipPools: this.#ofKind("IPPool"),
      blockAffinities: this.#ofKind("BlockAffinity"),
      secrets: this.#ofKind("Secret"),
    };
  }

  #ofKind<K extends Kind>(kind: K): ReadonlyMap<string, Extract<NonNullable<ReadResource["resource"]>, { kind: K }>> {
    type Found = Extract<NonNullable<ReadResource["resource"]>, { kind: K }>;
    const found = [...this.resources.values()].flatMap((read) =>
      read.kind === kind && read.resource ? [read.resource as Found] : [],
    );
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
