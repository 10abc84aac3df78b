import type { ReadResources } from "./gather.js";
import { nearMiss } from "./near-miss.js";
import { type Complaint, faultAt, type ResourceFault } from "./resource-fault.js";
import type { BgpPeerSpec, IpPoolSpec, Kind, Resource, ResourceSet, SecretKeyReference } from "./resource-set.js";
import type { Selector } from "./selector.js";

/** Beyond this many tests of a selector on a node, or of an address on a pool, a courtesy costs too much. */
const MOST_TESTS = 1_000_000;
const MOST_SUGGESTIONS = 20;

/** Checks that need more than one resource. @param resources all of them, the faulty ones too */
export function crossCheck(set: ResourceSet, resources: ReadResources): ResourceFault[] {
  const check = new CrossCheck(set, resources);
  check.peers();
  check.configurations();
  check.pools();
  check.nodeStatuses();
  return check.faults;
}

class CrossCheck {
  readonly faults: ResourceFault[] = [];
  readonly #set: ResourceSet;
  readonly #resources: ReadResources;
  readonly #selectsNone = new Map<string, boolean>(); // by canonical text
  #testsLeft = MOST_TESTS;
  #suggestionsLeft = MOST_SUGGESTIONS;

  constructor(set: ResourceSet, resources: ReadResources) {
    this.#set = set;
    this.#resources = resources;
  }

  peers(): void {
    for (const peer of this.#set.bgpPeers.values()) {
      this.#filters(peer);
      this.#password(peer, "spec.password", peer.spec.password);
      this.#peerInPool(peer);
      if (peer.spec.node) this.#node(peer, peer.spec.node);
      this.#selector(peer, "spec.nodeSelector", peer.spec.nodeSelector);
      this.#selector(peer, "spec.peerSelector", peer.spec.peerSelector);
    }
  }

  configurations(): void {
    for (const configuration of this.#set.bgpConfigurations.values()) {
      this.#password(configuration, "spec.nodeMeshPassword", configuration.spec.nodeMeshPassword);
      const node = /^node\.(.*)$/.exec(configuration.name)?.[1];
      if (node && !this.#exists("Node", node)) this.#warn(configuration, "metadata.name", this.#noSuch("Node", node));
    }
  }

  /** In the order of their addresses an overlap is between neighbours, or with the one that reached furthest. */
  pools(): void {
    const pools = [...this.#set.ipPools.values()].sort((a, b) => a.spec.cidr.compare(b.spec.cidr));
    let last: Resource<IpPoolSpec> | undefined;
    for (const pool of pools) {
      if (last?.spec.cidr.contains(pool.spec.cidr)) {
        const other = `IPPool ${last.name} (${last.spec.cidr}, ${last.cause.file}:${last.cause.line})`;
        this.#report("error", pool, "spec.cidr", {
          message: `${pool.spec.cidr} overlaps ${other}`,
          remedy: "make the pools disjoint",
        });
      } else last = pool;
    }
  }

  nodeStatuses(): void {
    for (const status of this.#set.calicoNodeStatuses.values()) this.#node(status, status.spec.node);
  }

  #node(resource: Resource<unknown>, node: string): void {
    if (!this.#exists("Node", node)) this.#warn(resource, "spec.node", this.#noSuch("Node", node));
  }

  #filters(peer: Resource<BgpPeerSpec>): void {
    for (const name of peer.spec.filters) {
      if (!this.#exists("BGPFilter", name)) this.#report("error", peer, "spec.filters", this.#noSuch("BGPFilter", name));
    }
  }

  #password(owner: Resource<unknown>, field: string, reference: SecretKeyReference | null): void {
    if (!reference) return;
    const secret = this.#set.secrets.get(reference.name);
    if (secret?.spec.values.has(reference.key)) return;
    const message = secret
      ? `the Secret ${reference.name} has no key ${reference.key}: there will be no password`
      : `there is no Secret named ${JSON.stringify(reference.name)}: there will be no password`;
    this.#warn(owner, field, { message, remedy: "add it, or remove the reference" });
  }

  #peerInPool(peer: Resource<BgpPeerSpec>): void {
    const address = peer.spec.peerIp?.address;
    this.#testsLeft -= this.#set.ipPools.size;
    if (!address || this.#testsLeft < 0) return;
    const pool = [...this.#set.ipPools.values()].find((candidate) => candidate.spec.cidr.containsAddress(address));
    if (pool) this.#warn(peer, "spec.peerIP", { message: `${address} is an address of IPPool ${pool.name} (${pool.spec.cidr})` });
  }

  #selector(peer: Resource<BgpPeerSpec>, field: string, selector: Selector | null): void {
    if (!selector) return;
    const key = selector.toString();
    if (!this.#selectsNone.has(key)) {
      this.#testsLeft -= this.#set.nodes.size;
      if (this.#testsLeft < 0) return;
      this.#selectsNone.set(key, ![...this.#set.nodes.values()].some((node) => selector.matches(node.labels)));
    }
    const none = this.#selectsNone.get(key);
    if (none) this.#warn(peer, field, { message: "selects no Node", remedy: "compare it with the labels of the Nodes" });
  }

  #exists(kind: Kind, name: string): boolean {
    return this.#resources[kind].has(name);
  }

  #noSuch(kind: "Node" | "BGPFilter", name: string): Complaint {
    const names = kind === "Node" ? this.#set.nodes.keys() : this.#set.bgpFilters.keys();
    const meant = this.#suggestionsLeft-- > 0 ? nearMiss(name, names) : null;
    const message = `there is no ${kind} named ${JSON.stringify(name)}`;
    return meant ? { message, remedy: `did you mean "${meant}"?` } : { message };
  }

  #warn(resource: Resource<unknown>, field: string, complaint: Complaint): void {
    this.#report("warning", resource, field, complaint);
  }

  #report(severity: "error" | "warning", resource: Resource<unknown>, field: string, complaint: Complaint): void {
    const place = this.#resources[resource.kind].get(resource.name)?.places.get(field);
    if (place) this.faults.push(faultAt(severity, place, complaint));
  }
}
