import type { ResourceSet } from "../resources/resource-set.js";
import type { Selector } from "../resources/selector.js";
import { type ClusterNode, ClusterView, endpointsOf } from "./cluster-view.js";

/** Nodes that no BGPPeer and no fact of their sessions tells apart. */
export interface NodeClass {
  readonly members: readonly ClusterNode[];
}

/** A few nodes that stand for all: whatever can go wrong between two nodes goes wrong between two of them. */
export interface NodeSample {
  readonly view: ClusterView;
  readonly classOf: ReadonlyMap<string, NodeClass>; // by name of a node of the view
}

/**
 * Of each class the nodes with the lowest and the highest address of each family: what depends on the order of two
 * addresses (reference 4.9) is found between these if anywhere.
 */
export function sampleNodes(view: ClusterView): NodeSample {
  const classes = new Map<string, ClusterNode[]>();
  const traits = new Traits(view.set);
  for (const node of view.nodes) {
    const key = traits.of(node);
    const others = classes.get(key);
    if (others === undefined) classes.set(key, [node]);
    else others.push(node);
  }
  const classOf = new Map<string, NodeClass>();
  for (const members of classes.values()) {
    const nodeClass = { members };
    for (const node of extremes(members)) classOf.set(node.name, nodeClass);
  }
  const nodes = new Map([...view.set.nodes].filter(([name]) => classOf.has(name)));
  return { view: new ClusterView({ ...view.set, nodes }), classOf };
}

/** What BGPPeers tell nodes apart by, and what two ends of a session compare. */
class Traits {
  readonly #selectors: readonly Selector[];
  readonly #names = new Set<string>();
  readonly #addresses = new Set<string>();

  constructor(set: ResourceSet) {
    const selectors = new Map<string, Selector>();
    for (const { spec } of set.bgpPeers.values()) {
      for (const selector of [spec.nodeSelector, spec.peerSelector]) if (selector) selectors.set(selector.toString(), selector);
      if (spec.node !== null) this.#names.add(spec.node);
      if (spec.peerIp !== null) this.#addresses.add(spec.peerIp.address.toString());
    }
    this.#selectors = [...selectors.values()];
  }

  of(node: ClusterNode): string {
    const endpoints = endpointsOf(node);
    const isNamed = this.#names.has(node.name) || endpoints.some(({ text }) => this.#addresses.has(text));
    return [
      isNamed ? node.name : "",
      ...[node.asNumber, node.listenPort, node.clusterId, endpoints.map(({ address }) => address.version).join()],
      this.#selectors.map((selector) => (selector.matches(node.labels) ? "1" : "0")).join(""),
    ].join(" ");
  }
}

function extremes(nodes: readonly ClusterNode[]): readonly ClusterNode[] {
  const [first] = nodes;
  const families =
    first === undefined ? [] : (["ipv4-unicast", "ipv6-unicast"] as const).filter((family) => first.endpoints[family]);
  return families.flatMap((family) => {
    const text = (node: ClusterNode) => node.endpoints[family]!.text;
    const lowest = nodes.reduce((low, node) => (text(node) < text(low) ? node : low));
    const highest = nodes.reduce((high, node) => (text(node) > text(high) ? node : high));
    return [lowest, highest];
  });
}
