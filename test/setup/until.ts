import { until as untilAnswered } from "../../src/lab/until.js";

/** Asks every few milliseconds until the condition holds. @throws LabError when it has not after `limitMs` */
export async function until(condition: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<void> {
  await untilAnswered("the condition holds", condition, { deadlineMs: limitMs, everyMs: 5 });
}
