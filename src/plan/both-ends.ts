import type { ResourceFault } from "../resources/resource-fault.js";
import { faultAt, wholeFile } from "../resources/resource-fault.js";
import type { ResourceSet } from "../resources/resource-set.js";
import { type NodeClass, sampleNodes } from "./alike-nodes.js";
import { type ClusterNode, ClusterView } from "./cluster-view.js";
import { duplicateFaults } from "./duplicate-nodes.js";
import { mismatchFault, mismatchKey, planFaultOf, shadowFault, shadowKey } from "./mismatch-fault.js";
import { comparePairs } from "./node-pairs.js";

export interface BothEndsOptions {
  /** The value of CALICO_ROUTER_ID on the nodes; a dotted quad is one node's own and says nothing about the others. */
  readonly routerId?: string;
}

const MOST_FAULTS = 50;

/**
 * Checks that every two nodes of a set expect the same of one another (reference section 4): whether there is a session,
 * AS numbers, password, TTL security, who dials; that no BGPPeer takes the place of another; and that no two nodes have
 * one address or one router id. What Calico accepts is a warning; that two nodes are one to their peers is an error.
 *
 * A mesh agrees by its rule, so only nodes between which a BGPPeer asks for a session are compared; of nodes that nothing
 * tells apart, a few stand for all.
 */
export function bothEnds(set: ResourceSet, options: BothEndsOptions = {}): readonly ResourceFault[] {
  const view = new ClusterView(set);
  const { view: sample, classOf } = sampleNodes(view);
  const findings = new Findings(classOf);
  const isComplete = comparePairs(sample, {
    onMismatch: (mismatch) => findings.add(mismatchKey(mismatch), mismatch.here.node, (more) => mismatchFault(mismatch, more)),
    onShadow: (shadow, node) => findings.add(shadowKey(shadow), node, (more) => shadowFault(shadow, node, more)),
    onFault: (fault, node) => findings.add(fault.message, node, () => planFaultOf(fault)),
  });
  const faults = [...duplicateFaults(view, options.routerId ?? ""), ...findings.faults()];
  return [...limited(faults), ...(isComplete ? [] : [INCOMPLETE])];
}

const INCOMPLETE = faultAt("warning", wholeFile("all files"), {
  message: "BGPPeers ask for more sessions between different nodes than are compared with one another: some were not",
});

function limited(faults: readonly ResourceFault[]): readonly ResourceFault[] {
  const more = faults.slice(MOST_FAULTS);
  if (more.length === 0) return faults;
  const severity = more.some((fault) => fault.severity === "error") ? "error" : "warning";
  const message = `and ${more.length} more faults of what nodes expect of one another`;
  return [...faults.slice(0, MOST_FAULTS), faultAt(severity, more[0]!, { message })];
}

interface Finding {
  readonly faultOf: (more: number) => ResourceFault;
  readonly classes: Set<NodeClass>;
}

/** What was found between the nodes of a sample; what the same resources cause on many nodes is one fault. */
class Findings {
  readonly #classOf: ReadonlyMap<string, NodeClass>;
  readonly #byKey = new Map<string, Finding>();

  constructor(classOf: ReadonlyMap<string, NodeClass>) {
    this.#classOf = classOf;
  }

  /** @param faultOf makes the fault for the first node, given how many more it may concern */
  add(key: string, node: ClusterNode, faultOf: Finding["faultOf"]): void {
    let finding = this.#byKey.get(key);
    if (finding === undefined) {
      finding = { faultOf, classes: new Set() };
      this.#byKey.set(key, finding);
    }
    finding.classes.add(this.#classOf.get(node.name)!);
  }

  faults(): readonly ResourceFault[] {
    return Array.from(this.#byKey.values(), ({ faultOf, classes }) => {
      const nodes = [...classes].reduce((sum, { members }) => sum + members.length, 0);
      return faultOf(nodes - 1);
    });
  }
}
