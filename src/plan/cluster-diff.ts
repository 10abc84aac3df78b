import type { ResourceSet } from "../resources/resource-set.js";
import { diffPlans } from "./diff.js";
import { planFaultText } from "./fault.js";
import type { NodePlan } from "./node-plan.js";
import { describeSteps } from "./plan-step.js";
import { type ResolveOptions, resolve } from "./resolve.js";

/** What a change of sets asks of one node. */
export interface NodeDiff {
  readonly node: string;
  readonly fate: "added" | "removed" | "changed" | "refused"; // refused: there can be no plan
  readonly steps: readonly string[]; // of a refused one: why
}

/** What a change of sets asks of every node; those that it asks nothing of are left out. */
export function* clusterDiff(before: ResourceSet, after: ResourceSet, options: ResolveOptions): Iterable<NodeDiff> {
  const names = new Set([...before.nodes.keys(), ...after.nodes.keys()]);
  for (const node of [...names].sort()) {
    const diff = nodeDiff(node, before, after, options);
    if (diff.steps.length > 0) yield diff;
  }
}

function nodeDiff(node: string, before: ResourceSet, after: ResourceSet, options: ResolveOptions): NodeDiff {
  if (!after.nodes.has(node)) return { node, fate: "removed", steps: ["every session of it ends"] };
  const is = resolve(after, node, options);
  if (!is.ok) return { node, fate: "refused", steps: is.error.map(planFaultText) };
  const was = before.nodes.has(node) ? resolve(before, node, options) : null;
  const from: NodePlan | null = was?.ok ? was.value : null;
  return {
    node,
    fate: from === null ? "added" : "changed",
    steps: describeSteps(diffPlans(from, is.value)).map(({ text }) => text),
  };
}
