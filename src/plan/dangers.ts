import type { NodePlan } from "./node-plan.js";
import type { PlanStep } from "./plan-step.js";

/** What a change would do that nobody wants by mistake, a sentence each; none: it needs no force. */
export function dangersOf(before: NodePlan, after: NodePlan, steps: readonly PlanStep[]): readonly string[] {
  const removed = steps.filter(({ type }) => type === "session-remove").length;
  const reset = steps.filter(({ type }) => type === "session-reset").length;
  const all = before.sessions.length;
  const dangers: string[] = [];
  if (all > 0 && after.sessions.length === 0) dangers.push(`no session is left of ${all}`);
  else if (all > 0 && removed + reset === all) dangers.push(`every session goes down: ${reset} reset, ${removed} removed`);
  if (before.originated.length > 0 && after.originated.length === 0)
    dangers.push(`none of this node's ${before.originated.length} blocks is announced any more`);
  return dangers;
}
